"""Founding: a whole newsletter is added, or removed after it was said what that means for its people."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app import founding
from digest.app.founding import Taking
from digest.domain.errors import ConfigurationError, Refused, Unfit
from digest.domain.model import Newsletter, Schedule
from digest.jobs import ending
from digest.jobs.ending import Standing
from digest.stages import slots
from digest.web.bounds import Fields
from digest.web.desk.beside import Beside
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings import timing
from digest.web.desk.settings.forms import Kind, Saving, Typed, attempt, missing, put_back, sent, texts_of
from digest.web.desk.settings.newsletters import FIELDS, NEEDED, place_of
from digest.web.desk.spoken import counted

#: what a new newsletter is asked for; all else is as the program has it, until its own page says otherwise
_NAMES = (
    "name",
    "sender.name",
    "sender.address",
    "schedule.days",
    "schedule.at",
    "schedule.timezone",
)
_FIELDS: Mapping[str, Kind] = {name: FIELDS[name] for name in _NAMES}
_NEEDED = {**NEEDED, "sender.address": "Write the address that it is from."}
#: what may be taken over: name of the box -> its words
_TAKEN = {"take.sources": "Its sources", "take.themes": "Its themes"}


class Founding:
    """The routes of adding and removing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._standings: Beside[Standing] = Beside()

    def fresh(self, request: Request) -> Response:
        """Ask for a new newsletter; what it is likely to have in common with the first stands there."""
        first = self._app.loaded.workspace.newsletters[0]
        texts = {**texts_of(self._app, place_of(first), _FIELDS), "name": "", "like": first.id}
        return self._new(request, Typed(texts={**texts, **dict.fromkeys(_TAKEN, "yes")}))

    def make(self, request: Request) -> Response:
        """Add it."""
        fields = self._desk.fields(request)
        texts = {**sent(fields, _FIELDS), "like": fields.one("like")}
        texts |= {name: "yes" if fields.one(name) else "" for name in _TAKEN}
        tried = attempt(texts, lambda: self._made(request, fields, texts))
        return self._new(request, tried) if isinstance(tried, Typed) else tried

    def ask(self, request: Request, newsletter: str) -> Response:
        """Say what it means, before it is done."""
        return self._asked(request, self._app.newsletter(newsletter), Typed(texts={"named": ""}))

    def remove(self, request: Request, newsletter: str) -> Response:
        """Remove it, where its name was typed."""
        chosen, fields = self._app.newsletter(newsletter), self._desk.fields(request)
        named = fields.one("named")

        def end() -> Response:
            if named.casefold() != chosen.name.casefold():
                raise Unfit({"named": "This is another name. Type the one above." if named else "Type the name above."})
            drafts, done = founding.remove(self._app, self._desk.by(request), fields.one("seen"), chosen)
            gone = f" {counted(drafts, 'draft')} went with it." if drafts else ""
            said = Said(words=f"{chosen.name} is removed.{gone}", acts=(put_back(done, "/settings/newsletters"),))
            return self._desk.redirect(request, "/settings/newsletters", said)

        tried = attempt({"named": named}, end)
        return self._asked(request, chosen, tried) if isinstance(tried, Typed) else tried

    def _made(self, request: Request, fields: Fields, texts: Mapping[str, str]) -> Response:
        wrong = dict(timing.ahead(Schedule(), texts, self._app.clock(), 1).wrong)
        wrong |= missing(texts, _NEEDED)
        named = [one.name.casefold() for one in self._app.loaded.workspace.newsletters]
        if texts["name"].casefold() in named:
            wrong["name"] = "Another newsletter has this name. Readers must tell them apart."
        made, done = founding.add(
            self._app, self._desk.by(request), fields.one("seen"), _values(texts), self._taking(texts), wrong
        )
        words = f"Added {texts['name']}. Nobody is on its list yet."
        return self._saving.told(request, done, words, f"/settings/newsletters/{made}")

    def _taking(self, texts: Mapping[str, str]) -> Taking | None:
        if not texts["like"]:
            return None
        try:
            like = self._app.newsletter(texts["like"])
        except ConfigurationError as fault:
            raise Unfit({"like": "This newsletter is not there any more. Choose another."}) from fault
        return Taking(newsletter=like, sources=bool(texts["take.sources"]), themes=bool(texts["take.themes"]))

    def _new(self, request: Request, typed: Typed) -> Response:
        every = self._app.loaded.workspace.newsletters
        likes = [*((one.id, one.name) for one in every), ("", "None: begin with nothing")]
        return self._saving.page(request, "newsletter_new", typed, likes=likes, taken=_TAKEN, days=slots.DAYS)

    def _asked(self, request: Request, chosen: Newsletter, typed: Typed) -> Response:
        others = [one.id for one in self._app.loaded.workspace.newsletters if one.id != chosen.id]
        answer = self._standings.ask(
            chosen.id, lambda: ending.standing(self._app.store, self._app.clock, chosen.id, others)
        )
        try:
            ending.refuse_unfinished(self._app.store, chosen.id)
            refused = "" if others else "It is the only newsletter. Add another one first."
        except Refused as fault:
            refused = f"{fault.what} {fault.mend}"
        return self._saving.page(request, "newsletter_remove", typed, newsletter=chosen, answer=answer, refused=refused)


def _values(texts: Mapping[str, str]) -> dict[str, object]:
    """Return the settings that a form means, as digest.toml has them."""
    values: dict[str, object] = {}
    for name, kind in _FIELDS.items():
        table, _, key = name.rpartition(".")
        into = values.setdefault(table, {}) if table else values
        assert isinstance(into, dict)
        into[key] = kind.read(texts[name])
    return values


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes; no newsletter has - as its id."""
    routes = Founding(desk)
    web.get("/settings/newsletters/-/new")(routes.fresh)
    web.post("/settings/newsletters/-/new")(routes.make)
    web.get("/settings/newsletters/{newsletter}/remove")(routes.ask)
    web.post("/settings/newsletters/{newsletter}/remove")(routes.remove)
