"""Sources that misbehave, each in its own way, beside two that are well: rows 44 to 53 of the fault matrix.

One source fails with a clear finding, and every other source goes on. Real servers, the real harvest.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from digest.app import App
from digest.config import Loaded, parse
from digest.jobs.harvest import Harvested
from digest.net import connect
from digest.net import fetch as web
from digest.sources import reader
from digest.store.database import Database
from tests.conftest import Answer, Clock, Site
from tests.jobs.conftest import CONFIGURATION
from tests.sources.conftest import TITLES, feed

MEGABYTE = 1024 * 1024


def dripping(asked: BaseHTTPRequestHandler) -> None:
    """Ten octets a second, for as long as anybody listens (slowloris)."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(600):
        asked.wfile.write(b"x")
        time.sleep(0.1)


def endless(asked: BaseHTTPRequestHandler) -> None:
    """A body of ten gigabytes, in chunks without end."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(160_000):
        asked.wfile.write(piece)


def silent(asked: BaseHTTPRequestHandler) -> None:
    time.sleep(30)


def bomb() -> bytes:
    return gzip.compress(bytes(200 * MEGABYTE))


def crowd() -> str:
    many = " ".join(f"a{number}=''" for number in range(200_000))
    return f"<rss><channel><title>A</title><item><title>B</title><x {many}/></item></channel></rss>"


def laughs() -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE r [<!ENTITY l0 "ha">{levels}]><rss><channel><item><title>&l9;</title></item></channel></rss>'


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    monkeypatch.setattr(web, "MOST_SECONDS", 3.0)
    monkeypatch.setattr(connect, "SILENCE_SECONDS", 2.0)
    monkeypatch.setattr(reader, "MOST_SECONDS", 3.0)


@pytest.fixture
def collect(tmp_path: Path, clock: Clock, site: Site) -> Iterator[Callable[[dict[str, str]], dict[str, Harvested]]]:
    """Collect from sources at these addresses; result by source. Each call is another day."""
    opened: list[App] = []

    def run(addresses: dict[str, str]) -> dict[str, Harvested]:
        head, _, tail = CONFIGURATION.partition("[[newsletters.sources]]")
        _, _, tail = tail.partition("[[newsletters.themes]]")
        sources = "".join(
            f'[[newsletters.sources]]\nid = "{name}"\nkind = "feed"\naddress = "{address}"\nallow_private = true\n'
            for name, address in addresses.items()
        )
        text = f"{head}{sources}[[newsletters.themes]]{tail}"
        loaded = Loaded(folder=tmp_path, workspace=parse(text), files={"digest.toml": text})
        app = App(loaded, Database.open(tmp_path / "digest.db"), clock)
        opened.append(app)
        clock.forward(days=1)
        return {one.source: one for one in app.collect(app.newsletter())}

    yield run
    for app in opened:
        app.store.close()


def addresses(site: Site, pages: dict[str, Answer]) -> dict[str, str]:
    site.pages |= {f"/{name}": page for name, page in pages.items()}
    first, last = site.page("/first", feed(*TITLES)), site.page("/last", feed("A story", "Another story"))
    return {"first": first, **{name: site.address(f"/{name}") for name in pages}, "last": last}


def test_whatever_a_source_does_only_it_fails_and_says_why(
    short: None, site: Site, collect: Callable[[dict[str, str]], dict[str, Harvested]]
) -> None:
    site.page("/loop", status=302, Location="/loop")
    site.page("/disk", status=302, Location="file:///etc/passwd")
    site.page("/bomb", bomb(), Content_Encoding="gzip")
    site.page("/long-title", f"<rss><channel><item><title>{'x' * 20 * MEGABYTE}</title></item></channel></rss>")
    site.page("/crowd", crowd())
    site.page("/laughs", laughs())
    site.page("/nuls", b"\x00" * 4096)
    site.page("/missing", status=404)
    static = ("loop", "disk", "bomb", "long-title", "crowd", "laughs", "nuls", "missing")
    pages = {name: site.pages[f"/{name}"] for name in static}
    wanted = addresses(site, {**pages, "drips": dripping, "endless": endless, "silent": silent})
    began = time.monotonic()
    results = collect(wanted)
    took = time.monotonic() - began
    assert [results["first"].new, results["last"].new] == [3, 2]
    assert len(str(results.pop("laughs"))) < 2_000, "refused, or read without going off"
    for name in results.keys() - {"first", "last"}:
        (finding,) = results[name].findings
        assert finding.what, name
        assert len(finding.what) < 500, name
        assert "Traceback" not in finding.what
    # all were asked side by side: the slowest waits for nobody
    assert took < 3 * web.MOST_SECONDS + 2 * reader.MOST_SECONDS


@pytest.mark.parametrize(
    ("status", "days", "asked"), [(404, 1, 2), (500, 1, 2), (429, 1, 1), (429, 3, 2), (410, 40, 1)]
)
def test_the_schedule_of_a_source_that_refuses(
    site: Site,
    clock: Clock,
    collect: Callable[[dict[str, str]], dict[str, Harvested]],
    status: int,
    days: int,
    asked: int,
) -> None:
    refused = site.page("/feed", status=status, **({"Retry_After": str(2 * 86_400)} if status == 429 else {}))
    collect({"theirs": refused})
    clock.forward(days=days - 1)
    again = collect({"theirs": refused})
    assert site.paths.count("/feed") == asked
    assert again["theirs"].skipped is (asked == 1)


def test_what_a_source_gave_before_it_failed_is_kept(
    site: Site, collect: Callable[[dict[str, str]], dict[str, Harvested]], tmp_path: Path
) -> None:
    address = site.page("/feed", feed(*TITLES))
    collect({"theirs": address})
    site.page("/feed", status=500)
    collect({"theirs": address})
    with Database.open(tmp_path / "digest.db").reading() as session:
        assert len(session.insights.unused("news", ["theirs"])) == 3


def test_five_hundred_entries_are_collected_once_and_their_email_tells_its_size(
    site: Site, collect: Callable[[dict[str, str]], dict[str, Harvested]]
) -> None:
    many = feed(*(f"Story {number} of a very busy partner" for number in range(500)))
    assert collect({"busy": site.page("/feed", many)})["busy"].new == 500
    assert collect({"busy": site.page("/feed", many + "<!-- again -->")})["busy"].new == 0


def test_memory_of_the_program_stays_small_whatever_comes(
    short: None, site: Site, collect: Callable[[dict[str, str]], dict[str, Harvested]]
) -> None:
    site.page("/bomb", bomb(), Content_Encoding="gzip")
    before = _resident()
    results = collect(addresses(site, {"bomb": site.pages["/bomb"], "endless": endless}))
    assert results["last"].new == 2
    assert _resident() - before < 64


def _resident() -> float:
    """Megabytes that this process holds."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
