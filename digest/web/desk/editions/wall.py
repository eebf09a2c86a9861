"""The wall: all that readers may see of an edition, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from digest.domain.model import Variant
from digest.web.desk.editions.looking import Looked, Looking
from digest.web.desk.editions.page import editing_of
from digest.web.desk.editions.showing import Screen, screen
from digest.web.desk.frame import Desk

DESKTOP, MOBILE = 700, 390


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One way of seeing an email."""

    name: str
    #: beside the name
    note: str
    #: px of the frame inside; 0 for a text
    width: int = DESKTOP
    #: colours that the frame wants: light or dark
    scheme: str = "light"
    #: what is made of the bytes (framing.SHOWN)
    show: str = ""


#: in the order in which they stand
PANES: Sequence[Pane] = (
    Pane(name="Desktop", note=f"{DESKTOP} px"),
    Pane(name="Dark", note="as designed", scheme="dark"),
    Pane(name="Dark", note="forced by the app", show="inverted"),
    Pane(name="No pictures", note=f"{DESKTOP} px", show="bare"),
    Pane(name="Mobile", note=f"{MOBILE} px", width=MOBILE),
    Pane(name="Plain text", note="72 columns", width=0),
    Pane(name="Reading order", note="as it is read out", show="order"),
    Pane(name="Print", note="on paper", show="print"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A variant on the wall, seen as one reader."""

    edition: str
    variant: Variant
    #: the name of its segment
    segment: str
    #: id of the made-up reader; empty for whoever comes first
    reader: str

    @property
    def kilobytes(self) -> int:
        """How large its HTML is."""
        return round(len(self.variant.html.encode()) / 1000)

    def src(self, pane: Pane) -> str:
        """Return the address of a pane's frame; other bytes have another one."""
        asked = {"as": self.reader, "v": self.variant.sha256[:12], "show": pane.show}
        ending = "html" if pane.width else "txt"
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/editions/{self.edition}/mail/{self.variant.slug}.{ending}?{query}"


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the route."""

    @web.get("/editions/{edition}/wall")
    def wall(request: Request, edition: str) -> Response:
        asked = request.query_params
        looked = looking.at(editing_of(desk, request, edition))
        made = screen(desk.app, looked, asked.get("segment", ""))
        every = asked.get("all", "") == "1"
        chosen = looked.sample(made.segment, asked.get("as", ""))
        return desk.page(
            request,
            "wall",
            screen=made,
            panes=PANES,
            lines=_of_all(looked, made) if every else _of_one(looked, made, asked.get("as", "")),
            every=every,
            samples=looked.samples_of(made.segment),
            chosen=chosen,
        )


def _of_one(looked: Looked, made: Screen, reader: str) -> list[Line]:
    """Return what is seen of the chosen segment: as somebody who was chosen, or as the first of its readers."""
    sample = looked.sample(made.segment, reader)
    variant = looked.variants[sample.variant] if sample else next(iter(made.variants), None)
    if variant is None:
        return []
    return [_line(made, variant, made.segment, sample.subscriber.id if sample else "")]


def _of_all(looked: Looked, made: Screen) -> list[Line]:
    """Return every variant that somebody gets, by segment, the one for most people first."""
    mine = [(one, tab.id) for tab in made.tabs for one in looked.preview.variants if one.segment == tab.id]
    return [_line(made, variant, segment, "") for variant, segment in mine]


def _line(made: Screen, variant: Variant, segment: str, reader: str) -> Line:
    name = next((tab.name for tab in made.tabs if tab.id == segment), segment)
    return Line(edition=made.edition.id, variant=variant, segment=name, reader=reader)
