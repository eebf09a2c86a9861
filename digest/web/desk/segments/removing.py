"""Removing: a segment goes, after it was said what that means for the people in it."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.domain.errors import Refused, Unfit
from digest.jobs import segments
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.segments.figures import Figures
from digest.web.desk.segments.listing import changed, sentence


class Removing:
    """The routes of removing."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        self._desk = desk
        self._app = desk.app
        self._figures = figures

    def ask(self, request: Request, newsletter: Id, segment: Id) -> Response:
        """Say what it means, before it is done."""
        revision = settings.seen(self._app)
        chosen = self._app.newsletter(newsletter)
        found = segments.named(chosen, segment)
        return self._desk.page(
            request,
            "segment_remove",
            newsletter=chosen,
            segment=found,
            sentence=sentence(chosen, found),
            answer=self._figures.of(chosen, found.id, found.rule),
            revision=revision,
        )

    def remove(self, request: Request, newsletter: Id, segment: Id) -> Response:
        """Remove it."""
        from digest.config.change import Remove

        name = segments.named(self._app.newsletter(newsletter), segment).name
        act = Remove(at=("newsletters", newsletter, "segments", segment))
        revision = self._desk.fields(request).one("revision")
        try:
            done = settings.change(self._app, self._desk.by(request), revision, [act])
        except Unfit as fault:
            # as if the last segment went
            raise Refused(next(iter(fault.faults.values())), "It stays.") from fault
        return self._desk.redirect(request, "/segments", changed(f"{name} is removed.", done))


def add(web: FastAPI, desk: Desk, figures: Figures) -> None:
    """Add the routes."""
    routes = Removing(desk, figures)
    web.get("/segments/{newsletter}/{segment}/remove")(routes.ask)
    web.post("/segments/{newsletter}/{segment}/remove")(routes.remove)
