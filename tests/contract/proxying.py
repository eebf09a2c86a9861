"""Proxying: a way to a real server that ends, falls silent or becomes slow after so many octets of the client's."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.contract.listening import Gone, Listening, cut


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What becomes of one connection; slow: one octet a second, in both directions."""

    kind: Literal["cut", "hang", "slow"]
    #: octets of the client's
    after: int


class Proxy(Listening):
    """Stands before a server on this machine; `trouble` says what its first, second … connection meets."""

    def __init__(self, port: int, trouble: Callable[[int], Trouble | None]) -> None:
        """port: of the server."""
        self._far = port
        self._trouble = trouble
        super().__init__()

    def talk(self, connection: socket.socket, number: int) -> None:
        trouble = self._trouble(number)
        read = 0
        with socket.create_connection(("127.0.0.1", self._far), timeout=5) as far:
            connection.settimeout(5)
            while not self.ended.is_set():
                meets = trouble is not None and read >= trouble.after
                if trouble is not None and meets:
                    self._meet(connection, trouble)
                ready, _, _ = select.select([connection, far], [], [], 0.05)
                for one in ready:
                    most = 1 if meets else 65_536 if trouble is None else min(65_536, trouble.after - read or 1)
                    octets = one.recv(most)
                    if not octets:
                        raise Gone
                    read += len(octets) if one is connection else 0
                    (far if one is connection else connection).sendall(octets)

    def _meet(self, connection: socket.socket, trouble: Trouble) -> None:
        if trouble.kind == "cut":
            cut(connection)
        elif trouble.kind == "hang":
            self.ended.wait()
            raise Gone
        self.ended.wait(1)
