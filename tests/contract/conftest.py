"""Real mail servers of a test's own: their faults are chosen by a marker in an address.

Marked (aiosmtpd) answers `STAGE.CODE@…` with that code at that stage; Scripted is a raw socket for
what a mail server's library would never do.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from digest.domain.model import Delivery, DeliveryState, Letter, Outcome, Parcel, Server, Subscriber, Withheld
from digest.domain.ports import Begin, Transport
from digest.transports.outbox import Outbox
from digest.transports.smtp import Account, Secrets, Smtp
from digest.transports.smtp.session import TokenOf
from tests.contract.listening import Gone, Listening, cut
from tests.contract.piping import OFFERS, Line, Piping

CONTENT = b"Subject: hello\r\n\r\nA message.\r\n"


def parcel(to: str, content: bytes = CONTENT, sender: str = "news@kestrel.example.org") -> Parcel:
    """Return a parcel; its subscriber's id is the address's local part."""
    local = to.partition("@")[0]
    delivery = Delivery(edition="insights-2026-11-24", subscriber=local, state=DeliveryState.CLAIMED, variant="all")
    letter = Letter(delivery=delivery, subscriber=Subscriber(id=local, address=to))
    return Parcel(letter=letter, envelope_from=sender, envelope_to=to, content=content)


def always(_parcel: Parcel) -> Withheld | None:
    """Let every body go."""
    return None


def outcomes(transport: Transport, parcels: Iterable[Parcel], begin: Begin = always) -> list[Outcome]:
    return [outcome for _, outcome in transport.deliver(parcels, begin)]


# ---------------------------------------------------------------------------------------------
# A whole mail server


class _Smtp(SMTP):
    """aiosmtpd, but refusing the DATA command when told, and closing after a 421 as RFC 5321 3.8 says."""

    async def smtp_DATA(self, arg: str) -> None:
        assert self.envelope is not None
        told = _told("data", *self.envelope.rcpt_tos)
        if told is not None:
            await self.push(told)
            return
        await super().smtp_DATA(arg)

    async def push(self, status: str | bytes) -> None:
        await super().push(status)
        if str(status).startswith("421"):
            self.transport.close()


def _told(stage: str, *addresses: str) -> str | None:
    for address in addresses:
        asked = re.match(rf"{stage}\.(\d\d\d)", address)
        if asked:
            return f"{asked[1]} {asked[1][0]}.7.1 as you asked"
    return None


class Marked:
    """A mail server in a thread of its own that keeps what it takes."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, at_once: bool = False, **settings: Any) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.connections = 0
        self.over_tls: list[bool] = []
        self._loop = asyncio.new_event_loop()
        self._ready: Future[int] = Future()
        self._settings = {"tls_context": tls if not at_once else None, **settings}
        self._wrap = tls if at_once else None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.port = self._ready.result(timeout=10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    def bodies(self, address: str) -> list[bytes]:
        return [content for to, content in self.received if to == address]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        told = _told("mail", address)
        if told is None:
            envelope.mail_from = address
        return told or "250 2.1.0 go on"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        told = _told("rcpt", address)
        if told is None:
            envelope.rcpt_tos.append(address)
        return told or "250 2.1.5 go on"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        [address] = envelope.rcpt_tos
        told = _told("dot", address)
        if told is not None:
            return told
        self.received.append((address, bytes(envelope.content)))
        self.over_tls.append(session.ssl is not None or self._wrap is not None)
        return "250 2.0.0 kept"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._wrap))
        self._ready.set_result(server.sockets[0].getsockname()[1])
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _protocol(self) -> SMTP:
        self.connections += 1
        return _Smtp(self, loop=self._loop, **self._settings)


@pytest.fixture
def serve() -> Iterator[Callable[..., Marked]]:
    """Start mail servers that end with the test."""
    started: list[Marked] = []

    def start(tls: ssl.SSLContext | None = None, **settings: Any) -> Marked:
        started.append(Marked(tls, **settings))
        return started[-1]

    yield start
    for server in started:
        server.close()


def smtp(
    port: int, user: str = "", password: str = "", token: str | TokenOf = "", mend: str = "Mend it", **settings: Any
) -> Smtp:
    """Return the transport to a server on this machine: one line, where nothing else is said."""
    secrets = Secrets(password=password, token=token if callable(token) else lambda refused: token, mend=mend)
    login = f"{user}@" if user else ""
    usual = {"tls": "none", "timeout": 5, "connections": 1}
    server = Server(url=f"smtp://{login}127.0.0.1:{port}", **{**usual, **settings})
    return Smtp(
        [Account(server=server, secrets=secrets)],
        "tests.example.org",
        delays=(0.01, 0.02),
    )


# ---------------------------------------------------------------------------------------------
# A raw socket


class Silence:
    """Answers nothing and holds the connection."""


class Close:
    """Closes the connection."""


@dataclass(frozen=True)
class Cut:
    """Resets the connection after so many octets of a body."""

    after: int


@dataclass(frozen=True)
class Drip:
    """Writes an octet, waits, and writes the next."""

    words: bytes
    seconds: float


Answer = bytes | type[Silence] | type[Close] | Cut | Drip
#: told (number of the connection, stage): an answer, or None for the usual one
Script = Callable[[int, str], Answer | None]

_USUAL = {
    "connect": b"220 raw.example.org ESMTP\r\n",
    "ehlo": b"250-raw.example.org\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
    "helo": b"250 raw.example.org\r\n",
    "mail": b"250 2.1.0 go on\r\n",
    "rcpt": b"250 2.1.5 go on\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 kept\r\n",
    "rset": b"250 2.0.0 as new\r\n",
    "quit": b"221 2.0.0 bye\r\n",
}


