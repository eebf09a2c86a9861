"""Servers on this machine: one whose pages are functions, one that sends bytes as they stand, with or without TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from digest.net.fetch import Web

Play = Callable[[socket.socket], None]


class Raw:
    """A server that plays a function on every connection once a request has come (or at once, with no head)."""

    def __init__(self, play: Play, host: str = "127.0.0.1", wait: bool = True) -> None:
        self.connections = 0
        self._play = play
        self._wait = wait
        self._server = socket.create_server((host, 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._server.accept()
                self.connections += 1
                threading.Thread(target=self._one, args=(one,), daemon=True).start()

    def _one(self, one: socket.socket) -> None:
        with suppress(OSError), one:
            if self._wait:
                request(one)
            self._play(one)


def request(one: socket.socket) -> bytes:
    """Read a request up to its empty line; empty when the client has gone."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = one.recv(65536)
        if not more:
            return b""
        head += more
    return head


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as made:
        yield made


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Make a server that sends these bytes and hangs up, or plays a function."""
    made: list[Raw] = []

    def make(play: bytes | Play, **how: Any) -> Raw:
        made.append(Raw((lambda one: one.sendall(play)) if isinstance(play, bytes) else play, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The names this machine knows while a test runs, and the addresses they stand for."""
    known: dict[str, list[str]] = {}

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host not in known:
            # addresses stand for themselves
            socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in known.get(host, [host])
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own authority for 127.0.0.1 and tls.example, with its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: this test makes a certificate with it")
    made = tmp_path_factory.mktemp("tls") / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "30", "-subj", "/CN=tls.example", "-addext", "subjectAltName=IP:127.0.0.1,DNS:tls.example"]
    subprocess.run([*command, "-keyout", made.with_suffix(".key"), "-out", made], check=True, capture_output=True)
    return made


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The settings of a server whose certificate this program trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return made
