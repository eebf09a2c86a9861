"""Presence: who else looks at an edition now, and at which part of it. It is kept nowhere but here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from digest.jobs import edition as editions
from digest.web.desk.frame import Desk
from digest.web.desk.spoken import initials

#: seconds after which somebody who says nothing is gone: pages ask every five
_GONE = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Somebody at an edition."""

    name: str
    #: id of the part of the page that they have open; empty for none
    at: str
    seen: float


class Presence:
    """Remembers who asked for an edition last, and when."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._here: dict[tuple[str, str], Here] = {}
        self._lock = threading.Lock()

    def seen(self, edition: str, who: str, name: str, at: str) -> list[Here]:
        """Note that somebody is at an edition; return who else is. who: what tells people of the same name apart."""
        now = self._monotonic()
        with self._lock:
            self._here[edition, who] = Here(name=name, at=at, seen=now)
            self._here = {key: one for key, one in self._here.items() if now - one.seen <= _GONE}
            return [one for (where, other), one in self._here.items() if where == edition and other != who]


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route that pages ask every few seconds."""
    presence = Presence()

    @web.get("/editions/{edition}/news")
    def news(request: Request, edition: str, at: str = "") -> JSONResponse:
        found = editions.find(desk.app.store, edition)
        sitting, staff = desk.sitting(request)
        others = presence.seen(edition, sitting.key, staff.name, at[:100])
        here = [{"name": one.name, "initials": initials(one.name), "at": one.at} for one in others]
        return JSONResponse({"step": found.step, "state": found.state, "here": here})
