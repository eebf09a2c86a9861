"""Listing: people are found by how their address or name begins, and written into a file."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from digest.app.noting import noted
from digest.domain.model import SubscriptionState
from digest.domain.ports import Headcount
from digest.domain.ports.searching import Wanted
from digest.jobs import people
from digest.web.desk.beside import Beside
from digest.web.desk.frame import Desk
from digest.web.desk.people.standings import KEPT_AWAY, PAUSED, STATES, WANTED

#: people of a page
PAGE = 50
#: characters that are looked for; no address is longer
_MOST_WORDS = 254
#: octets that are sent at a time
_PIECE = 65_536


class Listing:
    """The routes of the list."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._counts: Beside[Headcount] = Beside()

    def people(self, request: Request, q: str = "", newsletter: str = "", state: str = "", after: str = "") -> Response:
        """Show a page of people."""
        known = [one.id for one in self._app.loaded.workspace.newsletters]
        chosen = newsletter if newsletter in known else ""
        chosen_state = state if state in WANTED else ""
        is_paused = chosen_state == PAUSED
        standing = SubscriptionState(chosen_state) if chosen_state in set(SubscriptionState) else None
        wanted = Wanted(
            limit=PAGE,
            words=q.strip()[:_MOST_WORDS],
            newsletters=[chosen] if chosen else known if standing or is_paused else (),
            state=SubscriptionState.ACTIVE if is_paused else standing,
            paused_at=self._app.clock() if is_paused else None,
            kept_off=chosen_state == KEPT_AWAY,
            after=after,
        )
        with self._app.store.reading() as session:
            found = session.searching.page(wanted)
        asked = {"q": wanted.words, "newsletter": chosen, "state": chosen_state}
        return self._desk.page(
            request,
            "people",
            found=found,
            wanted=wanted,
            state=chosen_state,
            newsletter=chosen,
            newsletters=self._app.loaded.workspace.newsletters,
            counted=[(one, self._count(one.id)) for one in self._app.loaded.workspace.newsletters],
            further=_path(asked | {"after": found.further}) if found.further else "",
            states=STATES,
            standings=WANTED,
            now=self._app.clock(),
        )

    def export(self, request: Request, newsletter: str = "") -> Response:
        """Send a newsletter's people as a file that imports to the same."""
        chosen = self._desk.newsletter(newsletter)
        with self._app.store.writing() as session:
            noted(self._app, self._desk.by(request), f"exported the people of {chosen.name}")(session)
        lines = people.export(self._app.store, chosen)
        day = f"{self._app.clock():%Y-%m-%d}"
        headers = {"Content-Disposition": f'attachment; filename="{chosen.id}-people-{day}.csv"'}
        return StreamingResponse(_pieces(lines), media_type="text/csv; charset=utf-8", headers=headers)

    def _count(self, newsletter: str) -> object:
        def count() -> Headcount:
            with self._app.store.reading() as session:
                return session.growth.headcount(newsletter, self._app.clock())

        return self._counts.ask(newsletter, count)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Listing(desk)
    web.get("/subscribers")(routes.people)
    web.get("/subscribers/export.csv")(routes.export)


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    piece = bytearray()
    for line in lines:
        piece += line.encode()
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _path(asked: dict[str, str]) -> str:
    return "/subscribers?" + urlencode({name: value for name, value in asked.items() if value})
