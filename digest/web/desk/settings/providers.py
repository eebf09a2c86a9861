"""Providers: what single mail providers are sent, where they take only so much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.config.change import Add, Put, Remove
from digest.domain.errors import NotFound
from digest.domain.model import DomainLimit
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import TEXT, WHOLE, Kind, Saving, Typed, attempt, missing, put, sent, texts_of

_PATH = "/settings/providers"
_FIELDS: Mapping[str, Kind] = {"domain": TEXT, "messages_a_minute": WHOLE, "connections": WHOLE}
_NONE = {"domain": "", "messages_a_minute": "0", "connections": "0"}
_NEEDED = {"domain": "Write one of the provider’s domains, such as gmail.com."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A provider, as the page shows it: its fields are named apart from the others'."""

    number: int
    texts: Mapping[str, str]
    wrong: Mapping[str, str]


class Providers:
    """The routes of the providers. They have no ids: one is known by its position."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def every(self, request: Request) -> Response:
        """Show them all."""
        return self._page(request, Typed(texts=_NONE))

    def make(self, request: Request) -> Response:
        """Add one."""
        texts = sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change, wrong = put((), _FIELDS, texts)
            given = {str(name): value for name, value in change.values.items() if value}
            adding = [Add(to=("domains",), values=given)]
            words = f"Added {texts['domain']}. It counts for all domains whose mail the same provider takes."
            return self._saving.save(request, adding, words, _PATH, wrong | missing(texts, _NEEDED))

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def save(self, request: Request, number: int) -> Response:
        """Change one."""
        self._found(number)
        texts = sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change, wrong = put(("domains", number), _FIELDS, texts)
            changes: list[Put] = [change]
            words = f"Saved {texts['domain']}."
            return self._saving.save(request, changes, words, _PATH, wrong | missing(texts, _NEEDED))

        tried = attempt(texts, save)
        return self._page(request, tried, number) if isinstance(tried, Typed) else tried

    def remove(self, request: Request, number: int) -> Response:
        """Let a provider take as much as will go."""
        known = self._found(number)
        words = f"{known.domain} has no limit of its own any more."
        return self._saving.save(request, [Remove(at=("domains", number))], words, _PATH)

    def _found(self, number: int) -> DomainLimit:
        limits = self._app.loaded.workspace.domains
        if not 0 <= number < len(limits):
            raise NotFound("This provider is not there any more.", "Open the page of the providers again.")
        return limits[number]

    def _page(self, request: Request, typed: Typed, number: int | None = None) -> Response:
        """Show the page; number: the position of the one that was typed, None where that is a new one."""
        settings.read_anew(self._app)
        rows = []
        for place in range(len(self._app.loaded.workspace.domains)):
            is_typed = place == number
            texts = typed.texts if is_typed else texts_of(self._app, ("domains", place), _FIELDS)
            rows.append(Row(number=place, texts=texts, wrong=typed.wrong if is_typed else {}))
        new = Row(
            number=-1, texts=_NONE if number is not None else typed.texts, wrong=typed.wrong if number is None else {}
        )
        return self._saving.page(request, "providers", typed, rows=rows, new=new)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Providers(desk)
    web.get(_PATH)(routes.every)
    web.post(_PATH)(routes.make)
    web.post(f"{_PATH}/{{number}}")(routes.save)
    web.post(f"{_PATH}/{{number}}/remove")(routes.remove)
