"""Bounds: what one request may bring, and how long it may take to bring it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: octets of the body of a form; the longest that people fill in has a tenth
MOST_OCTETS = 65_536
#: seconds for which a body may take to come
MOST_SECONDS = 20.0


class Bounded:
    """Stands before an application and hands it whole bodies alone, none of them too long or too slow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3.0)."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(MOST_SECONDS):
                body = await _whole(receive)
        except TimeoutError:
            await _refuse(send, 408, b"The form took too long to arrive. Send it again.\n")
            return
        if body is None:
            await _refuse(send, 413, b"This is too much for a form.\n")
            return
        came: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return came.pop() if came else await receive()

        await self._app(scope, replay, send)


async def _whole(receive: Receive) -> bytes | None:
    """Return a body; None where it is too long."""
    pieces = bytearray()
    while True:
        message = await receive()
        pieces += message.get("body", b"")
        if len(pieces) > MOST_OCTETS:
            return None
        if not message.get("more_body", False):
            return bytes(pieces)


async def _refuse(send: Send, status: int, words: bytes) -> None:
    headers: list[Any] = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
