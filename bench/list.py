"""How long it takes to import a list of a million people, beside what no import can do without, in the same run.

python bench/list.py [--rows N]

A file of eleven columns, as `subscribers.csv` has them, is imported into an empty workspace: read, judged, compared,
with traits, keyed hashes and hashes of the rows, in one commit. The peer reads it with `csv`, asks email-validator
about every address, and puts the rows into the same two tables of an empty database by bare `executemany`; it compares
nothing and works nothing out: traits and hashes stay empty. Both are processes of their own and take turns, and of each
the quickest counts. Then the same file is imported again, which changes nothing.

The exit code is 1 where a bar is missed. A line of JSON comes last.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

#: of the peer's time, at most
BAR = 0.6
#: MB
MEMORY_BAR = 300
HEAD = "email,first_name,last_name,organisation,role,region,tags,themes,cadence,consent_source,consent_at"
_FIRST = ("Amara", "Gwen", "Desmond", "Lucinda", "Siân", "Jürgen", "Mo", "Anne Marie")
_LAST = ("Bellweather", "Pascoe-Hart", "Ormsby", "Frayle", "O'Dowd", "Price", "Ek", "de Vries")
_ROLES = ("Headteacher", "Co-headteacher", "Governor", "Teacher", "Partner")
_REGIONS = ("North coast", "East coast", "South coast", "West coast", "Islands")
_TAGS = ("head", "teacher", "governor;partner", "", "head;north")
_THEMES = ("", "early-years", "early-years;inclusion", "leadership")
_CADENCES = ("weekly", "fortnightly", "monthly")
_SOURCES = ('"sign-up form, spring conference 2026"', "website sign-up form", "phone call")
_CONFIGURATION = """
base_url = "https://digest.example.org"
[brand]
organisation = "Fernhill"
legal_name = "Fernhill Trust"
postal_address = "1 Fern Hill"
[[newsletters]]
id = "news"
name = "Fernhill news"
[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
[[newsletters.sources]]
id = "notes"
kind = "file"
address = "notes"
website = "https://www.example.org/notes"
[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""


def lines(rows: int) -> Iterator[str]:
    """Yield the lines of a file of so many people at a fiftieth as many organisations, always the same ones."""
    chance = random.Random(8)
    pick = chance.choice
    yield HEAD
    for number in range(rows):
        school = chance.randrange(max(rows // 50, 10))
        address = f"{pick(_LAST[:4]).lower()}.{number}@school{school}.example.org"
        day = f"202{number % 6}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        cells = (address, pick(_FIRST), pick(_LAST), f"Mill Lane School {school}", pick(_ROLES), pick(_REGIONS))
        yield ",".join((*cells, pick(_TAGS), pick(_THEMES), pick(_CADENCES), pick(_SOURCES), day))


class Children:
    """Looks at how much memory the children of this process have together, and remembers the most (kB)."""

    def __init__(self) -> None:
        self.most = 0
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            self.most = max(self.most, sum(self._octets(one) for one in self._below(os.getpid())))
            time.sleep(0.1)

    def _below(self, process: int) -> Iterator[int]:
        for file in Path(f"/proc/{process}/task").glob("*/children"):
            with suppress(OSError):
                for child in map(int, file.read_text().split()):
                    yield child
                    yield from self._below(child)

    @staticmethod
    def _octets(process: int) -> int:
        with suppress(OSError):
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0


def ours(folder: Path) -> dict[str, float]:
    """Import the workspace's file; return how long it took, and how long again."""
    from digest import config
    from digest.app import App
    from digest.jobs.people import held

    config.secret(folder, create=True)
    app = App.open(folder)
    work = app.importing(app.newsletter())
    times = []
    counts = []
    children = Children()
    for _ in range(2):
        began = time.perf_counter()
        with held(work, folder / "subscribers.csv") as one:
            done = one.take_in()
        times.append(time.perf_counter() - began)
        counts.append((done.new, done.unchanged))
    # kB on Linux
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + children.most / 1024
    return {"first": times[0], "again": times[1], "memory": memory, "new": counts[0][0], "same": counts[1][1]}


def peer(folder: Path) -> dict[str, float]:
    """Do what no import can do without."""
    from email_validator import validate_email

    from digest.store.database import Database

    Database.open(folder / "digest.db").close()
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    began = time.perf_counter()
    people, places = [], []
    with (
        (folder / "subscribers.csv").open(encoding="utf-8-sig", newline="") as file,
        closing(sqlite3.connect(folder / "digest.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        reader = csv.reader(file)
        next(reader)
        for number, row in enumerate(reader):
            address = validate_email(row[0], check_deliverability=False).normalized
            person = f"{number:016x}"
            fields = json.dumps({"organisation": row[3], "role": row[4], "region": row[5]})
            tags, themes = json.dumps(row[6].split(";")), json.dumps(row[7].split(";"))
            people.append((person, address.lower(), address, row[1], row[2], tags, fields))
            places.append((person, themes, row[8], row[9], row[10], now))
            if len(people) == 10_000:
                _put(connection, people, places)
        _put(connection, people, places)
        connection.execute("COMMIT")
        count = connection.execute("SELECT count(*) FROM subscription").fetchone()[0]
    return {"first": time.perf_counter() - began, "new": count}


def _put(connection: sqlite3.Connection, people: list[tuple[str, ...]], places: list[tuple[str, ...]]) -> None:
    connection.executemany(
        "INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, '')",
        people,
    )
    connection.executemany(
        "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at, "
        "joined_at, joined_by) VALUES (?, 'news', 'active', ?, ?, ?, ?, ?, 'subscribers.csv')",
        places,
    )
    people.clear()
    places.clear()


def alone(way: str, file: Path) -> dict[str, float]:
    """Run one way in a process of its own, in an empty workspace."""
    with tempfile.TemporaryDirectory(dir=file.parent) as made:
        folder = Path(made)
        (folder / "digest.toml").write_text(_CONFIGURATION)
        (folder / "subscribers.csv").hardlink_to(file)
        command = [sys.executable, __file__, "--way", way, "--folder", made]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def compare(rows: int, rounds: int) -> int:
    """Time both; print how they fare; return the exit code."""
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "list.csv"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines(rows))
        results: dict[str, list[dict[str, float]]] = {"ours": [], "peer": []}
        for number in range(rounds):
            for way in sorted(results, reverse=bool(number % 2)):
                results[way].append(alone(way, file))
    best, other = (min(one["first"] for one in results[way]) for way in ("ours", "peer"))
    again = min(one["again"] for one in results["ours"])
    memory = max(one["memory"] for one in results["ours"])
    errors = sum(one["new"] != rows for way in results.values() for one in way)
    errors += sum(one["same"] != rows for one in results["ours"])
    ratio = best / other
    met = ratio <= BAR and memory <= MEMORY_BAR and not errors
    print(f"{rows:,} people: {best:.1f} s, {rows / best:,.0f} a second")
    print(f"  {ratio:.2f} of the peer's {other:.1f} s; the bar is {BAR}: {'met' if ratio <= BAR else 'MISSED'}")
    print(f"  {memory:.0f} MB; the bar is {MEMORY_BAR}: {'met' if memory <= MEMORY_BAR else 'MISSED'}")
    print(f"  the same file again, with nothing to change: {again:.1f} s")
    print(f"  {errors} of the runs came to another number of people")
    row = {"name": "list-import", "unit": "people/s", "ours": round(rows / best)}
    row |= {"peers": {"csv+email-validator+executemany": round(rows / other)}, "ratios": {"time": round(ratio, 2)}}
    print(json.dumps(row | {"memory_mb": round(memory), "again_s": round(again, 1), "errors": errors}))
    return 0 if met else 1


def main() -> int:
    """Run one way, or compare both; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--way", choices=("ours", "peer"), help=argparse.SUPPRESS)
    asked.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.way:
        print(json.dumps((ours if given.way == "ours" else peer)(given.folder)))
        return 0
    return compare(given.rows, given.rounds)


if __name__ == "__main__":
    # this file bears the name of nothing else, but a script's own folder is looked through first
    sys.path[:] = [one for one in sys.path if Path(one).resolve() != Path(__file__).parent.resolve()]
    sys.exit(main())
