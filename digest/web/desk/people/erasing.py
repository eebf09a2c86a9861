"""Erasing: somebody is erased for good, after their address was typed (UK GDPR, article 17)."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import rights
from digest.app.noting import noted
from digest.domain.errors import NotFound
from digest.domain.model import Subscriber
from digest.web.desk.cookies import Said
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.spoken import counted


class Erasing:
    """The routes of erasing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def ask(self, request: Request, person: Id) -> Response:
        """Say what it means, before it is done."""
        return self._asked(request, self._find(person))

    def erase(self, request: Request, person: Id) -> Response:
        """Erase them, where the address that was typed is theirs."""
        found, typed = self._find(person), self._desk.fields(request).one("address")
        if typed.casefold() != found.address.casefold():
            wrong = "This is another address. Type the one above." if typed else "Needed: type the address above."
            return self._asked(request, found, 422, typed, wrong)
        rows = rights.erase(self._app, found.address, noted(self._app, self._desk.by(request), "erased a person"))
        words = "Erased. What is left is a hash that keeps the address off."
        if rows:
            where = ", ".join(f"{file}, line {line}" for file, line in rows[:3])
            words += f" Their row still stands in {where}: take it out there."
        return self._desk.redirect(request, "/subscribers", Said(words=words))

    def _find(self, person: str) -> Subscriber:
        with self._app.store.reading() as session:
            known = session.readers.known(person)
        if known is None or not known[0].address:
            raise NotFound("Nobody of this kind is on a list.", "They may have been erased since.")
        return known[0]

    def _asked(
        self, request: Request, found: Subscriber, status: int = 200, typed: str = "", wrong: str = ""
    ) -> Response:
        held = rights.show(self._app, found.address).rows
        mails = len(held.get("delivery", ()))
        return self._desk.page(
            request,
            "person_erase",
            status,
            person=found,
            mails=counted(mails, "mail"),
            lists=counted(len(held.get("subscription", ())), "list"),
            typed=typed,
            wrong={"address": wrong} if wrong else {},
        )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Erasing(desk)
    web.get("/subscribers/{person}/erase")(routes.ask)
    web.post("/subscribers/{person}/erase")(routes.erase)
