"""A mail server that pipelines, or says so: what it does with whom is written into the addresses.

`rcpt.550@example.org` is refused at RCPT with 550; so with `mail`, `data` and `dot`. Faults of the line are set for
single connections: after so many octets read or written it is cut, and what came early is thrown away.
"""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.contract.listening import Gone, Listening, cut

OFFERS = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True, kw_only=True)
class Line:
    """How one connection behaves."""

    #: octets after which it is cut: of what is read, of what is written
    reads: int | None = None
    writes: int | None = None
    #: drops what came before its answer was sent, as servers do that do not pipeline
    forgets: bool = False
    #: wants a body although there is nobody to get it
    insists: bool = False
    #: instead of a greeting
    greeting: bytes = b"220 piping.example.org ESMTP\r\n"
    #: stage -> what is answered instead of the usual
    answers: dict[str, bytes] = field(default_factory=dict)


class Piping(Listening):
    """The server; `line` says how its first, second … connection behaves."""

    def __init__(
        self,
        line: Callable[[int], Line] = lambda number: Line(),
        offers: tuple[str, ...] = OFFERS,
        *,
        watches: bool = False,
        admits: Callable[[str], bool] | None = None,
    ) -> None:
        """watches: at the end of each body it looks whether the next envelope comes along; admits: told a token of
        XOAUTH2, says whether it is good.
        """
        self.offers = offers if admits is None else (*offers, "AUTH PLAIN LOGIN XOAUTH2")
        self.admits = admits
        self.watches = watches
        self._line = line
        self.received: list[tuple[str, bytes]] = []
        self.commands: list[str] = []
        self.open = 0
        self.most_open = 0
        #: ends of bodies with which the next envelope had come
        self.ahead = 0
        self._bodies: Counter[str] = Counter()
        self._at_once: list[dict[str, int]] = []
        self._lock = threading.Lock()
        super().__init__()

    def entered(self, domain: str) -> None:
        """Note that a body for a domain begins."""
        with self._lock:
            self._bodies[domain] += 1
            self._at_once.append(dict(self._bodies))

    def left(self, domain: str) -> None:
        """Note that it has its answer."""
        with self._lock:
            self._bodies[domain] -= 1

    def most_at_once(self, *domains: str) -> int:
        """Return how many bodies for these domains came at the same time, at most."""
        return max(sum(now.get(domain, 0) for domain in domains) for now in self._at_once)

    def talk(self, connection: socket.socket, number: int) -> None:
        with self._lock:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            _Talk(self, connection, self._line(number)).run()
        finally:
            with self._lock:
                self.open -= 1


class _Talk:
    """One connection."""

    def __init__(self, server: Piping, connection: socket.socket, line: Line) -> None:
        self.server = server
        self.connection = connection
        self.line = line
        self._rest = bytearray()
        self._read = 0
        self._written = 0
        self._sender = ""
        self._people: list[str] = []

    def run(self) -> None:
        self._say(self.line.greeting)
        while True:
            command = self._until(b"\r\n").decode("utf-8", "replace")
            self.server.commands.append(command)
            stage = command[:4].strip().lower()
            if stage == "quit":
                self._say(b"221 2.0.0 bye\r\n")
                return
            self._answer(stage, command)

    def _answer(self, stage: str, command: str) -> None:
        bracketed = re.search("<(.*)>", command)
        address = bracketed[1] if bracketed else ""
        answer = self.line.answers.get(stage)
        if stage == "ehlo":
            *first, last = ("piping.example.org", *self.server.offers)
            answer = answer or "".join([*(f"250-{one}\r\n" for one in first), f"250 {last}\r\n"]).encode()
        elif stage == "rset":
            self._sender, self._people = "", []
            answer = answer or b"250 2.0.0 as new\r\n"
        elif stage == "mail":
            answer = answer or (b"503 5.5.1 nested\r\n" if self._sender else self._told("mail", address))
            self._sender = address if answer[:1] == b"2" else self._sender
        elif stage == "rcpt":
            answer = answer or (self._told("rcpt", address) if self._sender else b"503 5.5.1 MAIL first\r\n")
            self._people += [address] if answer[:1] == b"2" else []
        elif stage == "data":
            self._data(answer)
            return
        elif stage == "auth" and self.server.admits is not None:
            token = base64.b64decode(command.split()[2]).decode().partition("Bearer ")[2].rstrip("\x01")
            answer = answer or (b"235 2.7.0 in\r\n" if self.server.admits(token) else b"535 5.7.3 unsuccessful\r\n")
        else:
            answer = answer or b"502 5.5.2 what?\r\n"
        self._say(answer)

    def _data(self, answer: bytes | None) -> None:
        person = self._people[-1] if self._people else ""
        if not person and not self.line.insists:
            self._say(answer or b"503 5.5.1 RCPT first\r\n")
            return
        told = answer or self._told("data", person, b"354 go on\r\n")
        self._say(told)
        if told[:3] != b"354":
            return
        domain = person.partition("@")[2]
        self.server.entered(domain)
        body = (b"\r\n" + self._until(b"\r\n.\r\n", b"\r\n"))[2:] + b"\r\n"
        if self.server.watches:
            with suppress(TimeoutError):
                self._rest += self._some()
        self.server.ahead += self._rest.startswith((b"MAIL", b"RSET"))
        answer = self.line.answers.get("dot") or self._told("dot", person, b"250 2.0.0 kept\r\n")
        if answer[:1] == b"2" and person:
            lines = body.split(b"\r\n")
            content = b"\r\n".join(one[1:] if one.startswith(b".") else one for one in lines)
            self.server.received.append((person, content))
        self._sender, self._people = "", []
        self.server.left(domain)
        self._say(answer)

    def _told(self, stage: str, address: str, usual: bytes = b"250 2.1.0 go on\r\n") -> bytes:
        asked = re.match(rf"{stage}\.(\d\d\d)", address)
        return f"{asked[1]} {asked[1][0]}.7.1 as you asked\r\n".encode() if asked else usual

    def _say(self, answer: bytes) -> None:
        most = self.line.writes
        if most is not None and self._written + len(answer) > most:
            self.connection.sendall(answer[: most - self._written])
            cut(self.connection)
        self._written += len(answer)
        if self.line.forgets:
            self._rest.clear()
        self.connection.sendall(answer)

    def _until(self, end: bytes, before: bytes = b"") -> bytes:
        """Return what comes until `end`, of which `before` counts as having come already."""
        while True:
            found = (before + self._rest).find(end)
            if found >= 0:
                cut = found - len(before)
                part = bytes(self._rest[: max(0, cut)])
                del self._rest[: cut + len(end)]
                return part
            try:
                self._rest += self._some()
            except TimeoutError:
                if self.server.ended.is_set():
                    raise Gone from None

    def _some(self) -> bytes:
        most = self.line.reads
        if most is not None and self._read >= most:
            cut(self.connection)
        some = self.connection.recv(65536 if most is None else min(65536, most - self._read))
        if not some:
            raise Gone
        self._read += len(some)
        return some