class Scripted(Listening):
    """A mail server of a hundred lines that does as it is told, however wrong."""

    def __init__(self, script: Script = lambda number, stage: None) -> None:
        """script: what it is told."""
        self.script = script
        #: whole bodies, dots undone
        self.bodies: list[bytes] = []
        #: each command line that came
        self.commands: list[bytes] = []
        super().__init__()

    def talk(self, connection: socket.socket, number: int) -> None:
        self._answer(connection, number, "connect")
        rest = b""
        while True:
            line, rest = self._until(connection, rest, b"\r\n")
            self.commands.append(line)
            stage = line[:4].decode("latin-1").strip().lower()
            self._answer(connection, number, stage)
            if stage == "data" and self._answer_of(number, "data") == _USUAL["data"]:
                rest = self._body(connection, number, rest)
            if stage == "quit":
                return

    def _body(self, connection: socket.socket, number: int, rest: bytes) -> bytes:
        told = self.script(number, "body")
        if isinstance(told, Cut):
            while len(rest) < told.after:
                rest += self._some(connection)
            cut(connection)
        body, rest = self._until(connection, b"\r\n" + rest, b"\r\n.\r\n")
        lines = (body[2:] + b"\r\n").split(b"\r\n")
        self.bodies.append(b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines))
        self._answer(connection, number, "dot")
        return rest

    def _answer_of(self, number: int, stage: str) -> Answer:
        return self.script(number, stage) or _USUAL.get(stage, b"502 5.5.1 what?\r\n")

    def _answer(self, connection: socket.socket, number: int, stage: str) -> None:
        answer = self._answer_of(number, stage)
        if answer is Close:
            raise Gone
        if answer is Silence:
            while True:
                self._some(connection)
        if isinstance(answer, Drip):
            for octet in answer.words:
                connection.sendall(bytes([octet]))
                self.ended.wait(answer.seconds)
            raise Gone
        assert isinstance(answer, bytes)
        connection.sendall(answer)

    def _until(self, connection: socket.socket, got: bytes, end: bytes) -> tuple[bytes, bytes]:
        all_of_it, seen = bytearray(got), 0
        while (found := all_of_it.find(end, seen)) < 0:
            # a large body is not searched from its start each time
            seen = max(0, len(all_of_it) - len(end))
            all_of_it += self._some(connection)
        return bytes(all_of_it[:found]), bytes(all_of_it[found + len(end) :])

    def _some(self, connection: socket.socket) -> bytes:
        while not self.ended.is_set():
            with suppress(TimeoutError):
                some = connection.recv(65536)
                if some:
                    return some
                raise Gone
        raise Gone


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Start raw servers that end with the test."""
    started: list[Scripted] = []

    def start(script: Script = lambda number, stage: None) -> Scripted:
        started.append(Scripted(script))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def piping() -> Iterator[Callable[..., Piping]]:
    """Start servers that pipeline and end with the test."""
    started: list[Piping] = []

    def start(
        line: Callable[[int], Line] = lambda number: Line(), offers: tuple[str, ...] = OFFERS, *, watches: bool = False
    ) -> Piping:
        started.append(Piping(line, offers, watches=watches))
        return started[-1]

    yield start
    for server in started:
        server.close()


def at(stage: str, answer: Answer, connections: Sequence[int] | None = None) -> Script:
    """Return a script that gives this answer at this stage, on these connections (or on all)."""
    return lambda number, now: answer if now == stage and (connections is None or number in connections) else None


# ---------------------------------------------------------------------------------------------
# Certificates


@dataclass(frozen=True)
class Certificates:
    """A certificate authority and what it signed, made by openssl for one test session."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    def context(self, name: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.folder / f"{name}.pem", self.folder / "key.pem")
        return made


_DAYS = {"good": ("20200101000000Z", "20991231000000Z"), "expired": ("20200101000000Z", "20200201000000Z")}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """good and expired for 127.0.0.1, stranger for another host, alone signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: this test makes certificates with it")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\nrand_serial=yes\n"
        "default_md=sha256\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n"
    )
    (folder / "index.txt").touch()
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "authority.key")
    subject = ("req", "-new", "-key", "key.pem", "-subj", "/CN=mail")
    openssl(
        "req", "-x509", "-key", "authority.key", "-subj", "/CN=Test authority", "-days", "30", "-out", "authority.pem"
    )
    openssl(*subject, "-x509", "-days", "30", "-addext", "subjectAltName=IP:127.0.0.1", "-out", "alone.pem")
    for name, names in (("good", "IP:127.0.0.1"), ("expired", "IP:127.0.0.1"), ("stranger", "DNS:other.example.org")):
        start, end = _DAYS.get(name, _DAYS["good"])
        openssl(*subject, "-addext", f"subjectAltName={names}", "-out", f"{name}.csr")
        openssl(
            *("ca", "-batch", "-config", "ca.cnf", "-keyfile", "authority.key", "-cert", "authority.pem"),
            *("-startdate", start, "-enddate", end, "-in", f"{name}.csr", "-out", f"{name}.pem"),
        )
    return Certificates(folder)


# ---------------------------------------------------------------------------------------------
# Every way out


@dataclass(frozen=True)
class Way:
    """A transport, and what arrived at its end."""

    transport: Transport
    received: Callable[[str], list[bytes]]


@pytest.fixture(params=["outbox", "smtp"])
def way(request: pytest.FixtureRequest, tmp_path: Path, serve: Callable[..., Marked]) -> Way:
    if request.param == "outbox":
        folder = tmp_path / "outbox"

        def kept(address: str) -> list[bytes]:
            file = folder / f"{address.partition('@')[0]}.eml"
            return [file.read_bytes()] if file.exists() else []

        return Way(Outbox(folder), kept)
    server = serve()
    return Way(smtp(server.port), server.bodies)
