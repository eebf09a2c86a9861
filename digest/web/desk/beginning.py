"""Beginning: an edition beside the schedule, from what is new, also like an old one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response

from digest.app import special
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Edition
from digest.domain.states import MAILED
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.spoken import when

#: old editions that may be copied
_OLD = 20
#: a time that is offered lies so far ahead
_AHEAD = timedelta(hours=2)


class Beginning:
    """The routes of a special edition."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def form(self, request: Request) -> Response:
        """Ask when it goes out, and what it is like."""
        return self._form(request, self._offered(), request.query_params.get("like", ""))

    def begin(self, request: Request) -> Response:
        """Draft it."""
        fields = self._desk.fields(request)
        at, like = fields.one("at").replace("T", " "), fields.one("like")
        try:
            newsletter = self._app.newsletter(fields.one("newsletter") or None)
            made = special.draft(self._app, newsletter, at, like)
        except Unfit as fault:
            return self._form(request, at, like, 422, fault.faults)
        except (Refused, NotFound) as fault:
            return self._form(request, at, like, 409, {"at": f"{fault.what} {fault.mend}"})
        copied = f" It begins with {' and '.join(made.copied)} of the old one." if made.copied else ""
        said = Said(words=f"Drafted for {when(made.edition.slot, newsletter.schedule.timezone)}.{copied}")
        return self._desk.redirect(request, f"/editions/{made.edition.id}", said)

    def _form(
        self, request: Request, at: str, like: str, status: int = 200, wrong: Mapping[str, str] | None = None
    ) -> Response:
        return self._desk.page(
            request,
            "beginning",
            status,
            at=at.replace(" ", "T"),
            like=like,
            wrong=wrong or {},
            old=self._old(),
            newsletters=self._app.loaded.workspace.newsletters,
        )

    def _offered(self) -> str:
        local = (self._app.clock() + _AHEAD).astimezone(ZoneInfo(self._desk.zone))
        return f"{local.replace(minute=0):%Y-%m-%d %H:%M}"

    def _old(self) -> list[Edition]:
        with self._app.store.reading() as session:
            every = session.editions.every()
        return [one for one in every if one.state in MAILED][:_OLD]


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes. They come before those of an edition, whose id may be any other word."""
    routes = Beginning(desk)
    web.get("/editions/new")(routes.form)
    web.post("/editions")(routes.begin)
