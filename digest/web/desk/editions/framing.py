"""Framing: an email in a frame of a page: the very bytes as one made-up reader gets them, in frames that run nothing.

What a mail program may make of them is added to the bytes, and only where a pane says so: an app that inverts colours,
a printer that leaves backgrounds out, the order in which a screen reader reads. Dark and light need nothing: a frame
follows the colour scheme of the element that holds it (CSS Color Adjustment 1, 2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from digest.domain.model import Subscriber, Variant
from digest.stages import pictured
from digest.stages.review.leading import led
from digest.stages.review.ordered import ordered
from digest.web.desk.editions.looking import Looked, Looking
from digest.web.desk.editions.page import editing_of
from digest.web.desk.frame import FRAMED, Desk

#: a picture's name is a hash of it: it never changes
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Security-Policy": "sandbox"}
_NO_PICTURES = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
}
_INVERTED = "html{background:#fff;filter:invert(1) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}"
#: browsers leave backgrounds out of what they print unless somebody asks for them, and darken what is light
_ON_PAPER = "*{background:none!important;box-shadow:none!important;color:#1f2933!important}"


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the routes."""

    def found(request: Request, edition: str, slug: str) -> tuple[Looked, Variant, Subscriber]:
        looked = looking.at(editing_of(desk, request, edition))
        variant = looked.variants.get(slug)
        if variant is None:
            raise HTTPException(404)
        return looked, variant, looked.reader(variant, request.query_params.get("as", ""))

    @web.get("/editions/{edition}/mail/{slug}.{ending}")
    def email(request: Request, edition: str, slug: str, ending: str, show: str = "") -> Response:
        looked, variant, reader = found(request, edition, slug)
        return framed(looked, variant, ending, reader, show)

    @web.get("/read/{edition}/mail/pictures/{name}")
    @web.get("/editions/{edition}/mail/pictures/{name}")
    def picture(edition: str, name: str) -> Response:
        with desk.app.store.reading() as session:
            known = session.pictures.named([name]).get(name)
        if known is None:
            raise HTTPException(404)
        return Response(known.content, media_type=known.content_type, headers=_FOR_EVER)


def framed(looked: Looked, variant: Variant, ending: str, reader: Subscriber | None = None, show: str = "") -> Response:
    """Return an email for a frame, as html or txt; reader: whom it is filled in for; show: what a pane asks for.

    Raises HTTPException for any other ending.
    """
    if ending not in ("html", "txt"):
        raise HTTPException(404)
    whom = reader or looked.reader(variant, "")
    if ending == "txt":
        _, words = looked.composer.parts(variant, whom)
        return PlainTextResponse(led(words, looked.leads, escape=False), headers=dict(FRAMED))
    page = SHOWN.get(show, _as_it_is)(_page(looked, variant, whom))
    return Response(page, media_type="text/html", headers=_headers(show))


def _page(looked: Looked, variant: Variant, reader: Subscriber) -> str:
    page, _ = looked.composer.parts(variant, reader)
    return led(pictured.at_hand(page, looked.composer.base_url), looked.leads, escape=True)


def _headers(show: str) -> dict[str, str]:
    return dict(_NO_PICTURES if show == "bare" else FRAMED)


def _as_it_is(page: str) -> str:
    return page


def _inverted(page: str) -> str:
    return _styled(page, _INVERTED)


def _on_paper(page: str) -> str:
    return _styled(page.replace("@media print", "@media all"), _ON_PAPER)


def _styled(page: str, style: str) -> str:
    return page.replace("</head>", f"<style>{style}</style></head>", 1)


#: what a pane asks for -> what is made of the bytes for it
SHOWN: Mapping[str, Callable[[str], str]] = {
    "inverted": _inverted,
    "bare": _as_it_is,
    "order": ordered,
    "print": _on_paper,
}
