from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from digest.domain.errors import AddressRefused, FetchError, RobotsRefused
from digest.net import pace
from digest.net.fetch import Fetched, Web
from digest.net.robots import MOST_BYTES
from tests.conftest import Site
from tests.net.conftest import Raw

FORBIDDEN = b"User-agent: *\nDisallow: /\n"


def _get(web: Web, address: str) -> Fetched:
    return web.fetch(address, allow_private=True, as_robot=True)


def test_a_page_that_robots_may_not_read_is_not_asked(site: Site, web: Web) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    site.page("/public", b"x")
    with pytest.raises(RobotsRefused, match=r"robots\.txt of 127\.0\.0\.1 asks programs to stay away") as told:
        _get(web, site.page("/private/a", b"x"))
    assert "ask whoever runs the site" in told.value.mend.lower()
    assert "feed" in told.value.mend
    assert _get(web, site.address("/public")).content == b"x"
    assert site.paths == ["/robots.txt", "/public"]


def test_who_is_no_robot_does_not_ask_for_it(site: Site, web: Web) -> None:
    site.page("/robots.txt", FORBIDDEN)
    assert web.fetch(site.page("/a", b"x"), allow_private=True).content == b"x"
    assert site.paths == ["/a"]


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (b"", True),
        (b"<html><body>Not here</body></html>", True),
        (b"\xff\xfe\x00rubbish\x00" * 99, True),
        (FORBIDDEN, False),
        (b"\xef\xbb\xbf" + FORBIDDEN, False),
        (b"user-agent:*\r\ndisallow:/a\r\n", False),
        (b"User-agent: *\rDisallow: /a\r", False),
        (b"User-agent: DIGEST\nDisallow: /a\n\nUser-agent: *\nAllow: /\n", False),
        (b"User-agent: digest/2.0 # ours\nDisallow:\n\nUser-agent: *\nDisallow: /\n", True),
        (b"User-agent: other\nUser-agent: Digest\nDisallow: /a\n", False),
        (b"User-agent: other\nDisallow: /a\n", True),
        (b"User-agent: Dig\nDisallow: /a\n", True),
        (b"User-agent: DigestBot\nDisallow: /a\n", True),
        (b"User-agent: *\nDisallow: /\nAllow: /a$\n", True),
        (b"User-agent: *\nDisallow: /*?x=\n", True),
        (b"User-agent: *\nDisallow: *\n", False),
    ],
)
def test_the_rules_are_read_as_they_are_meant(site: Site, web: Web, rules: bytes, allowed: bool) -> None:
    site.page("/robots.txt", rules)
    site.page("/a", b"x")
    if allowed:
        assert _get(web, site.address("/a")).content == b"x"
    else:
        with pytest.raises(RobotsRefused):
            _get(web, site.address("/a"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 204])
def test_a_site_without_one_allows_everything(site: Site, web: Web, status: int) -> None:
    site.page("/robots.txt", FORBIDDEN, status=status)
    assert _get(web, site.page("/a", b"x")).content == b"x"


@pytest.mark.parametrize("status", [500, 503, 429, 304])
def test_a_site_that_could_not_say_is_left_alone_for_now(site: Site, web: Web, status: int) -> None:
    site.page("/robots.txt", status=status, Retry_After="60")
    site.page("/a", b"x")
    for _ in range(2):
        with pytest.raises(FetchError, match=r"Whether programs may read 127\.0\.0\.1 is not known") as told:
            _get(web, site.address("/a"))
        assert not isinstance(told.value, RobotsRefused)
        assert told.value.retry_after == (timedelta(minutes=1) if status > 400 else None)
    assert site.paths == ["/robots.txt"]


def test_a_server_that_does_not_answer_could_not_say(raw: Callable[..., Raw], web: Web) -> None:
    server = raw(b"")
    for _ in range(3):
        with pytest.raises(FetchError, match="is not known: "):
            _get(web, server.address)
    assert server.connections == 1


def test_an_address_that_must_not_be_asked_is_refused_as_that(site: Site, web: Web) -> None:
    for _ in range(2):
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is an address on this machine"):
            web.fetch("http://127.0.0.1/", as_robot=True)


def test_redirects_of_a_robots_txt_are_followed(site: Site, web: Web) -> None:
    site.page("/r/end", FORBIDDEN)
    site.page("/r", status=301, Location="r/end")
    site.page("/robots.txt", status=302, Location="/r")
    with pytest.raises(RobotsRefused):
        _get(web, site.page("/a", b"x"))


def test_a_robots_txt_that_leads_on_and_on_is_none(site: Site, web: Web) -> None:
    site.page("/robots.txt", status=302, Location="/robots.txt")
    assert _get(web, site.page("/a", b"x")).content == b"x"
    assert site.paths == ["/robots.txt"] * 6 + ["/a"]


