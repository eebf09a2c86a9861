"""Brand: who the organisation is, and how its emails look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.domain import colour
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import (
    LONG,
    NAMED,
    TEXT,
    WHOLE,
    Kind,
    Saving,
    Typed,
    attempt,
    missing,
    put,
    sent,
    texts_of,
)

_AT = ("brand",)
FIELDS: Mapping[str, Kind] = {
    "organisation": TEXT,
    "legal_name": TEXT,
    "postal_address": LONG,
    "website": TEXT,
    "privacy_url": TEXT,
    "accent": TEXT,
    "accent_dark": TEXT,
    "look": TEXT,
    "font": TEXT,
    "heading_font": TEXT,
    "logo": TEXT,
    "logo_width": WHOLE,
    "language": TEXT,
    "pictures": TEXT,
    "words": NAMED,
}
#: field -> what is asked where it is left empty
NEEDED = {"organisation": "Write the name that readers know.", "language": "Write it like en or cy."}
_LOOKS = [("card", "Cards: stories on a tinted page"), ("plain", "Plain: one page, like a letter")]
_PICTURES = [("embedded", "In the email"), ("linked", "Linked from your website"), ("none", "No pictures")]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
#: field -> the ground on which its colour is read, and the ink of texts there (the emails' own, templates/looks)
_GROUNDS = {"accent": ("#ffffff", "#1f2933", "Light"), "accent_dark": ("#1c232b", "#f0f4f8", "Dark")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A colour as readers see it: a heading, a link and a button on their ground."""

    name: str
    accent: str
    ground: str
    ink: str
    #: of words on the colour itself
    on: str
    contrast: float
    readable: bool


class Brand:
    """The routes of the brand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def show(self, request: Request) -> Response:
        """Show the brand, to be changed."""
        return self._page(request, Typed(texts=texts_of(self._app, _AT, FIELDS)))

    def save(self, request: Request) -> Response:
        """Change the brand, or show what the colours in the form look like."""
        fields = self._desk.fields(request)
        texts = sent(fields, FIELDS)
        if fields.one("act") == "look":
            return self._page(request, Typed(texts=texts))

        def save() -> Response:
            change, wrong = put(_AT, FIELDS, texts)
            wrong |= missing(texts, NEEDED)
            return self._saving.save(request, [change], "Saved the brand.", "/settings/brand", wrong)

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def _page(self, request: Request, typed: Typed) -> Response:
        shown = samples(typed.texts)
        return self._saving.page(request, "brand", typed, samples=shown, looks=_LOOKS, pictures=_PICTURES)


def samples(texts: Mapping[str, str]) -> list[Sample]:
    """Return how the colours in a form look; texts: name of a field -> what stands in it. What is none is left out."""
    return [one for name in _GROUNDS if (one := _sample(name, texts[name])) is not None]


def _sample(field: str, accent: str) -> Sample | None:
    """Return how a colour looks; None for what is none."""
    if not _COLOUR.fullmatch(accent):
        return None
    ground, ink, name = _GROUNDS[field]
    contrast = colour.contrast(accent, ground)
    return Sample(
        name=name,
        accent=accent,
        ground=ground,
        ink=ink,
        on=colour.ink_on(accent),
        contrast=contrast,
        readable=contrast >= colour.READABLE,
    )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Brand(desk)
    web.get("/settings/brand")(routes.show)
    web.post("/settings/brand")(routes.save)
