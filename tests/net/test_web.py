from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpcore2
import pytest

from digest.domain.errors import AddressRefused, FetchError
from digest.domain.model import Validators
from digest.net import connect, deadline
from digest.net import fetch as module
from digest.net.fetch import Web
from tests.conftest import Site
from tests.net.conftest import Raw, request

Make = Callable[..., Raw]
KNOWN = Validators(etag='"1"', last_modified="Thu")


def _ok(body: bytes = b"here", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), more, body)


def _serving(answer: bytes, first: float = 0.0) -> Callable[[socket.socket], None]:
    """Answer every request on a connection, the first one too."""

    def play(one: socket.socket) -> None:
        time.sleep(first)
        one.sendall(answer)
        while request(one):
            one.sendall(answer)

    return play


# ---------------------------------------------------------------------------------------------
# Redirects


@pytest.mark.parametrize(
    ("hops", "moved"),
    [([301], True), ([308, 301], True), ([302], False), ([301, 307], False), ([303, 308], False), ([], False)],
)
def test_a_move_for_good_is_told_only_where_every_hop_says_so(
    site: Site, web: Web, hops: list[int], moved: bool
) -> None:
    for number, status in enumerate(hops):
        site.page(f"/{number}", status=status, Location=f"/{number + 1}")
    site.page(f"/{len(hops)}", b"end")
    made = web.fetch(site.address("/0"), allow_private=True)
    assert made.content == b"end"
    assert made.moved_to == (site.address(f"/{len(hops)}") if moved else "")


def test_what_did_not_change_behind_a_move_is_moved_all_the_same(site: Site, web: Web) -> None:
    site.page("/b", status=304)
    made = web.fetch(site.page("/a", status=301, Location="/b"), KNOWN, allow_private=True)
    assert (made.content, made.moved_to) == (None, site.address("/b"))


def test_forty_redirects_are_too_many(site: Site, web: Web) -> None:
    for number in range(40):
        site.page(f"/{number}", status=301, Location=f"/{number + 1}")
    with pytest.raises(FetchError, match=r"/0 leads on and on"):
        web.fetch(site.address("/0"), allow_private=True)
    assert len(site.asked) == 6


def test_another_host_does_not_get_what_the_first_gave_to_ask_again(
    site: Site, web: Web, names: dict[str, list[str]]
) -> None:
    names["other.example"] = ["127.0.0.1"]
    site.page("/b", b"end")
    site.page("/a", status=302, Location=f"http://other.example:{site.port}/b")
    web.fetch(site.address("/a"), KNOWN, allow_private=True)
    assert [("If-None-Match" in headers, "If-Modified-Since" in headers) for _, headers in site.asked] == [
        (True, True),
        (False, False),
    ]


def test_another_page_of_the_same_host_gets_it(site: Site, web: Web) -> None:
    site.page("/b", b"end")
    web.fetch(site.page("/a", status=302, Location="/b"), KNOWN, allow_private=True)
    assert site.asked[1][1]["If-None-Match"] == '"1"'


def test_nothing_changed_is_no_answer_to_who_knows_nothing(site: Site, web: Web) -> None:
    with pytest.raises(FetchError, match="answered 304 and no page"):
        web.fetch(site.page("/a", status=304), allow_private=True)


def test_from_https_to_http_is_followed_but_never_a_move_for_good(
    trusted: ssl.SSLContext, raw: Make, site: Site, web: Web
) -> None:
    site.page("/b", b"end")
    answer = f"HTTP/1.1 301 x\r\nContent-Length: 0\r\nLocation: {site.address('/b')}\r\n\r\n".encode()
    made = web.fetch(f"https://127.0.0.1:{_secure(raw, trusted, answer).port}/", allow_private=True)
    assert (made.content, made.moved_to) == (b"end", "")


