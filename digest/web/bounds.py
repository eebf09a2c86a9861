"""Bounds: what one request may bring, how long it may take to bring it, and what is seen of a fault.

Also whom it may name as its host, and which headers every answer bears, a refusal among them.

What stands behind is handed whole bodies alone. HEAD is GET whose page is not sent (RFC 9110 9.3.2).
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: octets of the body of a form; the longest that people fill in has a tenth
MOST_OCTETS = 65_536
#: octets of what a provider tells at once; SendGrid's are the largest, with 768 kB
MOST_TOLD = 1_048_576
#: fields of a form; ours have a few, and a box for each theme
MOST_FIELDS = 200
#: octets of a piece of a body that is taken in piece by piece
_PIECE = 65_536
#: seconds for which a body may take to come
MOST_SECONDS = 20.0
#: … and a file, of which each piece comes within those
MOST_UPLOAD_SECONDS = 1_200.0
#: where a request's body is kept, or what takes it in piece by piece
_BODY = "digest.body"
_PIECES = "digest.pieces"
#: where it stands that only the head of the answer is wanted
_HEAD = "digest.head"
_FORM = "application/x-www-form-urlencoded"
_LOG = logging.getLogger(__name__)
_FAULT = b"This did not work. Nothing was changed. Try again in a few minutes.\n"
#: status and plain words of a refusal -> media type and body of the answer
Refusal = Callable[[int, bytes], tuple[str, bytes]]


class Fields:
    """What a form holds. Of a field that stands there twice the last counts."""

    def __init__(self, request: Request, pairs: list[tuple[str, str]] | None = None) -> None:
        """Read the form; any other kind of body holds nothing. Raises ValueError for more fields than a form has.

        pairs: the fields, where they were read already.
        """
        if pairs is not None:
            self._pairs = pairs
            return
        kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        body = body_of(request).decode("latin-1") if kind == _FORM else ""
        self._pairs = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)

    def one(self, name: str, usual: str = "") -> str:
        """Return a field's text without the space around it."""
        return next((value.strip() for key, value in reversed(self._pairs) if key == name), usual)

    def exactly(self, name: str) -> str:
        """Return a field's text as it was typed: white space may be a part of a password."""
        return next((value for key, value in reversed(self._pairs) if key == name), "")

    def every(self, name: str) -> set[str]:
        """Return all that was ticked under a name."""
        return {value for key, value in self._pairs if key == name}

    def pairs(self) -> list[tuple[str, str]]:
        """Return every field as it was sent: name and text, in their order."""
        return list(self._pairs)


def body_of(request: Request) -> bytes:
    """Return the body of a request, of whatever kind."""
    body: bytes = request.scope.get(_BODY, b"")
    return body


class NotWhole(Exception):
    """A body that is taken in piece by piece does not come to its end: it is too long, too slow, or was given up.

    status: of the answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class Pieces:
    """A body that is taken in piece by piece, by a thread that waits for each. It is read once."""

    def __init__(self, receive: Receive, most: int) -> None:
        """most: octets of all pieces together."""
        self._receive, self._left = receive, most
        self._loop = asyncio.get_running_loop()
        # what is read before it is known who sends it must come as soon as a form
        self._until = self._loop.time() + MOST_SECONDS
        #: all of it came
        self.ended = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces. Raises NotWhole."""
        while not self.ended:
            message = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            if message["type"] == "http.disconnect":
                raise NotWhole(400)
            body = message.get("body", b"")
            for start in range(0, len(body), _PIECE):
                piece = body[start : start + _PIECE]
                self._left -= len(piece)
                if self._left < 0:
                    raise NotWhole(413)
                yield piece
            self.ended = not message.get("more_body", False)

    def have_time(self) -> None:
        """Let the rest take as long as a large file may."""
        self._until = self._loop.time() + MOST_UPLOAD_SECONDS

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout_at(min(self._until, self._loop.time() + MOST_SECONDS)):
                return await self._receive()
        except TimeoutError as fault:
            raise NotWhole(408) from fault


