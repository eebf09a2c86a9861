"""How long `digest growth` takes to look at a large list.

python bench/growth.py [--people N] [--rounds N]

A list of so many people, of whom one in ten gets nothing and one in twenty is kept off, and an edition that went to
all of them, which one in a hundred refused. Each look is timed by itself, and the quickest round counts. It ends with a
line of JSON. The exit code is 1 where counting people takes longer than the bar, which is for a million.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from digest.store.database import Database

#: seconds to count a million people by state
BAR = 1.0
NOW = datetime(2026, 11, 28, tzinfo=UTC)
AT = "2026-11-24 08:00:00.000000"
EDITION = "insights-2026-11-24-0800"
STATES = ["active"] * 90 + ["pending"] * 4 + ["unsubscribed"] * 5 + ["bounced"]


def main() -> int:
    """Make the list, look at it, and say how long that took."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        store = Database.open(path)
        fill(path, given.people)
        with store.reading() as session:
            looks: dict[str, Callable[[], object]] = {
                "people by state": lambda: session.growth.headcount("insights", NOW),
                "old consent by year": lambda: session.growth.agreed_by_year("insights", NOW.replace(year=2024)),
                "refusals of an edition": lambda: session.growth.refusals([EDITION], 10),
            }
            seconds = {name: round(min(timed(look) for _ in range(given.rounds)), 3) for name, look in looks.items()}
        store.close()
    print(json.dumps({"people": given.people, "seconds": seconds, "bar": BAR}))
    return int(seconds["people by state"] > BAR)


def timed(look: Callable[[], object]) -> float:
    """Return the seconds that a look takes."""
    begin = time.perf_counter()
    look()
    return time.perf_counter() - begin


def fill(path: Path, people: int) -> None:
    """Write a list and an edition straight into the tables."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        ids = [f"{number * 2_654_435_761 % 2**32:08x}" for number in range(people)]
        connection.executemany(
            "INSERT INTO subscriber"
            " (id, comparable, address, first_name, last_name, tags, fields, suppression_key, traits)"
            " VALUES (?1, ?2, ?2, 'First', 'Last', '[\"teacher\"]', '{\"region\": \"North\"}', ?3, 'tags=teacher')",
            ((one, f"person{number}@{_domain(number)}", f"{number:064x}") for number, one in enumerate(ids)),
        )
        connection.executemany(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at)"
            " VALUES (?, 'insights', ?, '[]', 'weekly', 'form', ?)",
            (
                (one, STATES[number % 100], f"{2020 + number % 7}-03-01 00:00:00.000000")
                for number, one in enumerate(ids)
            ),
        )
        connection.executemany(
            "INSERT INTO suppression (key, reason, at) VALUES (?, 'left', ?)",
            ((f"{number:064x}", AT) for number in range(0, people, 20)),
        )
        connection.execute("INSERT INTO revision (id, at, files) VALUES ('r', ?, '{}')", (AT,))
        connection.execute(
            "INSERT INTO edition (id, newsletter, slot, number, state, revision, drafted_at, note, approved_by)"
            " VALUES (?, 'insights', ?, 1, 'sent', 'r', ?, '', 'Ada')",
            (EDITION, AT, AT),
        )
        connection.executemany(
            "INSERT INTO delivery"
            " (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at, settled_at, reply)"
            " VALUES (?1, ?2, 'all', 'all', 2, ?3, ?4, 1, ?5, ?5, ?6)",
            ((EDITION, one, *_answer(number)) for number, one in enumerate(ids)),
        )


def _domain(number: int) -> str:
    return f"school{number % 20_000}.sch.uk" if number % 2 else "mail.example.org"


def _answer(number: int) -> tuple[str, str, str, str]:
    if number % 100 == 7:
        return "failed", "refused", AT, f"550 5.1.1 <person{number}@example.org> unknown"
    return "sent", "", AT, f"250 2.0.0 Ok: queued as {number:012x}"


if __name__ == "__main__":
    sys.exit(main())
