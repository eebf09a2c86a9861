"""Sheets: set-up pages that are fields and nothing else, each of one table of digest.toml or of a newsletter's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from fastapi import FastAPI, Request, Response

from digest.config.places import Place
from digest.domain.model import Newsletter
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import (
    LONG,
    NUMBER,
    TEXT,
    TICK,
    WHOLE,
    Kind,
    Saving,
    Typed,
    attempt,
    missing,
    put,
    sent,
    texts_of,
)
from digest.web.desk.settings.newsletters import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page of fields."""

    #: the page's template, and the last part of its address
    name: str
    #: what it says when it is saved
    said: str
    fields: Mapping[str, Kind]
    #: where its table stands; of a newsletter's sheets the newsletter is given instead
    at: Place = ()
    of_newsletter: bool = False
    #: field -> what is asked where it is left empty
    needed: Mapping[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """Its path, as a route."""
        return f"/settings/newsletters/{{newsletter}}/{self.name}" if self.of_newsletter else f"/settings/{self.name}"

    def place(self, newsletter: Newsletter) -> Place:
        """Return where its table stands."""
        return place_of(newsletter) if self.of_newsletter else self.at


SHEETS = (
    Sheet(
        name="leaving",
        said="Saved how it leaves.",
        of_newsletter=True,
        fields={
            "waves.seeds": TEXT,
            "waves.canary_percent": NUMBER,
            "waves.canary_from": WHOLE,
            "waves.wait_minutes": WHOLE,
            "waves.stop_percent": NUMBER,
            "schedule.give_up_hours": WHOLE,
        },
    ),
    Sheet(
        name="tracking",
        said="Saved what links tell.",
        of_newsletter=True,
        fields={
            "tracking.clicks": TICK,
            "tracking.utm": TICK,
            "tracking.utm_source": TEXT,
            "tracking.utm_medium": TEXT,
            "tracking.utm_campaign": TEXT,
        },
        needed={"tracking.utm_medium": "Write by which way they come, such as email."},
    ),
    Sheet(
        name="retention",
        said="Saved how long things are kept.",
        at=("retention",),
        fields=dict.fromkeys(("left_months", "replies_months", "feedback_months", "audit_months"), WHOLE),
    ),
    Sheet(
        name="public",
        said="Saved the public pages.",
        fields={"base_url": TEXT, "public.robots": TEXT, "public.consent_words": LONG},
    ),
    Sheet(
        name="returns",
        said="Saved what becomes of returned mail.",
        at=("returns",),
        fields={"folder": TEXT, "done": TEXT, "every_minutes": WHOLE},
        needed={"folder": "Write which folder is read, such as INBOX.", "done": "Write where it is moved to."},
    ),
    Sheet(name="logging-in", said="Saved.", at=("desk",), fields={"second_factor": TEXT}),
)


class Sheets:
    """The routes of the sheets."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def show(self, sheet: Sheet, request: Request) -> Response:
        """Show what holds, to be changed."""
        chosen = self._chosen(request)
        return self._page(request, sheet, chosen, Typed(texts=texts_of(self._app, sheet.place(chosen), sheet.fields)))

    def save(self, sheet: Sheet, request: Request) -> Response:
        """Change it."""
        chosen, texts = self._chosen(request), sent(self._desk.fields(request), sheet.fields)

        def save() -> Response:
            change, wrong = put(sheet.place(chosen), sheet.fields, texts)
            path = sheet.route.replace("{newsletter}", chosen.id)
            return self._saving.save(request, [change], sheet.said, path, wrong | missing(texts, sheet.needed))

        tried = attempt(texts, save)
        return self._page(request, sheet, chosen, tried) if isinstance(tried, Typed) else tried

    def _chosen(self, request: Request) -> Newsletter:
        """Return the newsletter that a sheet is of; for one of the whole workspace it does not matter which."""
        return self._desk.newsletter(request.path_params.get("newsletter", ""))

    def _page(self, request: Request, sheet: Sheet, chosen: Newsletter, typed: Typed) -> Response:
        workspace = self._app.loaded.workspace
        seeds = [("", "Nobody"), *((one.id, one.name) for one in chosen.segments)]
        return self._saving.page(
            request,
            sheet.name.replace("-", "_"),
            typed,
            newsletter=chosen,
            seeds=seeds,
            returns=workspace.returns,
            has_pages=bool(workspace.base_url),
            path=sheet.route.replace("{newsletter}", chosen.id),
        )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Sheets(desk)
    for sheet in SHEETS:
        web.get(sheet.route)(_route(partial(routes.show, sheet)))
        web.post(sheet.route)(_route(partial(routes.save, sheet)))


def _route(do: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return a route: FastAPI reads the parameters of a function, and not those of what is half called."""

    def route(request: Request) -> Response:
        return do(request)

    return route