@pytest.mark.parametrize("location", ["ftp://a.example/", "http://user:secret@a.example/"])
def test_a_robots_txt_that_leads_astray_could_not_say(site: Site, web: Web, location: str) -> None:
    site.page("/robots.txt", status=302, Location=location)
    with pytest.raises(FetchError, match="is not known") as told:
        _get(web, site.page("/a", b"x"))
    assert not isinstance(told.value, AddressRefused)
    assert "secret" not in told.value.what


def test_every_hop_asks_its_own_sites_rules(site: Site, web: Web, names: dict[str, list[str]]) -> None:
    names["other.example"] = ["127.0.0.1"]

    def rules(asked: BaseHTTPRequestHandler) -> None:
        body = FORBIDDEN if "other" in asked.headers["Host"] else b""
        asked.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)

    site.pages["/robots.txt"] = rules
    site.page("/a", status=302, Location=f"http://other.example:{site.port}/b")
    with pytest.raises(RobotsRefused, match=r"robots\.txt of other\.example"):
        _get(web, site.address("/a"))
    assert site.paths == ["/robots.txt", "/a", "/robots.txt"]


def test_it_is_asked_once_however_many_wait_for_it(site: Site, web: Web) -> None:
    def slow(asked: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        asked.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")

    site.pages["/robots.txt"] = slow
    site.page("/a", b"x")
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: _get(web, site.address("/a")), range(20)))
    assert site.paths.count("/robots.txt") == 1


def test_what_follows_the_first_500_kib_is_not_heeded(site: Site, web: Web) -> None:
    head = b"User-agent: *\nDisallow: /private\n"
    # the last line is cut behind "Disallow: /": what is left of it would forbid everything
    filler = b"#" * (MOST_BYTES - len(head) - 1 - len(b"Disallow: /")) + b"\n"
    site.page("/robots.txt", head + filler + b"Disallow: /only-this\nDisallow: /\n" * 9999)
    site.page("/a", b"x")
    assert _get(web, site.address("/a")).content == b"x"
    with pytest.raises(RobotsRefused):
        _get(web, site.address("/private"))


_HEAVY = """
import resource, sys, time
from digest.net.fetch import Web
resource.setrlimit(resource.RLIMIT_AS, (600 * 1024 * 1024,) * 2)
print(Web().fetch(sys.argv[1], allow_private=True, as_robot=True).content)
print(time.process_time(), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "rules",
    [
        b"".join(b"User-agent:%x\n" % number for number in range(15_000)) + b"Allow:/x\n" * 27_000,
        b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*b\n" * 20_000,
        b"User-agent: *\n" + b"Disallow: /$$$$$$$$$$\n" * 20_000,
        b"User-agent: *\nDisallow: /" + b"*a" * 240_000 + b"\n",
        b"User-agent: Digest\n" * 25_000,
    ],
    ids=["names times rules", "stars", "dollars", "one rule", "one name"],
)
def test_no_robots_txt_takes_much_time_or_memory(site: Site, rules: bytes) -> None:
    site.page("/robots.txt", rules)
    path = "/" + "a" * 500
    site.page(path, b"x")
    done = subprocess.run(
        [sys.executable, "-c", _HEAVY, site.address(path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "b'x'\n", done.stderr
    assert float(done.stderr) < 5


# ---------------------------------------------------------------------------------------------
# Crawl-delay


def test_a_site_that_wants_time_between_requests_gets_it(site: Site, web: Web) -> None:
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 0.2\n")
    site.page("/a", b"x")
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda _: _get(web, site.address("/a")), range(5)))
    assert all(later - sooner > 0.15 for sooner, later in zip(site.times[:-1], site.times[1:], strict=True))


def test_the_time_between_requests_is_not_that_of_a_request(
    site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.net.fetch.MOST_SECONDS", 0.5)
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 0.3\n")
    site.page("/a", b"x")
    with ThreadPoolExecutor(6) as threads:
        assert len(list(threads.map(lambda _: _get(web, site.address("/a")), range(6)))) == 6


def test_nobody_waits_longer_than_the_most(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pace.MOST_DELAY == 10
    monkeypatch.setattr(pace, "MOST_DELAY", 0.1)
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 86400\n")
    began = time.monotonic()
    _get(web, site.page("/a", b"x"))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("delay", [b"-5", b"nan", b"inf", b"soon", b"1e999", b""])
def test_a_delay_that_is_none_is_none(site: Site, web: Web, delay: bytes) -> None:
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: " + delay + b"\n")
    began = time.monotonic()
    _get(web, site.page("/a", b"x"))
    assert time.monotonic() - began < 1
