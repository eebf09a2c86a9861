"""How much room people and their mail take, and how long questions about them, on PostgreSQL beside SQLite, in one run.

python -m bench.room [--people N] [--rounds N]

The sample organisation's newsletter with so many people who chose themes at random, an edition that was sent to all of
them, and a draft (bench/desk.py). It is made in SQLite, asked, moved over (`digest copy-to`), and asked again;
PostgreSQL is this bench's own and brings every commit to the disk.

room       octets a row of each large table and of each of its indexes
questions  milliseconds, of several rounds the median: how many are in each segment, the kinds of people for whom a
           draft is made, finding somebody by how their address begins, and by a name that many have; how a send stands

A line of JSON comes last.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import desk, postgresql
from digest.app import App
from digest.demo import sample
from digest.domain.ports.searching import Wanted
from digest.jobs import offering
from digest.store import moving
from digest.store.database import Database

TABLES = ("subscriber", "subscription", "delivery")
_SQLITE = """
    SELECT s.tbl_name, d.name, sum(d.pgsize) FROM dbstat AS d JOIN sqlite_schema AS s ON s.name = d.name
    WHERE s.tbl_name IN ('subscriber', 'subscription', 'delivery') GROUP BY 1, 2 ORDER BY 1, 3 DESC
"""
_POSTGRESQL = """
    SELECT t.relname, t.relname, pg_table_size(t.oid) FROM pg_class AS t
    WHERE t.relkind = 'r' AND t.relname IN ('subscriber', 'subscription', 'delivery')
    UNION ALL
    SELECT t.relname, c.relname, pg_relation_size(c.oid) FROM pg_index AS i
    JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE t.relname IN ('subscriber', 'subscription', 'delivery') ORDER BY 1, 3 DESC
"""


def main() -> int:
    """Measure; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql.server() as server,
        sample(Path(folder) / "workspace", Path(folder) / "mail") as app,
    ):
        draft, last = desk.furnish(app, given.people, 2)
        file = Path(folder) / "workspace" / "digest.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("ANALYZE")
            here = _by_row(connection.execute(_SQLITE).fetchall(), given.people)
        taken = {"sqlite": _questions(app, draft.id, last, given.rounds)}
        app.store.close()
        address = server.new()
        began = time.monotonic()
        moving.move(file, file.parent / ".digest" / "database", address, "", lambda done, of: None)
        moved = time.monotonic() - began
        app.store = Database.at(address)
        there = _by_row(server.run(_POSTGRESQL, address), given.people)
        taken["postgresql"] = _questions(app, draft.id, last, given.rounds)
        app.store.close()
    _show(given.people, {"sqlite": here, "postgresql": there}, taken)
    told = {"people": given.people, "moved_s": round(moved, 1), "octets": {"sqlite": here, "postgresql": there}}
    print(json.dumps({"name": "room", **told, "milliseconds": taken}))
    return 0


def _by_row(found: list[tuple[Any, ...]], people: int) -> dict[str, float]:
    """Return the octets a row of each table and index; all three tables have a row for everybody."""
    return {name: round(octets / people, 1) for _, name, octets in found}


def _questions(app: App, draft: str, last: str, rounds: int) -> dict[str, float]:
    """Return how long each question takes, in milliseconds."""
    newsletter, now = app.newsletter(), datetime.now(UTC)
    rules = [one.rule for one in newsletter.segments]
    with app.store.reading() as session:
        edition = session.editions.get(draft)
        assert edition is not None
        offer = offering.offer(session, newsletter, edition, session.editions.placements(draft))
        known = offering.remembered(session, newsletter, edition, offer)
        questions: dict[str, Callable[[], object]] = {
            "segments": lambda: session.segments.count(newsletter.id, rules, now),
            "kinds": lambda: offering.kinds(session, newsletter, offer, known, now),
            "by address": lambda: session.searching.page(Wanted(limit=50, words="reader123")),
            "by name": lambda: session.searching.page(Wanted(limit=50, words="hale")),
            "how it stands": lambda: session.following.countings(last),
        }
        return {name: _median(do, rounds) for name, do in questions.items()}


def _median(do: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        do()
        taken.append(1_000 * (time.perf_counter() - began))
    return round(statistics.median(taken), 1)


def _show(people: int, octets: dict[str, dict[str, float]], taken: dict[str, dict[str, float]]) -> None:
    print(f"{people:,} people, each with a subscription and a delivery: octets a row")
    for kind, rows in octets.items():
        print(f"  {kind}: {sum(rows.values()):,.0f} in all")
        for name, octets_a_row in rows.items():
            print(f"    {name:32}{octets_a_row:9.1f}")
    print(f"{'milliseconds':34}{'sqlite':>9}{'postgresql':>12}")
    for name, milliseconds in taken["sqlite"].items():
        print(f"    {name:30}{milliseconds:9.1f}{taken['postgresql'][name]:12.1f}")


if __name__ == "__main__":
    sys.exit(main())
