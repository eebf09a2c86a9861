"""Listing: all segments in the order in which they count, and that order changed."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.app.settings import Done
from digest.domain.errors import NotFound
from digest.domain.model import Newsletter, Segment
from digest.domain.ports import Counted, InSegment
from digest.jobs import segments
from digest.web.desk.beside import Answer
from digest.web.desk.cookies import Said
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.segments.figures import Figures
from digest.web.desk.settings.forms import put_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A segment in the list."""

    segment: Segment
    sentence: str
    #: None while it is being counted
    count: InSegment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A newsletter's segments."""

    newsletter: Newsletter
    lines: tuple[Line, ...]
    counted: Answer[Counted]


class Listing:
    """The routes of the list."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        self._desk = desk
        self._app = desk.app
        self._figures = figures

    def segments(self, request: Request) -> Response:
        """Show all segments."""
        revision = settings.seen(self._app)
        return self._desk.page(
            request,
            "segments",
            listed=[self._listed(one) for one in self._app.loaded.workspace.newsletters],
            revision=revision,
            fault=settings.fault(self._app),
        )

    def move(self, request: Request, newsletter: Id, segment: Id) -> Response:
        """Let a segment count before the one above it, or after the one below."""
        # what holds the settings' own way of reading TOML is loaded by who changes them
        from digest.config.change import Order

        fields = self._desk.fields(request)
        ids = [one.id for one in self._app.newsletter(newsletter).segments]
        if segment not in ids:
            raise NotFound(f"There is no segment “{segment}”.", "Segments shows those there are.")
        place = ids.index(segment)
        other = place - 1 if fields.one("by") == "up" else place + 1
        if 0 <= other < len(ids):
            ids[place], ids[other] = ids[other], ids[place]
        order = Order(of=("newsletters", newsletter, "segments"), ids=ids)
        done = settings.change(self._app, self._desk.by(request), fields.one("revision"), [order])
        return self._desk.redirect(request, "/segments", changed("The order is another.", done))

    def _listed(self, newsletter: Newsletter) -> Listed:
        answer = self._figures.counted(newsletter)
        # the counts are of the segments there were when they were counted
        counts = answer.value.segments if answer.value else ()
        fit = len(counts) == len(newsletter.segments)
        return Listed(
            newsletter=newsletter,
            lines=tuple(
                Line(
                    segment=one,
                    sentence=sentence(newsletter, one),
                    count=counts[number] if fit else None,
                )
                for number, one in enumerate(newsletter.segments)
            ),
            counted=answer,
        )


def sentence(newsletter: Newsletter, segment: Segment) -> str:
    """Return in words who is in a segment, as a sentence begins."""
    words = segments.sentence(newsletter, segment)
    return words[:1].upper() + words[1:]


def changed(words: str, done: Done) -> Said:
    """Return what is said of a change of segments, with the button that takes it back."""
    if done.changed.before == done.changed.after:
        return Said(words="Nothing was changed.")
    return Said(words=words, acts=(put_back(done, "/segments"),))


def add(web: FastAPI, desk: Desk, figures: Figures) -> None:
    """Add the routes."""
    routes = Listing(desk, figures)
    web.get("/segments")(routes.segments)
    web.post("/segments/{newsletter}/{segment}/move")(routes.move)
