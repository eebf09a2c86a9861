"""Bounds: what one request may bring, how long it may take to bring it, and what is seen of a fault.

What stands behind is handed whole bodies alone. HEAD is GET whose page is not sent (RFC 9110 9.3.2).
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: octets of the body of a form; the longest that people fill in has a tenth
MOST_OCTETS = 65_536
#: octets of what a provider tells at once; SendGrid's are the largest, with 768 kB
MOST_TOLD = 1_048_576
#: fields of a form; ours have a few, and a box for each theme
MOST_FIELDS = 200
#: seconds for which a body may take to come
MOST_SECONDS = 20.0
#: where a request's body is kept
_BODY = "digest.body"
#: where it stands that only the head of the answer is wanted
_HEAD = "digest.head"
_FORM = "application/x-www-form-urlencoded"
_LOG = logging.getLogger(__name__)
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_FAULT = b"This did not work. Nothing was changed. Try again in a few minutes.\n"


class Fields:
    """What a form holds. Of a field that stands there twice the last counts."""

    def __init__(self, request: Request) -> None:
        """Read the form; any other kind of body holds nothing. Raises ValueError for more fields than a form has."""
        kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        body = body_of(request).decode("latin-1") if kind == _FORM else ""
        self._pairs = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)

    def one(self, name: str, usual: str = "") -> str:
        """Return a field's text without the space around it."""
        return next((value.strip() for key, value in reversed(self._pairs) if key == name), usual)

    def every(self, name: str) -> set[str]:
        """Return all that was ticked under a name."""
        return {value for key, value in self._pairs if key == name}


def body_of(request: Request) -> bytes:
    """Return the body of a request, of whatever kind."""
    body: bytes = request.scope.get(_BODY, b"")
    return body


def wants_head_alone(request: Request) -> bool:
    """Tell whether somebody asks for the head of a page, and not for the page."""
    return _HEAD in request.scope


class Bounded:
    """Stands before an application and hands it whole bodies alone, none of them too long or too slow."""

    def __init__(self, app: ASGIApp, is_hook: Callable[[str], bool] = lambda _: False) -> None:
        """is_hook: tells whether a path is where a provider tells something, which may be longer than a form."""
        self._app = app
        self._is_hook = is_hook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3.0)."""
        if scope["type"] != "http":
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._serve(scope, receive, noting)
        except Exception as fault:
            # what a fault says may hold an address, and a path is one person's key: neither is for a log
            where = traceback.extract_tb(fault.__traceback__)[-1]
            _LOG.error("A page failed: %s in %s, line %s", type(fault).__name__, where.filename, where.lineno)
            if not begun:
                await _refuse(send, 500, _FAULT)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", _HEAD: True}, receive, _without_body(send))
            return
        if scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        most = MOST_TOLD if self._is_hook(scope["path"]) else MOST_OCTETS
        try:
            async with asyncio.timeout(MOST_SECONDS):
                body = await _whole(receive, most)
        except TimeoutError:
            await _refuse(send, 408, b"The form took too long to arrive. Send it again.\n")
            return
        if body is None:
            # it went away amid its form: nobody is there to be told
            return
        if len(body) > most:
            await _refuse(send, 413, b"This is too much for a form.\n")
            return
        await self._app({**scope, _BODY: body}, receive, send)


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return bare


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


async def _refuse(send: Send, status: int, words: bytes) -> None:
    headers: list[Any] = [_TEXT, (b"content-length", str(len(words)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