def pieces_of(request: Request) -> Pieces | None:
    """Return what takes in the body of a request piece by piece; None where its path is not one for that."""
    found: Pieces | None = request.scope.get(_PIECES)
    return found


def wants_head_alone(request: Request) -> bool:
    """Tell whether somebody asks for the head of a page, and not for the page."""
    return _HEAD in request.scope


def _plainly(status: int, words: bytes) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", words


class Bounded:
    """Stands before an application and hands it whole bodies alone, none of them too long or too slow."""

    def __init__(
        self,
        app: ASGIApp,
        is_hook: Callable[[str], bool] = lambda _: False,
        *,
        uploads: Mapping[str, int] = MappingProxyType({}),
        hosts: Collection[str] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
        refusal: Refusal = _plainly,
    ) -> None:
        """is_hook: tells whether a path is where something comes that may be longer than a form.

        uploads: path -> octets at most of a file that is sent there; the application itself takes it in, piece by piece
        (`pieces_of`). hosts: the names by which it may be asked; any where none are given. headers: what every answer
        bears that does not say otherwise itself. refusal: dresses what is refused here, before the application sees it.
        """
        self._app = app
        self._is_hook = is_hook
        self._uploads = uploads
        self._hosts = hosts
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3.0)."""
        if scope["type"] != "http":
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(self._headed(message))

        try:
            await self._serve(scope, receive, noting)
        except Exception as fault:
            # what a fault says may hold an address, and a path is one person's key: neither is for a log
            where = traceback.extract_tb(fault.__traceback__)[-1]
            _LOG.error("A page failed: %s in %s, line %s", type(fault).__name__, where.filename, where.lineno)
            if not begun:
                await self._refuse(noting, 500, _FAULT)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._hosts and _host_of(scope) not in self._hosts:
            await self._refuse(send, 400, b"Nothing is served under this name.\n")
            return
        if scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", _HEAD: True}, receive, _without_body(send))
            return
        if scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._uploads:
            pieces = Pieces(receive, self._uploads[scope["path"]])
            await self._app({**scope, _PIECES: pieces}, receive, _closing(send, pieces))
            return
        most = MOST_TOLD if self._is_hook(scope["path"]) else MOST_OCTETS
        try:
            async with asyncio.timeout(MOST_SECONDS):
                body = await _whole(receive, most)
        except TimeoutError:
            await self._refuse(send, 408, b"The form took too long to arrive. Send it again.\n")
            return
        if body is None:
            # it went away amid its form: nobody is there to be told
            return
        if len(body) > most:
            await self._refuse(send, 413, b"This is too much for a form.\n")
            return
        await self._app({**scope, _BODY: body}, _again(body, receive), send)

    def _headed(self, message: Message) -> Message:
        if message["type"] != "http.response.start" or not self._headers:
            return message
        said = {name.lower() for name, _ in message["headers"]}
        missing = [(name, value) for name, value in self._headers if name not in said]
        return {**message, "headers": [*message["headers"], *missing]}

    async def _refuse(self, send: Send, status: int, words: bytes) -> None:
        media_type, body = self._refusal(status, words)
        headers: list[Any] = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _host_of(scope: Scope) -> str:
    """Return the name by which somebody asks, without its port; empty where there is none, or more than one."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    try:
        return (urlsplit(f"//{named[0].decode('ascii')}").hostname or "") if len(named) == 1 else ""
    except ValueError:
        return ""


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read to who reads it as ASGI has it, and then what comes after it."""
    handed = False

    async def again() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return bare


def _closing(send: Send, pieces: Pieces) -> Send:
    """Return what ends the connection after an answer that was given before all of a body came."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start" and not pieces.ended:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return closing


async def _whole(receive: Receive, most: int) -> bytes | None:
    """Return a body, of one that is too long the beginning; None where whoever sent it went away."""
    pieces = bytearray()
    while len(pieces) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(pieces)
