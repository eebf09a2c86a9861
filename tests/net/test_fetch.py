from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from types import ModuleType
from typing import Any

import pytest

from digest.domain.errors import AddressRefused, FetchError
from digest.domain.model import NO_VALIDATORS, Validators
from digest.net import address as addresses
from digest.net import connect
from digest.net import fetch as module
from digest.net.fetch import Fetched, Web
from tests.conftest import Answer, Site

MEGABYTE = 1024 * 1024


def _get(address: str, validators: Validators = NO_VALIDATORS) -> Fetched:
    with Web() as web:
        return web.fetch(address, validators, allow_private=True)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let a port of this machine pass for the web's own."""
    return lambda port: monkeypatch.setattr(addresses, "PORTS", (80, 443, port))


def test_a_page_is_fetched_with_what_says_how_to_read_it_and_ask_again(site: Site) -> None:
    made = _get(site.page("/a", b"hello", Content_Type="text/html", ETag='"1"', Last_Modified="Thu"))
    assert made == Fetched(
        content=b"hello",
        address=site.address("/a"),
        content_type="text/html",
        validators=Validators(etag='"1"', last_modified="Thu"),
    )
    ((_, headers),) = site.asked
    assert headers["User-Agent"].startswith("Digest/")
    assert headers["Host"] == f"127.0.0.1:{site.port}"
    assert "Cookie" not in headers


def test_what_did_not_change_is_not_sent_again(site: Site) -> None:
    known = Validators(etag='"1"', last_modified="Thu")
    made = _get(site.page("/a", status=304), known)
    assert (made.content, made.validators) == (None, known)
    assert site.asked[0][1]["If-None-Match"] == '"1"'
    assert site.asked[0][1]["If-Modified-Since"] == "Thu"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_to_their_end(site: Site, status: int) -> None:
    site.page("/b/end", b"there")
    site.page("/b", status=status, Location="b/end")
    made = _get(site.page("/a", status=status, Location=site.address("/b")))
    assert (made.content, made.address) == (b"there", site.address("/b/end"))


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://a.example/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "http://[bad",
        "http://a.example:99999/",
    ],
)
def test_a_redirect_to_anything_but_the_web_is_refused(site: Site, location: str) -> None:
    with pytest.raises(AddressRefused, match="is no web address"):
        _get(site.page("/a", status=302, Location=location))


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/b", "http://localhost:{port}/b", "http://[::1]:{port}/b", "/b"]
)
def test_a_redirect_from_a_public_page_to_this_machine_is_refused(
    site: Site, target: str, public: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    public(site.port)
    site.page("/b", b"secret")
    site.page("/a", status=302, Location=target.format(port=site.port))
    really = connect.resolve
    hops: list[str] = []

    def resolve(host: str, port: int, allow_private: bool, seconds: float) -> tuple[str, ...]:
        hops.append(host)
        # the first hop plays a public server
        return really(host, port, allow_private or len(hops) == 1, seconds)

    monkeypatch.setattr(connect, "resolve", resolve)
    with pytest.raises(AddressRefused, match="private network"), Web() as web:
        web.fetch(site.address("/a"))
    assert [path for path, _ in site.asked] == ["/a"]
    assert len(hops) == 2


def test_a_ring_of_redirects_ends(site: Site) -> None:
    with pytest.raises(FetchError, match="leads on and on"):
        _get(site.page("/a", status=302, Location="/a"))
    assert len(site.asked) == 6


def test_a_page_on_this_machine_is_not_asked_unless_the_source_says_so(
    site: Site, public: Callable[[int], None]
) -> None:
    public(site.port)
    with pytest.raises(AddressRefused) as told, Web() as web:
        web.fetch(site.page("/a", b"x"))
    assert "allow_private = true" in told.value.mend
    assert site.asked == []


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "gone"),
        (410, "gone"),
        (403, "does not let"),
        (401, "does not let"),
        (500, "asked again"),
        (429, "asked again"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(site: Site, status: int, says: str) -> None:
    with pytest.raises(FetchError, match=f"answered {status}") as told:
        _get(site.page("/a", b"no", status=status))
    assert says in told.value.mend


@pytest.mark.parametrize(
    "address", ["", "news.txt", "ftp://a.example/", "http://", "http://[x", "http://a.example:0/", "//a.example/"]
)
def test_what_is_no_web_address_is_refused_before_anything_is_asked(address: str) -> None:
    with pytest.raises(AddressRefused, match="is no web address"):
        _get(address)


@pytest.mark.parametrize(
    ("path", "wire"), [("/Łódź", "/%C5%81%C3%B3d%C5%BA"), ("/a b?q=é", "/a%20b?q=%C3%A9"), ("/%20x", "/%20x")]
)
def test_an_address_in_any_script_is_asked_percent_encoded(site: Site, path: str, wire: str) -> None:
    site.page(wire, b"found")
    assert _get(site.address(path)).content == b"found"


def test_a_redirect_in_any_script_is_followed(site: Site) -> None:
    site.page("/%C3%BC", b"found")
    site.page("/a", status=302, Location="/ü".encode().decode("latin-1"))
    assert _get(site.address("/a")).content == b"found"


def test_a_name_in_another_script_is_asked_by_its_ascii_form(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "resolve", lambda host, port, allow_private, seconds: ("127.0.0.1",))
    site.page("/", b"found")
    assert _get(f"http://münchen.example:{site.port}/").content == b"found"
    assert site.asked[0][1]["Host"] == f"xn--mnchen-3ya.example:{site.port}"


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(FetchError, match="did not answer as it should"):
        _get(f"http://127.0.0.1:{port}/")


def test_packed_pages_are_unpacked(site: Site) -> None:
    assert _get(site.page("/a", gzip.compress(b"hello" * 999), Content_Encoding="GZIP")).content == b"hello" * 999


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"not packed"), ("br", b"x"), ("deflate", zlib.compress(b"x"))]
)
def test_what_is_packed_wrongly_is_told(site: Site, encoding: str, body: bytes) -> None:
    with pytest.raises(FetchError):
        _get(site.page("/a", body, Content_Encoding=encoding))


