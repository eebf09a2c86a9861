"""Kill an import anywhere: nothing is half imported, and run again it completes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.conftest import Desk, until

#: ends the process as kill -9 would, after so many of the statements that take people in
_DIES = """
import os, signal
from digest.jobs.people import importing
from digest.store.roster import SqlStaging
importing.PAGE = 500
taken_in, left = SqlStaging.insert_new, [{pages}]
def insert_new(self, after, limit):
    found = taken_in(self, after, limit)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
SqlStaging.insert_new = insert_new
"""
PEOPLE = 3_000


def _counts(desk: Desk) -> tuple[int, int, int]:
    with desk.looking() as look:
        tables = ("subscriber", "subscription", "growth")
        found = tuple(int(str(look(f"SELECT count(*) FROM {table}"))) for table in tables)
    return found[0], found[1], found[2]


@pytest.mark.parametrize("pages", [1, 3, 6])
def test_an_import_that_is_killed_leaves_nothing_half_imported(desk: Callable[[int], Desk], pages: int) -> None:
    """Fault 62: crash in an import, by the statements that take people in."""
    here = desk(PEOPLE)
    process = here.start("subscribers", "import", "--yes", first=_DIES.format(pages=pages))
    assert process.wait(timeout=60) == -9, here.said
    assert _counts(here) == (0, 0, 0)
    here.run("subscribers", "import", "--yes")
    assert _counts(here) == (PEOPLE, PEOPLE, 1)
    here.run("subscribers", "import", "--yes", "--json")
    assert '"unchanged": 3000' in here.said


def test_an_import_that_is_killed_at_any_moment_is_whole_or_nothing(desk: Callable[[int], Desk]) -> None:
    """Fault 62: kill -9 at moments that only the machine chooses."""
    here = desk(20_000)
    # the database is made first, so that all of the kills meet the import
    here.run("status")
    journal = here.folder / "digest.db-wal"
    for wanted in (0, 100_000, 2_000_000):
        _killed(here, journal, wanted)
        people, places, _ = _counts(here)
        assert (people, places) in ((0, 0), (20_000, 20_000))
    here.run("subscribers", "import", "--yes")
    assert _counts(here)[:2] == (20_000, 20_000)
    here.run("subscribers", "export", "out.csv")
    with (here.folder / "out.csv").open(newline="") as file:
        assert {row["email"] for row in csv.DictReader(file)} == {f"person{n:03}@example.org" for n in range(20_000)}
    assert json.dumps(here.said).count("Traceback") == 0


def _killed(desk: Desk, journal: Path, wanted: int) -> None:
    """Start an import and kill it when the database's journal has so many octets."""
    process = desk.start("subscribers", "import", "--yes")
    until(lambda: process.poll() is not None or _size(journal) > wanted, "the import")
    process.kill()
    process.wait()


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
