"""Past: all that was done to an edition, and by whom."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.jobs import edition as editions
from digest.web.desk.frame import Desk


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""

    @web.get("/editions/{edition}/history")
    def history(request: Request, edition: str) -> Response:
        found = editions.find(desk.app.store, edition)
        with desk.app.store.reading() as session:
            events = session.editions.history(edition)
        newsletter = desk.app.newsletter_of(found)
        return desk.page(request, "history", edition=found, newsletter=newsletter, events=events[::-1])
