"""How fast 500 feeds are collected, against the ideal and against a plain program, in one run.

    python bench/collect.py

A server on this machine answers each request after 50 ms; 250 names have two feeds each. Three rounds are timed:

all new   every feed gives 20 entries, each with its whole article; the peer fetches them alike, 20 at once, and
          parses each where it was fetched with feedparser's defaults
most same one feed in twenty has changed, for the others the server answers 304; the ideal is requests / 20 x 50 ms.
          It is timed five times and the best counts: what another process does meanwhile is no property of this one
memory    the most that the program and its readers held together (PSS), in both rounds

Prints each figure as a ratio to what it must reach, and ends with 1 where one is missed.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.app import App

FEEDS, AT_ONCE, DELAY, NAMES, ENTRIES = 500, 20, 0.05, 250, 20
#: how often the round in which most is the same is timed
TIMES = 5
#: what is to be reached: times the ideal, times faster than the peer, megabytes
NEAR_IDEAL, FASTER, MEGABYTES = 1.2, 3.0, 300
_WORDS = """
    nursery garden school children families reading maths bus river council teacher heads trust play lunch story
    history lesson valley partners careers science music library early years attendance friends term winter summer
""".split()  # noqa: SIM905 (a text is easier to read than thirty quotes)


def main() -> int:
    """Run the three rounds; return the exit code."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        ours = json.loads(_run("ours", port, folder))
        peer = json.loads(_run("peer", port, folder))
        # the server ends with its standard input
        server.stdin.close()
    ideal = FEEDS / AT_ONCE * DELAY
    lines = [
        ("all new, times faster than the peer", peer["all"] / ours["all"], FASTER, True),
        ("most the same, times the ideal", ours["some"] / ideal, NEAR_IDEAL, False),
        ("memory, times the bound", ours["megabytes"] / MEGABYTES, 1.0, False),
    ]
    print(f"{FEEDS} feeds, {AT_ONCE} at once, answered after {DELAY * 1000:.0f} ms; ideal {ideal:.2f} s")
    print(f"ours: all new {ours['all']:.2f} s ({ours['new']} insights), most the same {ours['some']:.2f} s, "
          f"{ours['megabytes']:.0f} MB; peer: all new {peer['all']:.2f} s")  # fmt: skip
    met = True
    for words, ratio, bar, more_is_better in lines:
        good = ratio >= bar if more_is_better else ratio <= bar
        met = met and good
        side = "at least" if more_is_better else "at most"
        print(f"{words:40} {ratio:6.2f}   {side} {bar:.1f}   {'met' if good else 'MISSED'}")
    return 0 if met else 1


def _run(part: str, port: str, folder: str) -> str:
    return subprocess.run(
        [sys.executable, __file__, part, port, folder], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def _address(number: int, port: str) -> str:
    return f"http://127.0.0.{number % NAMES + 1}:{port}/{number}"


def ours(port: str, folder: Path) -> dict[str, float]:
    """Collect twice with the program as it is; return seconds and megabytes."""
    from digest.app import App
    from digest.bundle import STARTER, new_workspace

    new_workspace(folder / "workspace")
    text = (STARTER / "digest.toml").read_text()
    head, _, tail = text.partition("[[newsletters.sources]]")
    _, _, tail = tail.partition("[[newsletters.themes]]")
    sources = "\n".join(
        f'[[newsletters.sources]]\nid = "s{number}"\nkind = "feed"\naddress = "{_address(number, port)}"\n'
        "allow_private = true\n"
        for number in range(FEEDS)
    )
    (folder / "workspace" / "digest.toml").write_text(f"{head}{sources}\n[[newsletters.themes]]{tail}")
    app = App.open(folder / "workspace")
    with _Memory() as memory:
        began = time.perf_counter()
        first = app.collect(app.newsletter())
        took = time.perf_counter() - began
        some = min(_unchanged(app) for _ in range(TIMES))
    new = sum(one.new for one in first)
    assert new == FEEDS * ENTRIES, [one.findings for one in first if one.findings][:3]
    return {"all": took, "some": some, "new": new, "megabytes": memory.most}


def _unchanged(app: App) -> float:
    """Collect where nineteen in twenty are unchanged; return seconds."""
    began = time.perf_counter()
    results = app.collect(app.newsletter())
    took = time.perf_counter() - began
    assert sum(one.unchanged for one in results) == FEEDS * 19 // 20, "nineteen in twenty are unchanged"
    return took


def peer(port: str) -> dict[str, float]:
    """Fetch alike and parse in line with feedparser's defaults; return seconds."""
    import feedparser

    from digest.net.fetch import Web

    with Web() as web, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(number: int) -> int:
            fetched = web.fetch(_address(number, port), allow_private=True)
            return len(feedparser.parse(fetched.content).entries)

        began = time.perf_counter()
        entries = sum(pool.map(one, range(FEEDS)))
        took = time.perf_counter() - began
    assert entries == FEEDS * ENTRIES
    return {"all": took}


class _Memory:
    """Looks twenty times a second how much this process and its children hold."""

    most = 0.0

    def __enter__(self) -> _Memory:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            self.most = max(self.most, sum(_megabytes(one) for one in _family()))


def _family() -> list[str]:
    """Name this process and all below it."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[file.parent.name] = file.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
    found = [str(threading.main_thread().native_id)]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _megabytes(process: str) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _feed(number: int) -> bytes:
    chance = random.Random(number)

    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count))

    def entry(place: int) -> str:
        # the whole article with its markup, as most publishing systems send it along
        body = "".join(
            f'<p class="wp-block-text">{words(40)} <a href="/t/{k}" rel="tag">{words(3)}</a> <em>{words(2)}</em>.</p>'
            f'<figure class="wp-block-image"><img src="/i/{k}.jpg" alt="{words(4)}" width="600"></figure>'
            for k in range(8)
        )
        return (
            f"<item><title>{words(8).capitalize()}</title><link>https://f{number}.example.org/{place}</link>"
            f"<guid>{number}-{place}</guid><pubDate>Mon, {place % 27 + 1:02} Nov 2026 08:00:00 GMT</pubDate>"
            f"<category>{words(1)}</category><description><![CDATA[<p>{words(40)}.</p>]]></description>"
            f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
        )

    items = "".join(entry(place) for place in range(ENTRIES))
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    head = f'<?xml version="1.0"?><rss version="2.0" {space}><channel><title>{words(3)}</title>'
    return f"{head}{items}</channel></rss>".encode()


async def _serve() -> None:
    bodies = {f"/{number}": _feed(number) for number in range(FEEDS)}
    asked: Counter[str] = Counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                await asyncio.sleep(DELAY)
                # one feed in twenty gives something else each time
                changes = int(path[1:]) % 20 == 0
                if b"if-none-match" in head.lower() and not changes:
                    writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
                    continue
                body = bodies[path] + f"<!-- {asked[path]} -->".encode()
                asked[path] += 1
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\n')
                writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    hosts = [f"127.0.0.{number + 1}" for number in range(NAMES)]
    first = await asyncio.start_server(answer, hosts[0], 0, backlog=512)
    port = first.sockets[0].getsockname()[1]
    await asyncio.start_server(answer, hosts[1:], port, backlog=512)
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            asyncio.run(_serve())
        case ["ours", port, folder]:
            print(json.dumps(ours(port, Path(folder))))
        case ["peer", port, _]:
            print(json.dumps(peer(port)))
        case _:
            sys.exit(main())
