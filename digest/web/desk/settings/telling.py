"""Telling: who of staff is mailed about what."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import LINES, Kind, Saving, Typed, attempt, put, sent, texts_of

_AT = ("desk",)
_FIELDS: Mapping[str, Kind] = {"tell": LINES}
#: what is told, and when
TOLD = (
    ("A draft is ready, with what must be mended and what is to be looked at", "when it was made"),
    ("An approval was taken back: by whom, and what they changed", "within five minutes"),
    ("Links lead nowhere", "an hour before it goes out"),
    ("It is to be approved soon, and nobody did", "so many hours before its deadline, to who must approve it"),
    ("Its deadline is over, and nobody approved it", "at its deadline"),
    ("It is held, since nobody approved it", "when it was due"),
    ("It is missed, since nobody approved it, where you want that", "at its deadline"),
    ("It paused by itself: why, and how many wait", "at once"),
    ("It is sent, with what became of it", "at its end"),
    ("It is skipped for too little news", "when its draft was to be made"),
)


class Tellings:
    """The routes of who is told what."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def show(self, request: Request) -> Response:
        """Show who is told what, to be changed."""
        return self._page(request, Typed(texts=texts_of(self._app, _AT, _FIELDS)))

    def save(self, request: Request) -> Response:
        """Change who is told."""
        texts = sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change, wrong = put(_AT, _FIELDS, texts)
            return self._saving.save(request, [change], "Saved who is told.", "/settings/telling", wrong)

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def _page(self, request: Request, typed: Typed) -> Response:
        asked = [one for one in self._app.loaded.workspace.newsletters if one.approver]
        return self._saving.page(request, "telling", typed, told=TOLD, asked=asked)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Tellings(desk)
    web.get("/settings/telling")(routes.show)
    web.post("/settings/telling")(routes.save)
