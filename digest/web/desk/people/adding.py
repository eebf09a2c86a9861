"""Adding: one person comes onto a list, with how they agreed."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app.noting import noted
from digest.domain.errors import Unfit
from digest.domain.model import Cadence, Newsletter
from digest.jobs import people
from digest.web.bounds import Fields
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.people.standings import CADENCES
from digest.web.desk.people.wishes import names_wrong

_TYPED = ("address", "first_name", "last_name", "consent", "cadence")


class Adding:
    """The routes of adding somebody."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def form(self, request: Request, newsletter: str = "") -> Response:
        """Ask who it is, and how they agreed."""
        return self._form(request, self._desk.newsletter(newsletter), {"cadence": Cadence.WEEKLY.value})

    def add(self, request: Request) -> Response:
        """Add them."""
        fields = self._desk.fields(request)
        newsletter = self._app.newsletter(fields.one("newsletter") or None)
        typed: dict[str, object] = {name: fields.one(name) for name in _TYPED} | {"themes": fields.every("theme")}
        try:
            note = noted(self._app, self._desk.by(request), f"added a person to {newsletter.name}")
            person = people.add(self._app.importing(newsletter), self._app.new_id(), new(newsletter, fields), note)
        except Unfit as fault:
            return self._form(request, newsletter, typed, 422, fault.faults)
        said = Said(words=f"{fields.one('address')} is on the list of {newsletter.name}.")
        return self._desk.redirect(request, f"/subscribers/{person}", said)

    def _form(
        self,
        request: Request,
        newsletter: Newsletter,
        typed: Mapping[str, object],
        status: int = 200,
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        return self._desk.page(
            request,
            "person_new",
            status,
            newsletter=newsletter,
            newsletters=self._app.loaded.workspace.newsletters,
            typed=typed,
            wrong=wrong or {},
            cadences=CADENCES,
        )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Adding(desk)
    web.get("/subscribers/new")(routes.form)
    web.post("/subscribers")(routes.add)


def new(newsletter: Newsletter, fields: Fields) -> people.New:
    """Return who is to be added, as a form says it. Raises Unfit by the names of its fields."""
    wrong = names_wrong(fields)
    cadence = fields.one("cadence", Cadence.WEEKLY)
    if cadence not in set(Cadence):
        wrong["cadence"] = "Choose how often they want it."
    if wrong:
        raise Unfit(wrong)
    ticked = fields.every("theme")
    return people.New(
        address=fields.one("address"),
        first_name=fields.one("first_name"),
        last_name=fields.one("last_name"),
        themes=[one.id for one in newsletter.themes if one.id in ticked],
        cadence=Cadence(cadence),
        consent=fields.one("consent"),
    )
