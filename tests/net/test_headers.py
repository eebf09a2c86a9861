"""Heads of every kind of wrong: each ends in a FetchError with a sentence, in time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.domain.errors import AddressRefused, FetchError, Gone, RobotsRefused
from digest.domain.model import Validators
from digest.net.address import judged
from digest.net.answer import MOST_WAIT, retry_after
from digest.net.fetch import Fetched, Web
from tests.conftest import Site
from tests.net.conftest import Raw, request

Make = Callable[..., Raw]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"<html>HTTP/0.9 has no head</html>",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 000 OK\r\n\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        b"HTTP/1.1 \xff\xff\xff OK\r\n\r\n",
        b"\x00" * 4000,
        b"\x16\x03\x01\x02\x00\x01",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: five\r\n\r\nhello",
        OK + b"Content-Length: 5, 6\r\n\r\nhello",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello",
        OK + b"Content-Length: 99999999999999999999999999\r\n\r\nhello",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 300_000,
        OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        OK + b"X: " + b"x" * 1_000_000,
        OK + b"X: x\r\n" * 10_000 + b"\r\n",
        OK + b"X: x\r\n" * 201 + b"\r\n",
        OK + b"X: a\x00b\r\n\r\n",
        OK + b"X\x00: b\r\n\r\n",
        OK + b": nameless\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b" continued: from nothing\r\n\r\n",
        OK + b"X y: z\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" * 3 + b"rubbish\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 300 Choices\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation:\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 305 Proxy\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda head: repr(head[:60]),
)
def test_a_head_that_is_wrong_is_a_fetch_error_with_a_short_sentence(raw: Make, web: Web, head: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError) as told:
        web.fetch(raw(head).address, allow_private=True)
    assert time.monotonic() - began < 5
    assert told.value.what.startswith("http://127.0.0.1:")
    assert told.value.what.endswith(".")
    assert len(told.value.what) < 300
    assert told.value.what.isprintable()


def test_interim_answers_without_end_are_left_early(raw: Make, web: Web) -> None:
    sent = 0

    def play(one: socket.socket) -> None:
        nonlocal sent
        with suppress(OSError):
            while sent < 200_000_000:
                sent += one.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 100)

    with pytest.raises(FetchError, match="its headers have no end"):
        web.fetch(raw(play).address, allow_private=True)
    assert sent < 20_000_000


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\npage",
        b"HTTP/1.1 203 Altered\r\nContent-Length: 4\r\n\r\npage",
        b"HTTP/1.0 200 OK\n\npage",
        b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage",
        OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\npage",
        OK + b"X: a\r\n b\r\nContent-Length: 4\r\n\r\npage",
        OK + b"X: x\r\n" * 150 + b"Content-Length: 4\r\n\r\npage",
        OK + b"Transfer-Encoding: chunked\r\n\r\n4;x=y\r\npage\r\n0\r\nTrailer: x\r\n\r\n",
    ],
    ids=lambda head: repr(head[:60]),
)
def test_what_is_only_odd_is_read(raw: Make, web: Web, head: bytes) -> None:
    assert web.fetch(raw(head).address, allow_private=True).content == b"page"


def test_odd_bytes_in_a_content_type_pass_as_text(raw: Make, web: Web) -> None:
    server = raw(OK + b"Content-Type: text/html; charset=\xe9\x80\x01;;\r\nContent-Length: 1\r\n\r\nx")
    assert web.fetch(server.address, allow_private=True).content_type == "text/html; charset=\xe9\x80\x01;;"


def test_an_etag_of_any_bytes_is_sent_back_as_it_came(raw: Make, web: Web) -> None:
    heads: list[bytes] = []

    def play(one: socket.socket) -> None:
        one.sendall(OK + b'ETag: "\xc3\xa9\xff"\r\nContent-Length: 1\r\n\r\nx')
        heads.append(request(one))
        one.sendall(b"HTTP/1.1 304 Same\r\n\r\n")

    server = raw(play)
    first = web.fetch(server.address, allow_private=True)
    again = web.fetch(server.address, first.validators, allow_private=True)
    assert (again.content, again.validators) == (None, first.validators)
    assert b'If-None-Match: "\xc3\xa9\xff"\r\n' in heads[0]


@pytest.mark.parametrize("etag", [b'"\x01"', b'"' + b"x" * 2000 + b'"'])
def test_an_etag_that_cannot_be_sent_back_is_not_kept(raw: Make, web: Web, etag: bytes) -> None:
    server = raw(OK + b"ETag: " + etag + b"\r\nContent-Length: 1\r\n\r\nx")
    assert web.fetch(server.address, allow_private=True).validators == Validators()


@pytest.mark.parametrize("etag", ['"a\r\nX: y"', '"☃"', "\x00"])
def test_validators_that_no_server_gave_inject_nothing(site: Site, web: Web, etag: str) -> None:
    site.page("/a", b"x")
    with suppress(FetchError):
        web.fetch(site.address("/a"), Validators(etag=etag), allow_private=True)
    assert all("X" not in headers for _, headers in site.asked)


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_a_server_can_send_raise_anything_else(raw: Make, junk: bytes, with_status: bool) -> None:
    server = raw((OK if with_status else b"") + junk)
    with Web() as web, suppress(FetchError):
        assert isinstance(web.fetch(server.address, allow_private=True), Fetched)
    server.close()


@given(st.one_of(st.text(max_size=60), st.from_regex(r"https?:[/\\]{0,3}[^\s]{0,40}", fullmatch=True)))
@settings(max_examples=250)
def test_no_text_is_an_address_that_could_not_be_written_in_a_request(text: str) -> None:
    with suppress(AddressRefused):
        made = judged(text, allow_private=True)
        assert made.text.isascii()
        assert made.text.isprintable()
        assert " " not in made.text
        assert judged(made.text, allow_private=True) == made


# ---------------------------------------------------------------------------------------------
# What a server says of coming back


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 5000, MOST_WAIT.total_seconds()),
        ("99999999", MOST_WAIT.total_seconds()),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3600),
        ("Monday, 23-Nov-26 10:00:00 GMT", 3600),
        ("Mon Nov 23 10:00:00 2026", 3600),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MOST_WAIT.total_seconds()),
    ],
)
def test_how_long_to_wait_is_read_from_seconds_and_dates(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "²", "١٢", "Mon, 99 Nov 2026 10:00:00 GMT", "1 2", "5s"])
def test_what_says_nothing_of_waiting_is_none(value: str) -> None:
    assert retry_after(value, NOW) is None


@given(st.one_of(st.text(max_size=40), st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ [-+\w]*")))
@settings(max_examples=250)
def test_no_text_makes_a_wait_out_of_bounds(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= MOST_WAIT


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_every_refusal_tells_how_long_to_wait(site: Site, web: Web, status: int) -> None:
    with pytest.raises(FetchError) as told:
        web.fetch(site.page("/a", status=status, Retry_After="7"), allow_private=True)
    assert told.value.retry_after == timedelta(seconds=7)
    assert isinstance(told.value, Gone) is (status == 410)


def test_who_says_nothing_of_coming_back_leaves_it_open(site: Site, web: Web) -> None:
    with pytest.raises(FetchError) as told:
        web.fetch(site.page("/a", status=503), allow_private=True)
    assert told.value.retry_after is None
    assert not isinstance(told.value, Gone | RobotsRefused)