def test_a_gzip_bomb_is_cut_at_the_bound_with_little_memory(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", MEGABYTE)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(100)) + packer.flush()
    site.page("/a", bomb, Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(FetchError, match="larger than 1 MB"):
        _get(site.address("/a"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE


def _endless(piece: bytes, pause: float = 0.0, head: bytes = b"HTTP/1.0 200 OK\r\n\r\n") -> Answer:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.wfile.write(head)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            asked.wfile.write(piece)
            time.sleep(pause)

    return answer


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_an_endless_body_is_cut_at_the_bound(site: Site, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", MEGABYTE)
    body = b"x" * 65536 if b"1.0" in head else b"10000\r\n" + b"x" * 65536 + b"\r\n"
    site.pages["/a"] = _endless(body, head=head)
    with pytest.raises(FetchError, match="larger than 1 MB"):
        _get(site.address("/a"))


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX-Dribble: ", b""])
def test_a_server_that_dribbles_holds_nobody_up(site: Site, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.5)
    site.pages["/a"] = _endless(b"x", pause=0.05, head=head)
    began = time.monotonic()
    with pytest.raises(FetchError):
        _get(site.address("/a"))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(("place", "bound"), [(connect, "SILENCE_SECONDS"), (module, "MOST_SECONDS")])
def test_a_silent_server_is_left_after_a_while(
    site: Site, place: ModuleType, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, bound, 0.2)
    site.pages["/a"] = lambda asked: time.sleep(3)
    began = time.monotonic()
    with pytest.raises(FetchError, match="did not answer"):
        _get(site.address("/a"))
    assert time.monotonic() - began < 2


def test_a_body_cut_short_is_not_taken_for_the_whole(site: Site) -> None:
    with pytest.raises(FetchError):
        _get(site.page("/a", b"half", Content_Length="8"))


def test_a_name_that_turns_to_this_machine_between_two_answers_never_gets_there(
    site: Site, public: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    public(site.port)
    site.page("/", b"secret")
    answers = iter(["93.184.216.34", *["127.0.0.1"] * 9])
    connected: list[Any] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        address = next(answers) if host == "turns.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError("nobody is asked in tests")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    for _ in range(3):
        with pytest.raises(FetchError), Web() as web:
            web.fetch(f"http://turns.example:{site.port}/")
    assert connected == [("93.184.216.34", site.port)]
    assert site.asked == []


def test_proxies_of_the_environment_are_not_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _get(site.page("/a", b"straight")).content == b"straight"
