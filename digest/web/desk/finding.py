"""Finding: one field in the bar, and the page of all that its words fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from starlette.routing import Match

from digest.app import former
from digest.domain.model import Role
from digest.jobs import finding
from digest.jobs.finding import Hit, Kind
from digest.web.desk.frame import PLACES, Desk
from digest.web.desk.roles import LEAST
from digest.web.desk.settings import CARDS

#: kind -> what they are called together
_NAMES: Mapping[Kind, str] = {
    Kind.EDITION: "Editions",
    Kind.STORY: "Stories",
    Kind.SOURCE: "Sources",
    Kind.THEME: "Themes",
    Kind.SEGMENT: "Segments",
    Kind.PERSON: "People",
}
#: kind -> where one of it is shown, the best first; those that this desk does not serve are passed over
_PATHS: Mapping[Kind, Sequence[str]] = {
    Kind.EDITION: ("/editions/{id}",),
    Kind.STORY: ("/editions/{edition}#story-{id}",),
    Kind.SOURCE: ("/sources/{id}", "/sources"),
    Kind.THEME: ("/themes/{id}", "/themes"),
    Kind.SEGMENT: ("/segments/{id}", "/segments"),
    Kind.PERSON: ("/subscribers/{id}", "/subscribers?q={title}"),
}
#: pages that are no place in the bar: words by which they are found, and the path
PAGES: Sequence[tuple[str, str]] = (("New edition", "/editions/new"), *((card.name, card.path) for card in CARDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One that was found; path: empty where this desk has no page of it."""

    title: str
    about: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All of a kind."""

    name: str
    rows: tuple[Row, ...]
    more: bool = False


class Finding:
    """The route of the page."""

    def __init__(self, desk: Desk, served: Callable[[str], bool]) -> None:
        """served: tells whether this desk answers a path."""
        self._desk = desk
        self._served = served
        self._known: dict[str, bool] = {}

    def show(self, request: Request, q: str = "") -> Response:
        """Show what the words fit."""
        app = self._desk.app
        typed = " ".join(finding.words_of(q))
        ended = list(former.newsletters(app).values())
        groups = finding.find(app.store, app.loaded.workspace.newsletters, typed, ended)
        found = [
            *self._places(typed, self._desk.who(request).role),
            *(Rows(name=_NAMES[one.kind], rows=tuple(map(self._row, one.hits)), more=one.more) for one in groups),
        ]
        return self._desk.page(
            request, "find", at=None, asked_for=typed, found=found, count=sum(len(one.rows) for one in found)
        )

    def _places(self, typed: str, role: Role) -> list[Rows]:
        every = [*((place.name, place.path) for place in PLACES), *PAGES]
        fitting = {path: name for name, path in every if typed and finding.fits(name, typed.split())}
        rows = tuple(
            Row(title=name, about="", path=path) for path, name in fitting.items() if role.may(LEAST[f"GET {path}"])
        )
        return [Rows(name="Pages", rows=rows)] if rows else []

    def _row(self, hit: Hit) -> Row:
        values = {"id": hit.id, "edition": hit.edition, "title": hit.title}
        safe = {name: quote(value, safe="") for name, value in values.items()}
        path = next((one for one in _PATHS[hit.kind] if self._is_served(one)), "")
        return Row(title=hit.title, about=hit.about, path=path.format(**safe))

    def _is_served(self, path: str) -> bool:
        if path not in self._known:
            self._known[path] = self._served(path.partition("?")[0].partition("#")[0].format(id="x", edition="x"))
        return self._known[path]


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""

    def served(path: str) -> bool:
        scope = {"type": "http", "path": path, "method": "GET"}
        return any(route.matches(scope)[0] == Match.FULL for route in web.router.routes)

    web.get("/find")(Finding(desk, served).show)
