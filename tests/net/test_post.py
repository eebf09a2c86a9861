"""A form that is posted: sent once, to one address, and the answer is read within bounds whatever it is."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.domain.errors import FetchError
from digest.net.address import judged
from digest.net.answer import Answer
from digest.net.ask import post
from digest.net.deadline import Deadline
from tests.net.conftest import Raw

Make = Callable[..., Raw]

FORM = "grant_type=x&refresh_token=a-secret"


def _posted(address: str, seconds: float = 5, most_bytes: int = 1000) -> Answer:
    return post(judged(address, allow_private=True), FORM, Deadline(seconds), most_bytes)


def test_a_form_arrives_whole_and_a_refusal_has_its_body(raw: Make) -> None:
    came: list[bytes] = []

    def play(one: socket.socket) -> None:
        got = b""
        while not got.endswith(FORM.encode()):
            got += one.recv(65536)
        came.append(got)
        one.sendall(b"HTTP/1.1 400 no\r\nContent-Length: 5\r\n\r\nwords")

    answer = _posted(raw(play, wait=False).address + "token?a=b")
    assert (answer.status, answer.content, answer.is_whole) == (400, b"words", True)
    head = came[0].decode().partition("\r\n\r\n")[0].splitlines()
    assert head[0] == "POST /token?a=b HTTP/1.1"
    assert "Content-Type: application/x-www-form-urlencoded" in head
    assert f"Content-Length: {len(FORM)}" in head


def test_a_redirect_takes_no_secret_with_it(raw: Make) -> None:
    other = raw(b"HTTP/1.1 200 ok\r\nContent-Length: 0\r\n\r\n")
    here = raw(f"HTTP/1.1 307 there\r\nLocation: {other.address}\r\nContent-Length: 0\r\n\r\n".encode())
    assert _posted(here.address).status == 307
    assert other.connections == 0


def test_a_form_is_never_sent_twice(raw: Make) -> None:
    server = raw(lambda one: None)
    with pytest.raises(FetchError):
        _posted(server.address)
    assert server.connections == 1


def test_a_long_answer_is_cut_at_the_bound(raw: Make) -> None:
    answer = _posted(raw(b"HTTP/1.1 200 ok\r\n\r\n" + b"x" * 5000).address)
    assert (len(answer.content), answer.is_whole) == (1000, False)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 ok\r\nContent-Length: 9\r\n\r\nx"])
def test_a_server_that_does_not_end_its_answer_is_left_in_time(raw: Make, said: bytes) -> None:
    def play(one: socket.socket) -> None:
        one.sendall(said)
        while one.recv(65536):
            pass

    began = time.monotonic()
    with pytest.raises(FetchError, match="more than"):
        _posted(raw(play).address, seconds=0.5)
    assert time.monotonic() - began < 5


def test_what_is_no_answer_is_said_without_what_it_repeats(raw: Make) -> None:
    with pytest.raises(FetchError, match="cannot be read") as failed:
        _posted(raw(b"HTTP/1.1 200 ok\r\na-secret\r\n\r\n").address)
    assert "a-secret" not in failed.value.what + failed.value.mend


def test_a_server_that_cannot_prove_who_it_is_gets_no_form(raw: Make, certificate: Path) -> None:
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(certificate, certificate.with_suffix(".key"))
    came: list[bytes] = []

    def play(one: socket.socket) -> None:
        with settings.wrap_socket(one, server_side=True) as secured:
            came.append(secured.recv(65536))

    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        _posted(f"https://127.0.0.1:{raw(play, wait=False).port}/")
    assert not any(came)


def test_over_tls_it_arrives(raw: Make, trusted: ssl.SSLContext) -> None:
    def play(one: socket.socket) -> None:
        with trusted.wrap_socket(one, server_side=True) as secured:
            got = b""
            while not got.endswith(FORM.encode()):
                got += secured.recv(65536)
            secured.sendall(b"HTTP/1.1 200 ok\r\nContent-Length: 2\r\n\r\nok")

    assert _posted(f"https://127.0.0.1:{raw(play, wait=False).port}/").content == b"ok"
