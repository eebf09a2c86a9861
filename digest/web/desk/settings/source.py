"""One source: what it is called, where it is, what is taken of it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app import sourcing
from digest.config.change import Act as Change
from digest.config.change import Add, Put, Remove
from digest.config.places import Place
from digest.domain.model import OTHER, Newsletter, Rule, Source
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import LINES, TEXT, TICK, Kind, Saving, Typed, attempt, put, sent, texts_of
from digest.web.desk.settings.sources import CONDITIONS, REMEDIES
from digest.web.desk.settings.trials import KINDS

_FIELDS: Mapping[str, Kind] = {"name": TEXT, "website": TEXT, "language": TEXT}
#: of what is asked over the web. Where files lie in the workspace, only who may write there says
_ASKED: Mapping[str, Kind] = {"address": TEXT, "under": TEXT, "leave_out": LINES, "articles": TICK}
_PARTS = ("item", "title", "link", "summary", "date", "author", "image")
_SELECTORS: Mapping[str, Kind] = {f"selectors.{part}": TEXT for part in _PARTS}


class OneSource:
    """The routes of a source."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def show(self, request: Request, newsletter: str, source: str) -> Response:
        """Show a source, to be changed."""
        chosen, one = self._found(newsletter, source)
        texts = texts_of(self._app, _place(chosen, one), _kinds(one))
        return self._page(request, chosen, one, Typed(texts={**texts, "theme": _always(chosen, one)}))

    def save(self, request: Request, newsletter: str, source: str) -> Response:
        """Change a source."""
        chosen, one = self._found(newsletter, source)
        fields = self._desk.fields(request)
        texts = {**sent(fields, _kinds(one)), "theme": fields.one("theme")}

        def save() -> Response:
            change, wrong = put(_place(chosen, one), _kinds(one), texts)
            changes = [change, *_steered(chosen, one, texts["theme"])]
            path = f"/sources/{chosen.id}/{one.id}"
            return self._saving.save(request, changes, f"Saved {texts['name'] or one.id}.", path, wrong)

        tried = attempt(texts, save)
        return self._page(request, chosen, one, tried) if isinstance(tried, Typed) else tried

    def leaving(self, request: Request, newsletter: str, source: str) -> Response:
        """Ask before a source goes."""
        return self._leaving(request, *self._found(newsletter, source), Typed(texts={}))

    def remove(self, request: Request, newsletter: str, source: str) -> Response:
        """Ask a source no more."""
        chosen, one = self._found(newsletter, source)

        def save() -> Response:
            words = f"{one.name or one.id} is no longer asked. What it gave before is kept."
            path = f"/sources?newsletter={chosen.id}"
            return self._saving.save(request, sourcing.out(chosen, one), words, path)

        tried = attempt({}, save)
        return self._leaving(request, chosen, one, tried) if isinstance(tried, Typed) else tried

    def _found(self, newsletter: str, source: str) -> tuple[Newsletter, Source]:
        chosen = self._app.newsletter(newsletter)
        return chosen, sourcing.found(chosen, source)

    def _page(self, request: Request, chosen: Newsletter, one: Source, typed: Typed) -> Response:
        fares = next(every for every in self._app.conditions(chosen) if every.source.id == one.id)
        return self._saving.page(
            request,
            "source",
            typed,
            newsletter=chosen,
            source=one,
            kind=KINDS[one.kind],
            fares=fares,
            pill=CONDITIONS[fares.condition],
            remedy=REMEDIES.get(fares.condition, ""),
            themes=[("", "As its words say"), *((theme.id, theme.name) for theme in chosen.themes), (OTHER, "Other")],
            parts_of_items=_PARTS,
        )

    def _leaving(self, request: Request, chosen: Newsletter, one: Source, typed: Typed) -> Response:
        fares = next(every for every in self._app.conditions(chosen) if every.source.id == one.id)
        return self._saving.page(
            request,
            "remove_source",
            typed,
            newsletter=chosen,
            source=one,
            fares=fares,
            rules=len(sourcing.rules_of(chosen, one)),
        )


def _kinds(source: Source) -> dict[str, Kind]:
    asked = {} if source.kind == "file" else _ASKED
    return {**_FIELDS, **asked, **(_SELECTORS if source.kind == "page" else {})}


def _place(newsletter: Newsletter, source: Source) -> Place:
    return ("newsletters", newsletter.id, "sources", source.id)


def _rule(newsletter: Newsletter, number: int) -> Place:
    return ("newsletters", newsletter.id, "rules", number)


def _is_for_all(rule: Rule, source: Source) -> bool:
    """Tell whether a rule speaks of all that a source gives, and of nothing else."""
    return rule.source == source.id and not rule.like and not rule.words


def _always(newsletter: Newsletter, source: Source) -> str:
    """Return the theme under which all stories of a source stand; empty where there is none."""
    return next((rule.theme for rule in newsletter.rules if _is_for_all(rule, source)), "")


def _steered(newsletter: Newsletter, source: Source, theme: str) -> list[Change]:
    """Return the changes after which all stories of a source stand under a theme, or where their words put them."""
    number = next((number for number, rule in enumerate(newsletter.rules) if _is_for_all(rule, source)), None)
    if theme == _always(newsletter, source):
        return []
    if number is None:
        return [Add(to=("newsletters", newsletter.id, "rules"), values={"theme": theme, "source": source.id})]
    return [
        Put(at=_rule(newsletter, number), values={"theme": theme}) if theme else Remove(at=_rule(newsletter, number))
    ]


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = OneSource(desk)
    web.get("/sources/{newsletter}/{source}")(routes.show)
    web.post("/sources/{newsletter}/{source}")(routes.save)
    web.get("/sources/{newsletter}/{source}/remove")(routes.leaving)
    web.post("/sources/{newsletter}/{source}/remove")(routes.remove)
