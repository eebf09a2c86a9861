"""Many machines: how fast workers are that share a PostgreSQL, beside what else there is, in one run.

python bench/scale.py [--people N] [--rounds N] [--pages N]

It starts a PostgreSQL of its own that brings every commit to the disk, and Postfix's smtp-sink.

move     a workspace of SQLite with so many people is moved over (`digest copy-to`), and compared there row for row
plan     a row for everybody. Peers: the same code on SQLite; INSERT … SELECT of bare rows, which counts nothing
claim    rows that one and four processes claim and settle, 250 a commit. Peer: as many that take jobs from a bare table
workers  2 and 4 processes finish an edition of 57 kB. Peer: as many with the same pool and composer, and no database;
         besides, what the sink takes from Postfix's smtp-source
desk     the slowest page of the desk on PostgreSQL while two workers send as fast as they can

Of several rounds the quickest counts, ours and theirs. Each scenario ends with a line of JSON. The exit code is 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import desk, postgresql
from bench.mail import crowd, postfix
from digest.demo import sample
from digest.jobs import planning
from digest.store import moving
from digest.store.database import Database

ROOT = Path(__file__).parents[1]
#: seconds in which a million people are planned, rows that are claimed and settled a second, share of the rate without
#: a database, milliseconds of a page
MOST_PLAN, LEAST_ROWS, LEAST_SHARE, MOST_PAGE = 40.0, 30_000, 0.9, 150.0
#: lines to the mail server, of all processes together
LINES = 20
STORIES = 20
#: columns of a delivery that are not worked out
_COLUMNS = "edition, subscriber, segment, variant, wave, state, reason, attempts, next_at"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything happens."""

    server: postgresql.Server
    #: of the database with the crowd
    address: str
    variant: Path
    people: int
    octets: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """What processes came to that worked together."""

    rows: int
    rate: float
    #: seconds of processor time, of a thousand rows: their own, and that of the server
    cpu: float
    served: float = 0.0


