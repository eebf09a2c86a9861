"""Listening: what the tests' raw servers have in common. A connection has a thread, and all end with the server."""

from __future__ import annotations

import socket
import struct
import threading
from abc import ABC, abstractmethod
from contextlib import suppress

#: a thread that waits looks so often whether the server has ended
_LOOK_SECONDS = 0.05


class Gone(Exception):
    """This connection is over."""


class Listening(ABC):
    """A server on a free port of this machine; what it says is its kind's business."""

    def __init__(self) -> None:
        """Listen from now on."""
        self.connections = 0
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        # so that a large message cannot be on its way as a whole
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.settimeout(_LOOK_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join(timeout=10)
        self._listener.close()

    @abstractmethod
    def talk(self, connection: socket.socket, number: int) -> None:
        """Serve a connection, the first or the second …; it is closed when this returns or raises Gone."""

    def _accept(self) -> None:
        while not self.ended.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._serve, args=(connection, self.connections)))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, suppress(Gone, OSError):
            connection.settimeout(_LOOK_SECONDS)
            self.talk(connection, number)


def cut(connection: socket.socket) -> None:
    """Reset a connection: what is still on its way is lost, too. Raises Gone."""
    # RST instead of FIN
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Gone