@pytest.mark.parametrize(
    "location",
    [
        b"http://127.0.0.1:1\r\n bad/",
        b"\xff\xfe\xfd",
        b"//",
        b"http://",
        b"http://\xe2\x91\xa0:99999/",
        b"http://[::1",
        b"\x01\x02",
        b"http://user:secret@127.0.0.1/",
        b"http://a\xc2\xadb..example/",
        b"?" + b"x" * 60_000,
        b"a\x00b",
    ],
)
def test_a_strange_location_ends_in_a_fetch_error(raw: Make, web: Web, location: bytes) -> None:
    server = raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    with pytest.raises(FetchError) as told:
        web.fetch(server.address, allow_private=True)
    assert len(told.value.what) < 600
    assert "secret" not in told.value.what


# ---------------------------------------------------------------------------------------------
# What may be asked


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_ports_that_are_not_the_webs_are_refused(web: Web, port: int) -> None:
    with pytest.raises(AddressRefused, match=f"leads to port {port}; only 80 and 443") as told:
        web.fetch(f"http://a.example:{port}/")
    assert "allow_private = true" in told.value.mend


@pytest.mark.parametrize(
    "address",
    [
        "http://user:secret@a.example/",
        "https://secret@a.example/",
        "http://user:se/secret@a.example/",
        "ftp://user:secret@a.example/",
        "user:secret@a.example",
        "secret@a.example",
        "http://user:secret@[bad/",
    ],
)
def test_a_password_is_neither_sent_nor_shown(web: Web, address: str) -> None:
    with pytest.raises(AddressRefused) as told:
        web.fetch(address, allow_private=True)
    assert "secret" not in told.value.what + told.value.mend


@pytest.mark.parametrize("host", ["a b", "a%00b", "a..example", ".example", "[fe80::1%25lo]", "a;b", "ex!ample"])
def test_a_host_that_cannot_be_is_refused_before_anything_is_asked(web: Web, host: str) -> None:
    with pytest.raises(AddressRefused, match="is no web address"):
        web.fetch(f"http://{host}/")


def test_servers_are_told_whose_program_it_is(site: Site) -> None:
    site.page("/a", b"x")
    for contact in ("https://charity.example/about_(us)", "", "nonsense\r\nX: y"):
        with Web(contact) as web:
            web.fetch(site.address("/a"), allow_private=True)
    assert [headers["User-Agent"] for _, headers in site.asked] == [
        "Digest/0.1 (+https://charity.example/about_%28us%29; email digest)",
        "Digest/0.1 (email digest)",
        "Digest/0.1 (email digest)",
    ]
    assert site.asked[0][1]["Accept-Encoding"] == "gzip, br"


# ---------------------------------------------------------------------------------------------
# Connections


def test_each_address_of_a_name_is_tried_until_one_answers(site: Site, web: Web, names: dict[str, list[str]]) -> None:
    site.page("/", b"here")
    # nobody listens at the first two
    names["many.example"] = ["::1", "127.0.0.9", "127.0.0.1"]
    assert web.fetch(f"http://many.example:{site.port}/", allow_private=True).content == b"here"
    assert site.asked[0][1]["Host"] == f"many.example:{site.port}"


def test_an_address_that_swallows_everything_does_not_use_up_the_time(
    site: Site, web: Web, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "HASTE_SECONDS", 0.2)
    site.page("/", b"here")
    with socket.socket() as full, socket.socket() as other:
        full.bind(("127.0.0.7", site.port))
        full.listen(0)
        # one connection fills the queue; of the next one the system says nothing
        other.connect(("127.0.0.7", site.port))
        names["many.example"] = ["127.0.0.7", "127.0.0.1"]
        began = time.monotonic()
        assert web.fetch(f"http://many.example:{site.port}/", allow_private=True).content == b"here"
    assert time.monotonic() - began < 3


def test_a_line_is_used_again(raw: Make, web: Web) -> None:
    server = raw(_serving(_ok()))
    for _ in range(5):
        assert web.fetch(server.address, allow_private=True).content == b"here"
    assert server.connections == 1


