"""How many people may unsubscribe in a second, and how many may look at the page for it.

python bench/public.py [--people N] [--requests N]

`digest serve --workers 2` on a database with many subscribers, every commit on the disk (`synchronous=FULL`). Each POST
is of somebody else, by one click as a mail program sends it; each GET is of somebody else's page. The peer in the same
run is the least there can be: as many processes of uvicorn with a bare Starlette application that answers with a
constant page of the same length.

The client is this program: processes with raw sockets that are kept open, as a web server before the pages keeps them.
The quickest of three rounds counts for each. The exit code is 1 where a bar is missed. A line of JSON comes last.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from digest.config import secret
from digest.domain.model import Subscription, SubscriptionState
from digest.stages import track
from digest.store import tables as t
from digest.store.database import Database
from digest.store.people import subscription_values

WORKERS = 2
#: requests a second; seconds below which 99 in 100 of the POSTs are answered
POSTS, GETS, P99 = 1_000, 2_000, 0.1
ROUNDS = 3
#: processes of the client, and connections of each, with one request at a time on each
CLIENTS, LINES = 2, 16
NEWS = "news"
_CONFIGURATION = """
base_url = "https://digest.example.org"
[brand]
organisation = "Kestrel Trust"
legal_name = "Kestrel Trust (charity no. 0000000)"
postal_address = "1 Harbour Row, Saltmere SM1 2QX"
[public]
listen = "127.0.0.1:0"
[[newsletters]]
id = "news"
name = "Kestrel news"
[newsletters.sender]
name = "Kestrel Trust"
address = "news@kestrel.example.org"
[[newsletters.sources]]
id = "notes"
kind = "file"
address = "notes"
website = "https://www.kestrel.example.org/notes"
[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""
_PEER = """
import os, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
page = b"x" * int(sys.argv[1])
async def constant(request):
    return HTMLResponse(page)
app = Starlette(routes=[Route("/{path:path}", constant, methods=["GET", "POST"])])
listener = __import__("socket").create_server(("127.0.0.1", 0), backlog=1024)
print(listener.getsockname()[1], flush=True)
for _ in range(int(sys.argv[2]) - 1):
    if not os.fork():
        break
settings = uvicorn.Config(app, http="httptools", loop="uvloop", lifespan="off", access_log=False, log_level="error")
uvicorn.Server(settings).run(sockets=[listener])
"""


def people(folder: Path, count: int) -> list[str]:
    """Make a workspace in which so many people are subscribed; return their tokens."""
    (folder / "digest.toml").write_text(_CONFIGURATION)
    (folder / "notes").mkdir()
    store = Database.open(folder / "digest.db", folder / ".digest" / "database")
    now = datetime.now(UTC)
    place = Subscription(newsletter=NEWS, state=SubscriptionState.ACTIVE, consent_source="form", consent_at=now)
    ids = [os.urandom(8).hex() for _ in range(count)]
    with store._engine.begin() as connection:
        connection.execute(sa.insert(t.subscriber), [_person(number, one) for number, one in enumerate(ids)])
        places = [{"subscriber": one, "newsletter": NEWS, **subscription_values(place)} for one in ids]
        connection.execute(sa.insert(t.subscription), places)
    store.close()
    key = secret(folder, create=True)
    return [track.token(key, "unsubscribe", NEWS, one) for one in ids]


def _person(number: int, identity: str) -> dict[str, object]:
    address = f"person{number}@example.org"
    known = {"id": identity, "address": address, "comparable": address, "suppression_key": f"key{number}"}
    return known | {"first_name": "", "last_name": "", "tags": [], "fields": {}, "traits": ""}


@contextmanager
def serving(command: Sequence[str], folder: Path) -> Iterator[int]:
    """Start a server; yield the port it says."""
    environment = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)|^(\d+)$", said)
        assert found, said
        port = int(found.group(1) or found.group(2))
        _until_served(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _until_served(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if line.recv(100):
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("nobody serves")


def request(method: str, path: str) -> bytes:
    """Return the octets of a request as a mail program, or a browser, makes it."""
    body = b"List-Unsubscribe=One-Click" if method == "POST" else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: digest.example.org\r\n"
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def timed(port: int, requests: Sequence[bytes]) -> tuple[float, list[float], int]:
    """Send requests by all lines at once; return (requests a second, seconds of each, answers other than 200)."""
    shares = [requests[number::CLIENTS] for number in range(CLIENTS)]
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        began = time.monotonic()
        found = pool.starmap(_client, [(port, share) for share in shares])
        took = time.monotonic() - began
    return len(requests) / took, [one for times, _ in found for one in times], sum(wrong for _, wrong in found)


def _client(port: int, requests: Sequence[bytes]) -> tuple[list[float], int]:
    """Send requests over several lines, one at a time on each; return (seconds of each, how many went wrong)."""
    import selectors

    waiting = iter(requests)
    selector = selectors.DefaultSelector()
    times: list[float] = []
    wrong = 0
    began: dict[socket.socket, float] = {}
    got: dict[socket.socket, bytes] = {}

    def send(line: socket.socket) -> None:
        following = next(waiting, None)
        if following is None:
            selector.unregister(line)
            line.close()
            del began[line]
            return
        got[line] = b""
        began[line] = time.monotonic()
        line.sendall(following)

    for _ in range(LINES):
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line, selectors.EVENT_READ)
        began[line] = 0.0
        send(line)
    while began:
        for key, _ in selector.select():
            line = key.fileobj
            assert isinstance(line, socket.socket)
            got[line] += line.recv(65_536)
            head, gap, body = got[line].partition(b"\r\n\r\n")
            if not gap:
                assert head, "a line was closed"
                continue
            length = re.search(rb"(?i)content-length: (\d+)", head)
            assert length
            if len(body) >= int(length.group(1)):
                times.append(time.monotonic() - began[line])
                wrong += not head.startswith(b"HTTP/1.1 200")
                send(line)
    return times, wrong


def _p99(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98] if len(times) > 1 else 0.0


def main() -> int:
    """Time it all; return the exit code."""
    parser = argparse.ArgumentParser(description="Time the page on which people unsubscribe.")
    parser.add_argument("--people", type=int, default=100_000, help="subscribers")
    parser.add_argument("--requests", type=int, default=10_000, help=f"of each kind in each of {ROUNDS} rounds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return _measured(Path(name), max(given.people, 100), given.requests)


def _measured(folder: Path, count: int, requests: int) -> int:
    tokens = people(folder, count)
    requests = min(requests, count // ROUNDS)
    ours = [sys.executable, "-m", "digest", "serve", "--workers", str(WORKERS)]
    best: dict[str, tuple[float, float]] = {}
    wrong = 0
    with serving(ours, folder) as port, serving(_peer(port, tokens[0]), folder) as peer:
        for number in range(ROUNDS):
            some = tokens[number * requests : (number + 1) * requests]
            for name, at, method in (("peer", peer, "GET"), ("GET", port, "GET"), ("POST", port, "POST")):
                rate, times, bad = timed(at, [request(method, f"/u/{one}") for one in some])
                wrong += bad
                best[name] = max(best.get(name, (0.0, 0.0)), (rate, -_p99(times)))
    with closing(sqlite3.connect(folder / "digest.db")) as database:
        [left] = database.execute("SELECT count(*) FROM subscription WHERE state = 'unsubscribed'").fetchone()
        [records] = database.execute("SELECT count(*) FROM consent").fetchone()
    wrong += abs(left - ROUNDS * requests) + abs(records - ROUNDS * requests)
    return _said(best, wrong)


def _peer(port: int, token: str) -> list[str]:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(request("GET", f"/u/{token}").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        page = b"".join(iter(lambda: line.recv(65_536), b"")).partition(b"\r\n\r\n")[2]
    return [sys.executable, "-c", _PEER, str(len(page)), str(WORKERS)]


def _said(best: dict[str, tuple[float, float]], wrong: int) -> int:
    met = True
    for name, bar in (("POST", POSTS), ("GET", GETS)):
        rate, p99 = best[name][0], -best[name][1]
        good = rate >= bar and (name == "GET" or p99 < P99)
        met = met and good
        print(f"{name} /u/: {rate:,.0f} requests/s, 99 in 100 within {p99 * 1_000:,.0f} ms; "
              f"the bar is {bar:,}{f' and {P99 * 1_000:.0f} ms' if name == 'POST' else ''}: "
              f"{'met' if good else 'MISSED'}")  # fmt: skip
    peer = best["peer"][0]
    print(f"  the peer, a constant page by a bare Starlette application: {peer:,.0f} requests/s")
    print(f"  {wrong} were answered or recorded otherwise than they should")
    line = {"name": "public", "unit": "requests/s", "post": round(best["POST"][0]), "get": round(best["GET"][0])}
    line |= {"post_p99_ms": round(-best["POST"][1] * 1_000, 1), "peers": {"Starlette": round(peer)}}
    line |= {"ratios": {name.lower(): round(best[name][0] / peer, 2) for name in ("POST", "GET")}, "errors": wrong}
    print(json.dumps(line))
    return 0 if met and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
