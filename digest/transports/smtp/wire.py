"""Wire: a line to a mail server. Every write and every answer has its deadline, and it is known what had left."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import suppress

from digest.transports.smtp.replies import Nonsense, Replies, Reply

_CHUNK = 65_536
#: how it is said that the time ran out, by Python and by the operating system
_LATE = (TimeoutError, BlockingIOError)


class Lost(Exception):
    """The line ended, was silent for too long, or carried what is no answer.

    why: in words; left: octets of the last write that had left; confused: there was silence where an answer was due, or
    an answer that means nothing.
    """

    def __init__(self, why: str, left: int = 0, *, confused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.left = left
        self.confused = confused


class Wire:
    """A line, in clear or encrypted."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        """Connect within so many seconds.

        Raises OSError.
        """
        self._socket = socket.create_connection((host, port), seconds)
        # the operating system keeps the time: Python's own way asks it twice for each step
        self._socket.settimeout(None)
        # an envelope, a body and its end are written one after the other and must not wait for an acknowledgement
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._seconds = -1.0
        self._patient(seconds)
        self._replies = Replies()

    @property
    def is_local(self) -> bool:
        """Tell whether the server is on this machine."""
        with suppress(OSError):
            address = str(self._socket.getpeername()[0])
            return address == "::1" or address.startswith("127.")
        return False

    def encrypt(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Encrypt from now on; what came in clear until then is forgotten (RFC 3207 4.2).

        Raises OSError (ssl.SSLError among it), and leaves the line closed then.
        """
        self._socket.settimeout(seconds)
        self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._seconds = seconds
        self._replies = Replies()

    def write(self, octets: bytes, seconds: float) -> None:
        """Write all of it.

        Raises Lost, with how much had left by then.
        """
        end = time.monotonic() + seconds
        left = 0
        try:
            self._patient(seconds)
            left = self._socket.send(octets)
            while left < len(octets):
                self._patient(end - time.monotonic())
                left += self._socket.send(memoryview(octets)[left:])
        except OSError as fault:
            raise Lost(_words(fault, seconds), left) from fault

    def reply(self, seconds: float) -> Reply:
        """Wait for the next answer.

        Raises Lost where it does not come to its end in time, or is none.
        """
        end = time.monotonic() + seconds
        left = seconds
        try:
            while (found := self._replies.next()) is None:
                self._patient(left)
                octets = self._socket.recv(_CHUNK)
                left = end - time.monotonic()
                if not octets:
                    raise Lost("the server closed the connection")
                self._replies.feed(octets)
        except Nonsense as fault:
            raise Lost(str(fault), confused=True) from fault
        except OSError as fault:
            raise Lost(_words(fault, seconds), confused=isinstance(fault, _LATE)) from fault
        return found

    def _patient(self, seconds: float) -> None:
        """Let the next step take so long; told to the socket only where it changes, which is dear among threads."""
        if seconds != self._seconds:
            self._seconds = seconds
            seconds = max(0.001, seconds)
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.settimeout(seconds)
                return
            whole = int(seconds)
            until = struct.pack("ll", whole, int((seconds - whole) * 1_000_000))
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, option, until)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def hang_up(self) -> None:
        """End what another thread does on this line."""
        with suppress(OSError):
            # the socket's own method: that of a TLS socket takes its state away from under the reader
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _words(fault: OSError, seconds: float) -> str:
    if isinstance(fault, _LATE):
        return f"the server was silent for {seconds:g} seconds"
    return str(fault) or type(fault).__name__
