"""Landing: where a browser comes back to when somebody has signed in at a mail provider (RFC 8252 7.3)."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

#: seconds for which a browser may keep a line without asking anything
_SILENCE_SECONDS = 30

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Digest</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}</style>
</head>
<body><h1>{title}</h1><p>{words}</p></body>
</html>
"""
_CAME = _PAGE.format(
    title="Thank you",
    words="Digest has your answer. You can close this page: the window with “digest mail login” says the rest.",
)
_ELSE = _PAGE.format(title="Nothing is here", words="Digest is waiting for somebody to sign in, on another page.")


def is_answer(address: str) -> bool:
    """Tell whether an address is one that a browser comes back to: it bears a code or an error (RFC 6749 4.1.2)."""
    try:
        asked = parse_qs(urlsplit(address).query)
    except ValueError:
        return False
    return "code" in asked or "error" in asked


class Landing:
    """A web server on this machine that waits for one answer; `select` tells when it is there."""

    def __init__(self) -> None:
        self._here, self._there = socket.socketpair()
        self._lock = threading.Lock()
        self._answer = ""
        landing = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _SILENCE_SECONDS

            def do_GET(self) -> None:
                came = urlsplit(self.path).path in ("", "/") and is_answer(self.path)
                with suppress(OSError):
                    self._show(200 if came else 404, _CAME if came else _ELSE)
                if came:
                    landing.take(self.path)

            def _show(self, status: int, page: str) -> None:
                content = page.encode()
                self.send_response(status)
                for name, value in (
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("Content-Length", str(len(content))),
                    ("Cache-Control", "no-store"),
                    ("Referrer-Policy", "no-referrer"),
                    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing: the address holds what nobody else must see."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # browsers keep lines open that they do not use
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        """The port it listens on, of this machine alone."""
        return int(self._server.server_address[1])

    def fileno(self) -> int:
        """Return what can be read from once an answer is there."""
        return self._here.fileno()

    def take(self, address: str) -> None:
        """Keep the first answer."""
        with self._lock:
            if not self._answer:
                self._answer = address
                self._there.sendall(b"!")

    def answer(self) -> str:
        """Return the address that the browser came back to; empty while there is none."""
        with self._lock:
            return self._answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            # an answer that comes now is nobody's
            self._answer = self._answer or "-"
        self._here.close()
        self._there.close()
