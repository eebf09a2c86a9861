"""Connect: lines to servers. They go to judged addresses, end at their deadlines, and are kept for a while."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore2

from digest.net.address import Address
from digest.net.deadline import Deadline
from digest.net.resolve import resolve

#: seconds of silence after which a server is left
SILENCE_SECONDS = 10.0
#: seconds given to each address of a name but the last: a network without IPv6 may swallow what is sent
HASTE_SECONDS = 3.0
#: bytes before a body, with every interim answer; h11 refuses a single head of more than 100 KiB
MOST_HEAD = 128 * 1024
#: seconds that an idle line is kept (servers hang up after 5 to 75), and lines that are kept
KEPT_SECONDS = 15.0
MOST_KEPT = 64


class Line(httpcore2.NetworkBackend):
    """A line to one origin: one request at a time, each with a deadline of its own.

    allow_private: private addresses will do; tls: makes the settings of TLS, for https only.
    """

    def __init__(self, address: Address, allow_private: bool, tls: Callable[[], ssl.SSLContext]) -> None:
        self.key = (address.origin, allow_private)
        self._allow_private = allow_private
        self._tls = tls
        self._origin = httpcore2.Origin(address.scheme.encode(), address.host.encode(), address.port)
        self._inner = httpcore2.SyncBackend()
        self._wire: _Wire | None = None
        self._connection = self._made()
        # replaced by every request
        self._deadline = Deadline(0)
        self._heard = 0
        self._in_body = False

    def ask(self, request: httpcore2.Request, deadline: Deadline) -> httpcore2.Response:
        """Send a request; return the answer, of which only the head was read.

        Raises what httpcore2 raises, and FetchError where the host must not be asked.
        """
        was_kept = self._wire is not None
        self._deadline, self._heard, self._in_body = deadline, 0, False
        try:
            answer = self._connection.handle_request(request)
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            if not was_kept or self._heard:
                raise
            # it hung up just when it was asked again, which says nothing about the answer
            self.close()
            self._connection = self._made()
            answer = self._connection.handle_request(request)
        self._in_body = True
        return answer

    def hurry(self, seconds: float) -> None:
        """Give what is left of this answer so many seconds at most."""
        self._deadline = Deadline(min(seconds, self._deadline.left()))

    def is_idle(self) -> bool:
        """Tell whether another request can be sent: the last answer was read to its end."""
        return self._connection.is_idle() and not self._connection.has_expired()

    def close(self) -> None:
        """Close the line. Only who holds it may."""
        self._connection.close()
        if self._wire is not None:
            self._wire.close()

    def hang_up(self) -> None:
        """End what another thread does on this line."""
        if self._wire is not None:
            found = self._wire.get_extra_info("socket")
            with suppress(OSError):
                # the socket's own method: that of a TLS socket takes its state away from under the reader
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def patience(self) -> float:
        """Return the seconds that the next step may take.

        Raises httpcore2.ReadTimeout where none are left.
        """
        left = self._deadline.left()
        if left <= 0:
            raise httpcore2.ReadTimeout(self._too_long())
        return min(SILENCE_SECONDS, left)

    def silence(self) -> str:
        """Return what to say of a step that took longer than it may."""
        return f"it was silent for {SILENCE_SECONDS:.0f} seconds" if self._deadline.left() > 0 else self._too_long()

    def hear(self, octets: int) -> None:
        """Count what came.

        Raises httpcore2.RemoteProtocolError where the answer does not come to its body.
        """
        self._heard += octets
        if not self._in_body and self._heard > MOST_HEAD:
            raise httpcore2.RemoteProtocolError("its headers have no end")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, judge, and try each address in turn; the name stays for TLS and the Host header."""
        *first, last = resolve(host, port, self._allow_private, self.patience())
        for judged in first:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return self._connected(judged, port, min(HASTE_SECONDS, self.patience()))
        return self._connected(last, port, self.patience())

    def _connected(self, judged: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self._wire = _Wire(self._inner.connect_tcp(judged, port, seconds, None, ()), self)
        return self._wire

    def secured(self, wire: _Wire) -> _Wire:
        """Remember the wire that took the place of one without TLS."""
        self._wire = wire
        return wire

    def _made(self) -> httpcore2.HTTPConnection:
        self._wire = None
        return httpcore2.HTTPConnection(
            self._origin,
            ssl_context=self._tls() if self._origin.scheme == b"https" else None,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=self,
        )

    def _too_long(self) -> str:
        return f"it took more than {self._deadline.seconds:.0f} seconds"


class _Wire(httpcore2.NetworkStream):
    """The bytes of a line: every step ends at the deadline, so a server that dribbles holds nobody up."""

    def __init__(self, inner: httpcore2.NetworkStream, line: Line) -> None:
        self._inner = inner
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes before the deadline."""
        try:
            data = self._inner.read(max_bytes, self._line.patience())
        except httpcore2.ReadTimeout as fault:
            raise httpcore2.ReadTimeout(self._line.silence()) from fault
        self._line.hear(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write it before the deadline."""
        self._inner.write(buffer, self._line.patience())

    def close(self) -> None:
        """Close the stream below."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Go on in TLS. The time is that of the whole handshake, however it dribbles (Python's ssl sees to it)."""
        try:
            secured = self._inner.start_tls(ssl_context, server_hostname, self._line.patience())
        except httpcore2.ConnectTimeout as fault:
            raise httpcore2.ConnectTimeout(f"in the TLS handshake {self._line.silence()}") from fault
        return self._line.secured(_Wire(secured, self._line))

    def get_extra_info(self, info: str) -> Any:
        """Tell what the stream below knows."""
        return self._inner.get_extra_info(info)


class Lines:
    """The lines of one Web: those in use, and idle ones that are kept.

    A line that was allowed to go to a private address never serves who was not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[Line] = set()
        #: the one used last stands last
        self._kept: list[Line] = []
        self._settings: ssl.SSLContext | None = None
        self._tls_lock = threading.Lock()

    @contextmanager
    def line(self, address: Address, allow_private: bool) -> Iterator[Line]:
        """Lend a line to an address: a kept one, or a new one that connects when it is asked."""
        line = self._idle((address.origin, allow_private)) or Line(address, allow_private, self._tls)
        with self._lock:
            self._busy.add(line)
        try:
            yield line
        finally:
            self._back(line)

    def close(self) -> None:
        """Close every idle line, and end what is done on the others."""
        with self._lock:
            kept, self._kept = self._kept, []
            busy = list(self._busy)
        for line in kept:
            line.close()
        for line in busy:
            line.hang_up()

    def _idle(self, key: tuple[str, bool]) -> Line | None:
        while True:
            with self._lock:
                found = next((line for line in reversed(self._kept) if line.key == key), None)
                if found is None:
                    return None
                self._kept.remove(found)
            if found.is_idle():
                return found
            found.close()

    def _back(self, line: Line) -> None:
        surplus = None if line.is_idle() else line
        with self._lock:
            self._busy.discard(line)
            if surplus is None:
                self._kept.append(line)
                surplus = self._kept.pop(0) if len(self._kept) > MOST_KEPT else None
        if surplus is not None:
            surplus.close()

    def _tls(self) -> ssl.SSLContext:
        """Return the settings of TLS, made once: reading every authority of the system takes tens of milliseconds."""
        with self._tls_lock:
            if self._settings is None:
                self._settings = httpcore2.default_ssl_context()
            return self._settings