@pytest.mark.parametrize("status", [b"404 Not Found", b"304 Not Modified", b"302 Found"])
def test_a_line_is_used_again_after_an_answer_nobody_reads(raw: Make, web: Web, status: bytes) -> None:
    length = b"" if b"304" in status else b"Content-Length: 4\r\n"
    server = raw(_serving(b"HTTP/1.1 %s\r\n%s\r\n%s" % (status, length, b"" if b"304" in status else b"gone")))
    for _ in range(3):
        with suppress(FetchError):
            web.fetch(server.address, KNOWN, allow_private=True)
    assert server.connections == 1


def test_an_answer_nobody_reads_is_not_waited_for(raw: Make, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def play(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 404 x\r\nContent-Length: 50\r\n\r\n")
        time.sleep(4)

    began = time.monotonic()
    with pytest.raises(FetchError, match="answered 404"):
        web.fetch(raw(play).address, allow_private=True)
    assert time.monotonic() - began < 3


def test_a_server_that_hangs_up_between_two_requests_is_asked_again(raw: Make, web: Web) -> None:
    def play(one: socket.socket) -> None:
        one.sendall(_ok())
        request(one)
        # the second request on this connection gets no answer at all

    server = raw(play)
    for _ in range(3):
        assert web.fetch(server.address, allow_private=True).content == b"here"
    assert server.connections == 3


def test_a_line_to_a_private_address_serves_nobody_who_may_not_go_there(
    raw: Make, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = raw(_serving(_ok()))
    monkeypatch.setattr("digest.net.address.PORTS", (80, 443, server.port))
    assert web.fetch(server.address, allow_private=True).content == b"here"
    with pytest.raises(AddressRefused, match="private network"):
        web.fetch(server.address)


def test_only_so_many_lines_are_kept(web: Web, raw: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "MOST_KEPT", 2)
    servers = [raw(_serving(_ok())) for _ in range(4)]
    for server in [*servers, *servers]:
        web.fetch(server.address, allow_private=True)
    # the two used last were kept, but used again they were not the last any more
    assert sum(server.connections for server in servers) == 8
    web.fetch(servers[3].address, allow_private=True)
    assert servers[3].connections == 2


# ---------------------------------------------------------------------------------------------
# TLS


def _secure(raw: Make, settings: ssl.SSLContext, answer: bytes) -> Raw:
    def play(one: socket.socket) -> None:
        with settings.wrap_socket(one, server_side=True) as safe:
            while request(safe):
                safe.sendall(answer)

    return raw(play, wait=False)


def test_https_is_spoken_and_its_settings_are_read_once_and_late(
    trusted: ssl.SSLContext,
    raw: Make,
    site: Site,
    web: Web,
    names: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really, made = httpcore2.default_ssl_context, []
    monkeypatch.setattr(httpcore2, "default_ssl_context", lambda: made.append(1) or really())
    web.fetch(site.page("/a", b"x"), allow_private=True)
    assert not made
    names["tls.example"] = ["127.0.0.1"]
    servers = [_secure(raw, trusted, _ok(b"safe")) for _ in range(3)]
    for server in [*servers, *servers]:
        assert web.fetch(f"https://tls.example:{server.port}/", allow_private=True).content == b"safe"
    assert len(made) == 1
    assert [server.connections for server in servers] == [1, 1, 1]


def test_a_certificate_for_another_name_is_refused(
    trusted: ssl.SSLContext, raw: Make, web: Web, names: dict[str, list[str]]
) -> None:
    names["other.example"] = ["127.0.0.1"]
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED") as told:
        web.fetch(f"https://other.example:{_secure(raw, trusted, _ok()).port}/", allow_private=True)
    assert "certificate is not valid" in told.value.mend


def test_a_certificate_nobody_knows_is_refused(certificate: Path, raw: Make, web: Web) -> None:
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(certificate, certificate.with_suffix(".key"))
    with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        web.fetch(f"https://127.0.0.1:{_secure(raw, settings, _ok()).port}/", allow_private=True)


def test_a_handshake_that_dribbles_ends_at_the_deadline(raw: Make, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.6)

    def play(one: socket.socket) -> None:
        # the head of a record of 16 KiB, and then its bytes, one by one: never silent, never done
        one.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        for _ in range(200):
            one.sendall(b"\x00")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(FetchError, match="in the TLS handshake it took more than 1 seconds"):
        web.fetch(f"https://127.0.0.1:{raw(play, wait=False).port}/", allow_private=True)
    assert time.monotonic() - began < 2


def test_what_speaks_no_tls_is_told(raw: Make, web: Web) -> None:
    with pytest.raises(FetchError, match="did not answer as it should"):
        web.fetch(f"https://127.0.0.1:{raw(b'HTTP/1.1 400 Bad', wait=False).port}/", allow_private=True)


def test_authorities_that_cannot_be_read_are_a_fetch_error(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all.pem")
    with pytest.raises(FetchError, match="No such file"):
        web.fetch("https://127.0.0.1:9/", allow_private=True)


# ---------------------------------------------------------------------------------------------
# Turns


def test_a_host_is_asked_twice_at_once_and_no_more(site: Site, web: Web) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def answer(asked: BaseHTTPRequestHandler) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        asked.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")

    site.pages["/a"] = answer
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: web.fetch(site.address("/a"), allow_private=True), range(40)))
    assert most == 2


def test_waiting_for_a_turn_is_not_counted(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.6)

    def answer(asked: BaseHTTPRequestHandler) -> None:
        time.sleep(0.1)
        asked.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")

    site.pages["/a"] = answer
    with ThreadPoolExecutor(30) as threads:
        made = list(threads.map(lambda _: web.fetch(site.address("/a"), allow_private=True), range(30)))
    assert len(made) == 30


def test_hosts_do_not_wait_for_each_other(web: Web, raw: Make) -> None:
    server = raw(_serving(_ok(), first=0.3), host="0.0.0.0")
    addresses = [f"http://127.0.0.{number}:{server.port}/" for number in range(1, 21)]
    began = time.monotonic()
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda address: web.fetch(address, allow_private=True), addresses))
    assert time.monotonic() - began < 2


def test_two_hosts_that_lead_to_each_other_do_not_wait_for_ever(
    site: Site, web: Web, names: dict[str, list[str]]
) -> None:
    names.update({"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]})
    site.page("/end", b"end")
    site.page("/a", status=302, Location=f"http://b.example:{site.port}/end")
    site.page("/b", status=302, Location=f"http://a.example:{site.port}/end")
    addresses = [f"http://{name}.example:{site.port}/{name}" for name in "ab"] * 20
    with ThreadPoolExecutor(20) as threads:
        made = list(threads.map(lambda address: web.fetch(address, allow_private=True), addresses))
    assert {one.content for one in made} == {b"end"}


def test_closing_lets_nobody_wait(site: Site, raw: Make) -> None:
    web, faults = Web(), []
    silent = raw(lambda one: time.sleep(8))

    def ask(_: int) -> None:
        try:
            web.fetch(silent.address, allow_private=True)
        except FetchError as fault:
            faults.append(fault.what)

    began = time.monotonic()
    with ThreadPoolExecutor(6) as threads:
        list_of_six = [threads.submit(ask, number) for number in range(6)]
        time.sleep(0.3)
        web.close()
    assert time.monotonic() - began < 3
    assert len(faults) == len(list_of_six)
    assert sum("collecting was stopped" in what for what in faults) == 4
    with pytest.raises(FetchError, match="collecting was stopped"):
        web.fetch(site.page("/a", b"x"), allow_private=True)


def test_a_deadline_stands_still_while_it_is_paused() -> None:
    made = deadline.Deadline(0.2)
    with made.paused():
        time.sleep(0.3)
    assert 0 < made.left() <= 0.2
