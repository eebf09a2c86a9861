"""Reading: what everybody may read: editions, the archive, its feeds, and what search engines are told."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from digest.app import former
from digest.domain.model import Newsletter
from digest.domain.ports import Session
from digest.stages import pictured, slotted, track
from digest.web.public import atom, past
from digest.web.public.frame import HEADERS, Frame
from digest.web.public.joining import consent_words

#: stories, or editions, on a page, and in a feed
MOST = 50
#: digits of a page number; more of them are none
_PAGE_DIGITS = 4
#: an edition brings its own styles; it runs nothing, sends nothing and is shown in nobody's frame
_EDITION_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: seconds after which whoever keeps a page asks whether it is still the same
_KEEP_SECONDS = 300
_FOR_EVER = "public, max-age=31536000, immutable"
_NOINDEX = "noindex"
#: pages of one person alone, and links that are counted
_CLOSED = ("/c/", "/k/", "/l/", "/p/", "/u/")
_READ = ["GET", "HEAD"]
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def add(web: FastAPI, frame: Frame) -> None:
    """Add the routes. What nobody may read is not told from what there is not."""
    _add_editions(web, frame)
    _add_feeds(web, frame)
    _add_archive(web, frame)

    @web.api_route("/robots.txt", methods=_READ)
    def robots(request: Request) -> Response:
        closed = ("/",) if _hidden(frame) else _CLOSED
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
        return _kept(frame, request, PlainTextResponse("\n".join(lines) + "\n", headers=HEADERS))

    @web.api_route("/archive/", methods=_READ)
    @web.api_route("/archive/{rest:path}/", methods=_READ)
    @web.api_route("/e/{rest}/", methods=_READ)
    def without_slash(request: Request) -> Response:
        # a path alone: the Host that is asked for may be anybody's
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(request.url.path.rstrip("/") + query, 308, headers=HEADERS)


def _add_editions(web: FastAPI, frame: Frame) -> None:
    app = frame.app

    @web.api_route("/e/{edition}", methods=_READ)
    def edition(request: Request, edition: str) -> Response:
        with app.store.reading() as session:
            page = session.archive.page(edition)
        if page is None:
            return frame.nowhere()
        # templates of one's own may ask for a name: here it is nobody's
        page = slotted.filled(page, track.nonce(app.secret, edition), {}, escape=True)
        if _hidden(frame):
            page = _HEAD.sub(lambda head: f'{head[0]}<meta name="robots" content="{_NOINDEX}">', page, count=1)
        headers = {**HEADERS, "Content-Security-Policy": _EDITION_POLICY}
        return _kept(frame, request, HTMLResponse(page, headers=headers))

    @web.api_route(f"/{pictured.FOLDER}/{{name}}", methods=_READ)
    def picture(name: str) -> Response:
        with app.store.reading() as session:
            found = session.pictures.named([name]).get(name)
        if found is None:
            return frame.nowhere()
        # its name is a hash over it: it never changes
        headers = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": _FOR_EVER}
        return Response(found.content, media_type=found.content_type, headers=headers)


def _add_feeds(web: FastAPI, frame: Frame) -> None:
    @web.api_route("/archive/{newsletter}.atom", methods=_READ)
    def all_themes(request: Request, newsletter: str) -> Response:
        found = _newsletter(frame, newsletter)
        return frame.nowhere() if found is None else _feed(frame, request, found, None)

    @web.api_route("/archive/{newsletter}/{theme}.atom", methods=_READ)
    def one_theme(request: Request, newsletter: str, theme: str) -> Response:
        found = _newsletter(frame, newsletter)
        return frame.nowhere() if found is None else _feed(frame, request, found, theme)


def _add_archive(web: FastAPI, frame: Frame) -> None:
    @web.api_route("/archive", methods=_READ)
    def archives(request: Request) -> Response:
        newsletters = frame.app.loaded.workspace.newsletters
        with frame.app.store.reading() as session:
            ended = [one for one in former.newsletters(frame.app).values() if session.archive.how_many(one.id)]
        if len(newsletters) == 1 and not ended:
            return _archive(frame, request, newsletters[0])
        page = frame.page("archives", private=False, hidden=_hidden(frame), ended=ended)
        return _kept(frame, request, page)

    @web.api_route("/archive/{newsletter}", methods=_READ)
    def archive(request: Request, newsletter: str) -> Response:
        found = _newsletter(frame, newsletter)
        return frame.nowhere() if found is None else _archive(frame, request, found)

    @web.api_route("/archive/{newsletter}/editions", methods=_READ)
    def editions(request: Request, newsletter: str, page: str = "1") -> Response:
        found = _newsletter(frame, newsletter)
        return frame.nowhere() if found is None else _editions(frame, request, found, _number(page))

    @web.api_route("/archive/{newsletter}/{theme}", methods=_READ)
    def theme(request: Request, newsletter: str, theme: str, page: str = "1") -> Response:
        found = _newsletter(frame, newsletter)
        return frame.nowhere() if found is None else _theme(frame, request, found, theme, _number(page))


def _archive(frame: Frame, request: Request, newsletter: Newsletter) -> Response:
    with frame.app.store.reading() as session:
        found = past.shelves(session, newsletter)
        shelves = past.newest(frame.app, session, newsletter, found)
        since = session.archive.since(newsletter.id)
    began = past.day(newsletter, since).partition(" ")[2] if since else ""
    return _shown(frame, request, newsletter, "archive", shelves, here="", since=began)


def _theme(frame: Frame, request: Request, newsletter: Newsletter, address: str, page: int) -> Response:
    with frame.app.store.reading() as session:
        shelves = past.shelves(session, newsletter)
        shelf = _shelf(newsletter, shelves, address)
        if shelf is None or not 1 <= page <= _pages(shelf.count):
            return frame.nowhere()
        theme = past.theme_of(address)
        stories = session.archive.stories(newsletter.id, past.ids(newsletter), theme, MOST, (page - 1) * MOST)
    return _shown(
        frame,
        request,
        newsletter,
        "archive_theme",
        shelves,
        here=f"/{shelf.id}",
        shelf=shelf,
        stories=[past.told(newsletter, one) for one in stories],
        page=page,
        pages=_pages(shelf.count),
    )


def _editions(frame: Frame, request: Request, newsletter: Newsletter, page: int) -> Response:
    with frame.app.store.reading() as session:
        shelves = past.shelves(session, newsletter)
        count = session.archive.how_many(newsletter.id)
        if not 1 <= page <= _pages(count):
            return frame.nowhere()
        editions = session.archive.editions(newsletter.id, MOST, (page - 1) * MOST)
    return _shown(
        frame,
        request,
        newsletter,
        "archive_editions",
        shelves,
        here="/editions",
        editions=[
            (one, past.day(newsletter, one.slot), past.day(newsletter, one.corrected) if one.corrected else "")
            for one in editions
        ],
        page=page,
        pages=_pages(count),
    )


def _shown(
    frame: Frame,
    request: Request,
    newsletter: Newsletter,
    template: str,
    shelves: list[past.Shelf],
    *,
    here: str,
    **values: Any,
) -> Response:
    page = frame.page(
        template,
        private=False,
        newsletter=newsletter,
        shelves=shelves,
        here=here,
        base=f"/archive/{newsletter.id}",
        base_url=frame.app.loaded.workspace.base_url,
        hidden=_hidden(frame),
        consent_words=consent_words(frame.app, newsletter),
        **values,
    )
    return _kept(frame, request, page)


def _feed(frame: Frame, request: Request, newsletter: Newsletter, address: str | None) -> Response:
    workspace = frame.app.loaded.workspace
    with frame.app.store.reading() as session:
        shelf = None if address is None else _known(session, newsletter, address)
        if address is not None and shelf is None:
            return frame.nowhere()
        theme = None if address is None else past.theme_of(address)
        stories = session.archive.stories(newsletter.id, past.ids(newsletter), theme, MOST)
    page = f"/archive/{newsletter.id}" + (f"/{shelf.id}" if shelf else "")
    channel = atom.Channel(
        title=f"{newsletter.name}: {shelf.name}" if shelf else newsletter.name,
        author=workspace.brand.organisation,
        base_url=workspace.base_url,
        path=f"{page}.atom",
        page=page,
        language=workspace.brand.language,
    )
    body = atom.feed(channel, newsletter, stories)
    return _kept(frame, request, Response(body, media_type=atom.MEDIA_TYPE, headers=HEADERS))


def _known(session: Session, newsletter: Newsletter, address: str) -> past.Shelf | None:
    return _shelf(newsletter, past.shelves(session, newsletter), address)


def _shelf(newsletter: Newsletter, shelves: list[past.Shelf], address: str) -> past.Shelf | None:
    """Return a theme of the newsletter, even one without any story yet; None where there is no such theme."""
    empty = [past.Shelf(id=one.id, name=one.name, count=0) for one in newsletter.themes]
    return next((one for one in (*shelves, *empty) if one.id == address), None)


def _number(page: str) -> int:
    """Return the number of a page as an address has it; 0 for what is none."""
    return int(page) if page.isascii() and page.isdigit() and len(page) <= _PAGE_DIGITS else 0


def _pages(count: int) -> int:
    return max(1, -(-count // MOST))


def _newsletter(frame: Frame, name: str) -> Newsletter | None:
    """Return a newsletter by its id, also one that has ended: what it sent may still be read."""
    now = next((one for one in frame.app.loaded.workspace.newsletters if one.id == name), None)
    return now or former.newsletters(frame.app).get(name)


def _hidden(frame: Frame) -> bool:
    return frame.app.loaded.workspace.public.robots == _NOINDEX


def _kept(frame: Frame, request: Request, response: Response) -> Response:
    """Return what everybody may keep for a while; 304 where who asks has it already (RFC 9110 13.1.2, 15.4.5)."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    said = {"ETag": tag, "Cache-Control": f"public, max-age={_KEEP_SECONDS}"}
    if _hidden(frame):
        said["X-Robots-Tag"] = _NOINDEX
    theirs = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in theirs or "*" in theirs:
        return Response(status_code=304, headers={**HEADERS, **said})
    response.headers.update(said)
    return response
