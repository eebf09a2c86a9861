"""Patience: how long a connection may take to say what it wants.

Uvicorn waits for ever for the head of a request: a thousand connections that send an octet a minute would keep
everybody else out. A web server before this one has bounds of its own; this is for where there is none.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: seconds from a connection, or the beginning of a request, to the end of its head
HEAD_SECONDS = 20.0


class Patient(HttpToolsProtocol):
    """A connection that is closed where the head of a request takes too long."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a request."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Wait no more: what comes now has bounds of its own (bounds.py)."""
        self._enough()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._enough()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._enough()
        self._late = self.loop.call_later(HEAD_SECONDS, self._close)

    def _enough(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self, *_: Any) -> None:
        if not self.transport.is_closing():
            self.transport.close()
