"""The preview page: every variant of an edition, wide and narrow, in frames that run nothing.

Read-only, and only for this machine: it listens on loopback and answers to no other name.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import jinja2
import uvicorn
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from digest.app import App
from digest.app.preview import SAMPLE, leads
from digest.stages import pictured
from digest.stages.review.leading import led

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=jinja2.StrictUndefined
)
#: an email may show its own styles and pictures and nothing else: no script, no picture from elsewhere, no form
_EMAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"


#: a picture's name is a hash of it: it never changes
_PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def pages(app: App, edition_id: str) -> FastAPI:
    """Build the web application for one edition."""
    web = FastAPI(title="Digest preview", docs_url=None, redoc_url=None, openapi_url=None)
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])

    @web.get("/")
    def wall() -> HTMLResponse:
        shown = app.stored(edition_id)
        body = _PAGES.get_template("preview.html.j2").render(
            shown=shown,
            newsletter=app.newsletter_of(shown.edition),
            people=sum(variant.people for variant in shown.variants),
            kilobytes=lambda variant: round(len(variant.html.encode()) / 1000),
        )
        return HTMLResponse(body, headers={"Content-Security-Policy": _PAGE_POLICY, "Referrer-Policy": "no-referrer"})

    @web.get("/{slug}.html")
    def email(slug: str) -> HTMLResponse:
        page, _ = _parts(app, edition_id, slug)
        return HTMLResponse(page, headers={"Content-Security-Policy": _EMAIL_POLICY})

    @web.get(f"/{pictured.FOLDER}/{{name}}")
    def picture(name: str) -> Response:
        with app.store.reading() as session:
            found = session.pictures.named([name]).get(name)
        if found is None:
            raise HTTPException(404, "There is no such picture.")
        return Response(found.content, media_type=found.content_type, headers=_PICTURE_HEADERS)

    @web.get("/{slug}.txt")
    def text(slug: str) -> Response:
        _, words = _parts(app, edition_id, slug)
        return PlainTextResponse(words, headers={"Content-Security-Policy": _EMAIL_POLICY})

    return web


def serve(app: App, edition_id: str, say: Callable[[str], None], port: int = 0) -> None:
    """Serve the page on loopback until Ctrl-C.

    port: 0 takes a free one.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    say(f"The preview: http://127.0.0.1:{listener.getsockname()[1]}/ (Ctrl-C ends it)")
    server = uvicorn.Server(uvicorn.Config(pages(app, edition_id), log_level="warning", access_log=False))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        # uvicorn has closed everything by then
        say("The preview has ended.")


def _parts(app: App, edition_id: str, slug: str) -> tuple[str, str]:
    composer = app.composer(edition_id)
    if slug not in composer.variants:
        raise HTTPException(404, "There is no such variant.")
    page, words = composer.parts(composer.variants[slug], SAMPLE)
    there = leads(app, edition_id)
    straight = led(pictured.at_hand(page, composer.base_url), there, escape=True)
    return straight, led(words, there, escape=False)
