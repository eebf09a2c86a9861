"""Clicking: a link to a story is counted, and leads on to where the edition said that it leads.

No part of a request says where to: its address names an insight of an edition, with a mark that only an email of that
edition bears. So nobody can make a link that leads from here to a place of their own.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import Response

from digest.domain.errors import StoreError
from digest.domain.model import Newsletter
from digest.jobs import clicks, edition, press
from digest.jobs.clicks import Click
from digest.stages import layout, track
from digest.web.bounds import wants_head_alone
from digest.web.public.frame import HEADERS, PRIVATE, Frame

#: signs that stand for themselves in an address (RFC 3986 2.2, 2.3), and what is percent-encoded already
_SIGNS = "!#$%&'()*+,/:;=?@[]~"
#: editions whose settings are kept in memory
_EDITIONS = 32


class Clicking:
    """The routes of links that are counted."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._app = frame.app
        self._newsletter = lru_cache(maxsize=_EDITIONS)(self._newsletter_of)

    def follow(self, request: Request, edition: str, token: str) -> Response:
        """Lead on, and count that once; who only asks for the head is not counted."""
        insight_id = track.clicked(self._app.secret, edition, token)
        insight = clicks.told(self._app.store, edition, insight_id) if insight_id else None
        if insight is None:
            return self._frame.nowhere()
        newsletter = self._newsletter(edition)
        leads = layout.destination(insight, newsletter, press.link_tags(newsletter, edition))
        if not leads:
            return self._frame.nowhere()
        if not wants_head_alone(request):
            self._count(Click(edition=edition, link=layout.untagged(insight, newsletter)))
        return Response(status_code=302, headers={**HEADERS, **PRIVATE, "Location": _written(leads)})

    def _count(self, click: Click) -> None:
        try:
            self._frame.count(click)
        except StoreError:
            # a reader gets to the story also where nothing can be written now
            return

    def _newsletter_of(self, edition_id: str) -> Newsletter:
        """Return the newsletter as it was when the edition's bytes were made; they are final by now."""
        return self._app.as_drafted(edition.find(self._app.store, edition_id)).newsletter


def _written(address: str) -> str:
    """Return an address as a header holds it: ASCII, in which nothing ends a line (RFC 3986, RFC 3490)."""
    try:
        host = urlsplit(address).netloc
        plain = address if host.isascii() else address.replace(host, host.encode("idna").decode("ascii"), 1)
    except ValueError:
        plain = address
    return quote(plain, safe=_SIGNS)


def add(web: FastAPI, frame: Frame) -> None:
    """Add the routes."""
    routes = Clicking(frame)
    web.get("/l/{edition}/{token}")(routes.follow)