def main() -> int:
    """Run all scenarios; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=1_000_000)
    asked.add_argument("--mailed", type=int, default=40_000, help="people who are really mailed, and watched")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--pages", type=int, default=5, help="how often each page of the desk is asked for")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgresql.server() as server, postfix.sink() as port:
        ground, moved = move(Path(folder), server, given.people)
        good = [moved, plan(Path(folder), ground)]
        good += [claim(ground, many, given.rounds) for many in (1, 4)]
        few, _ = move(Path(folder) / "few", server, given.mailed, quiet=True)
        planned(few)
        good += [workers(few, port, many, given.rounds) for many in (2, 4)]
        good.append(watched(Path(folder) / "watched", server, given.mailed, port, given.pages))
    return 0 if all(good) else 1


def move(folder: Path, server: postgresql.Server, people: int, *, quiet: bool = False) -> tuple[Ground, bool]:
    """Make a crowd in SQLite, and move it."""
    one = crowd.variant(STORIES)
    crowd.make(folder, people, one)
    # what is planned on SQLite afterwards is a copy: the one that was moved is sealed
    (folder / "unmoved.db").write_bytes((folder / "digest.db").read_bytes())
    crowd.keep(one, folder / "variant")
    octets = len(next(iter(crowd.composer(one).parcels(crowd.letters(1), _now))).content)  # type: ignore[union-attr]
    ground = Ground(server, server.new(), folder / "variant", people, octets)
    began = time.monotonic()
    moved = moving.move(folder / "digest.db", folder / "mark", ground.address, "", lambda done, of: None)
    rows, seconds = sum(one.rows for one in moved.tables), time.monotonic() - began
    if not quiet:
        print(f"move: {rows:,} rows in {seconds:.1f} s, compared")
        print(json.dumps({"name": "move", "unit": "rows/s", "ours": round(rows / seconds), "rows": rows}))
    return ground, True


def plan(folder: Path, ground: Ground) -> bool:
    """Plan everybody."""
    ours = _plan(Database.at(ground.address)) * 1_000_000 / ground.people
    peers = {
        "sqlite": _plan(Database.open(folder / "unmoved.db")),
        "bare-insert": _bare_insert(ground),
    }
    peers = {name: seconds * 1_000_000 / ground.people for name, seconds in peers.items()}
    print(f"plan: {ground.people:,} people, as seconds a million")
    return _told("plan", "s/million", ours, peers, {}, ours <= MOST_PLAN, f"at most {MOST_PLAN:g} s")


def claim(ground: Ground, many: int, rounds: int) -> bool:
    """Claim and settle everybody, without any mail."""
    ours, bare = [], []
    for _ in range(rounds):
        again(ground)
        ours.append(fleet(ground, "claim", many))
        _queue(ground)
        bare.append(fleet(ground, "queue", many))
        assert ours[-1].rows == bare[-1].rows == ground.people
    best = max(ours, key=lambda one: one.rate)
    print(f"claim by {many}: {ground.people:,} rows, 250 a commit")
    print(f"  processor time a 1,000: {best.cpu:.3f} s, and {best.served:.3f} s of the server")
    peers = {"bare-queue": max(one.rate for one in bare)}
    return _told(
        f"claim-{many}", "rows/s", best.rate, peers, {}, best.rate >= LEAST_ROWS, f"at least {LEAST_ROWS:,} rows/s"
    )


def workers(ground: Ground, port: int, many: int, rounds: int) -> bool:
    """Have processes finish an edition together."""
    ours, peers = [], []
    for _ in range(rounds):
        again(ground)
        ours.append(fleet(ground, "send", many, port))
        peers.append(fleet(ground, "memory", many, port))
        assert ours[-1].rows == peers[-1].rows == ground.people
    sink = postfix.source(port, messages=ground.people, sessions=LINES, octets=ground.octets)
    best, peer = (max(those, key=lambda one: one.rate) for those in (ours, peers))
    print(f"{many} workers: {ground.people:,} messages of {ground.octets:,} octets on {LINES} lines")
    print(
        f"  processor time a 1,000: {best.cpu:.3f} s, and {best.served:.3f} s of the server; without a database ",
        end="",
    )
    print(f"{peer.cpu:.3f} s")
    met = best.rate >= LEAST_SHARE * min(peer.rate, sink)
    bars = {"no-database": peer.rate, "smtp-source": sink}
    return _told(f"workers-{many}", "messages/s", best.rate, bars, {"no-database": LEAST_SHARE}, met, "")


def watched(folder: Path, server: postgresql.Server, people: int, port: int, rounds: int) -> bool:
    """Ask for the desk's pages while workers send."""
    with sample(folder / "workspace", folder / "mail") as app:
        draft, _ = desk.furnish(app, people, 5)
        app.store.close()
        address = server.new()
        file = folder / "workspace" / "digest.db"
        moving.move(file, folder / "workspace" / ".digest" / "database", address, "", lambda done, of: None)
        _add_edition(server, address, draft.newsletter, draft.revision)
        app.store = Database.at(address)
        site = desk.Desk(app)
        paths = desk.paths(draft.id, crowd.EDITION)
        with working("send", address, 2, people, port) as processes:
            pages = {path: site.timed_page(path, rounds) for path in paths}
            [(left,)] = server.run(
                f"SELECT count(*) FROM delivery WHERE edition = '{crowd.EDITION}' AND state = 'pending'", address
            )
            for process in processes:
                process.kill()
        app.store.close()
    slowest, path = max((max(first, usual), path) for path, (first, usual, _) in pages.items())
    print(f"desk: {len(pages)} pages, each {rounds + 2} times, while two workers sent; {left:,} people were left")
    constant = min(usual / ratio for _, usual, ratio in pages.values())
    print(f"  the slowest: {path}")
    return _told("desk", "ms", slowest, {"constant-page": constant}, {}, slowest <= MOST_PAGE, f"at most {MOST_PAGE:g}")


