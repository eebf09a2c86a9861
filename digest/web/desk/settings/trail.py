"""History: what was done on the desk and to editions, the last first, of one person or of all."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from digest.domain.model import Matter
from digest.jobs import audit
from digest.web.desk.frame import Desk

PATH = "/settings/history"
#: pages that may be turned to: what is older is found by asking for one person, or one kind
_MOST_PAGES = 10_000


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""

    @web.get(PATH)
    def history(request: Request, who: str = "", what: str = "", page: str = "1") -> Response:
        matter = Matter(what) if what in set(Matter) else None
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        trail = audit.trail(desk.app.store, who, matter, min(max(1, number), _MOST_PAGES))
        with desk.app.store.reading() as session:
            numbers = {one.id: f"No. {one.number}" for one in session.editions.every() if one.number}
        asked = {"who": who, "what": str(matter or "")}
        return desk.page(
            request,
            "trail",
            trail=trail,
            who_chosen=who,
            what_chosen=asked["what"],
            matters=[str(one) for one in Matter],
            numbers=numbers,
            year=desk.app.clock().year,
            newer=_path(asked, trail.number - 1) if trail.number > 1 else "",
            older=_path(asked, trail.number + 1) if trail.more else "",
            kept_months=desk.app.loaded.workspace.retention.audit_months,
        )


def _path(asked: dict[str, str], number: int) -> str:
    chosen = {name: value for name, value in asked.items() if value} | ({"page": str(number)} if number > 1 else {})
    return f"{PATH}?{urlencode(chosen)}" if chosen else PATH