@contextmanager
def working(kind: str, where: str, many: int, people: int, port: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Have processes begin at one moment."""
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.mail.fleet", kind, where),
                *map(str, (number, many, people, port, max(1, LINES // many))),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(many)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            print("go", file=process.stdin, flush=True)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def fleet(ground: Ground, kind: str, many: int, port: int = 0) -> Fleet:
    """Have processes work together until nothing is left."""
    where = str(ground.variant) if kind == "memory" else ground.address
    before = ground.server.cpu()
    with working(kind, where, many, ground.people, port) as processes:
        began = time.time()
        told = [json.loads(process.communicate()[0]) for process in processes]
    rows = round(sum(one["rows"] for one in told))
    seconds = max(one["ended"] for one in told) - began
    own, served = sum(one["cpu"] for one in told), ground.server.cpu() - before
    return Fleet(rows, rows / seconds, own / rows * 1_000, served / rows * 1_000)


def planned(ground: Ground) -> None:
    """Plan everybody, and keep that for `again`."""
    _plan(Database.at(ground.address))
    _keep(ground)


def again(ground: Ground) -> None:
    """Have everybody planned and nobody mailed, as after planning: nothing dead lies about."""
    for statement in (
        "TRUNCATE delivery, outcome, pace, usage, worker CASCADE",
        f"INSERT INTO delivery ({_COLUMNS}) SELECT {_COLUMNS} FROM kept ORDER BY edition, subscriber",
        "UPDATE edition SET state = 'sending'",
        "VACUUM (ANALYZE) delivery",
        "CHECKPOINT",
    ):
        ground.server.run(statement, ground.address)


def _plan(store: Database) -> float:
    with store.reading() as session:
        edition = session.editions.get(crowd.EDITION)
    assert edition is not None
    began = time.monotonic()
    planning.plan(store, _now, crowd.NEWSLETTER, edition, lambda: False)
    store.close()
    return time.monotonic() - began


def _keep(ground: Ground) -> None:
    ground.server.run(f"CREATE TABLE IF NOT EXISTS kept AS SELECT {_COLUMNS} FROM delivery", ground.address)


def _bare_insert(ground: Ground) -> float:
    """Return the seconds in which PostgreSQL writes as many rows with the same key, and counts and checks nothing."""
    _keep(ground)
    ground.server.run("CREATE TABLE bare (LIKE kept, PRIMARY KEY (edition, subscriber))", ground.address)
    began = time.monotonic()
    ground.server.run("INSERT INTO bare SELECT * FROM kept", ground.address)
    seconds = time.monotonic() - began
    ground.server.run("DROP TABLE bare", ground.address)
    return seconds


def _queue(ground: Ground) -> None:
    for statement in (
        "DROP TABLE IF EXISTS queue",
        "CREATE TABLE queue (id bigint PRIMARY KEY, state text NOT NULL, worker int)",
        f"INSERT INTO queue SELECT n, 'todo' FROM generate_series(1, {ground.people}) AS n",
        "CREATE INDEX queue_todo ON queue (id) WHERE state = 'todo'",
        "VACUUM (ANALYZE) queue",
        "CHECKPOINT",
    ):
        ground.server.run(statement, ground.address)


def _add_edition(server: postgresql.Server, address: str, newsletter: str, revision: str) -> None:
    """Add the crowd's edition to a workspace, with a row for everybody."""
    one = crowd.variant(STORIES)
    store = Database.at(address)
    with store.writing() as session:
        crowd.add_edition(session, newsletter, one, 0)
    store.close()
    server.run(
        f"INSERT INTO delivery ({_COLUMNS}) SELECT '{crowd.EDITION}', subscriber, 'everybody', 'all', 2, 'pending',"
        f" '', 0, now() FROM subscription WHERE newsletter = '{newsletter}'",
        address,
    )
    # its report looks into digest.toml as it was drafted
    server.run(f"UPDATE edition SET planned_at = now(), revision = '{revision}' WHERE id = '{crowd.EDITION}'", address)


def _told(
    name: str, unit: str, ours: float, peers: dict[str, float], bars: dict[str, float], met: bool, bar: str
) -> bool:
    """Print a scenario; tell whether its bar is met."""
    print(f"  ours{'':16}{ours:11,.1f} {unit}{f'  the bar is {bar}' if bar else ''}")
    for peer, reached in peers.items():
        wanted = f", the bar is {bars[peer]:g}" if peer in bars else ""
        print(f"  {peer:20}{reached:11,.1f} {unit}  ours is {ours / reached:.2f} times that{wanted}")
    print(f"  {'met' if met else 'MISSED'}")
    ratios = {peer: round(ours / reached, 2) for peer, reached in peers.items()}
    figures = {peer: round(reached, 1) for peer, reached in peers.items()}
    print(
        json.dumps({"name": name, "unit": unit, "ours": round(ours, 1), "peers": figures, "ratios": ratios}), flush=True
    )
    return met


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
