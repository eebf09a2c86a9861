"""What is looked for is found by its first letters, bounded, and by an index where there may be a million."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.store import tables as t
from digest.store.database import Database
from digest.store.search import SqlSearch
from tests.conftest import ON_SQLITE, migrated

pytestmark = pytest.mark.usefixtures("each_database")

PEOPLE = (
    ("1", "Ada.Long@example.org", "Ada", "Long"),
    ("2", "bo@example.org", "Bo", "Adams"),
    ("3", "cy@ada.example.org", "", ""),
    ("4", "elodie@example.org", "Élodie", "Łukasz"),
    ("5", "mary@example.org", "Mary Ann", "van der Berg"),
    ("6", "100%_sure@example.org", "Per", "Cent"),
    ("7", "erased-by-time@example.org", "Em", "Dee"),
    # who was erased
    ("8", "", "", ""),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(migrated(tmp_path / "digest.db"))
    with made._engine.begin() as connection:
        for id, address, first, last in PEOPLE:
            connection.execute(
                sa.insert(t.subscriber).values(
                    id=id, comparable=address.casefold() or f"erased:{id}", address=address, first_name=first,
                    last_name=last,
                    tags=[], fields={}, suppression_key=id,
                )
            )  # fmt: skip
    yield made
    made.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ada", "12"),
        ("ADA", "12"),
        ("ada.l", "1"),
        ("ada long", "1"),
        ("ada lo", "1"),
        ("long ada", ""),
        ("élodie", "4"),
        ("Élo", "4"),
        ("mary ann van der", "5"),
        ("van der", "5"),
        ("100%_", "6"),
        ("%", ""),
        ("_", ""),
        ("example", ""),
        ("erased", "7"),
        ("erased:8", ""),
    ],
)
def test_people_are_found_by_how_their_address_or_name_begins(store: Database, words: str, found: str) -> None:
    with store.reading() as session:
        assert "".join(sorted(one.id for one in session.search.people(words.split(), 9))) == found


def test_no_more_are_found_than_are_asked_for(store: Database) -> None:
    with store.reading() as session:
        assert len(session.search.people(["a"], 1)) == 1


@pytest.mark.parametrize("words", [["ada"], ["ada", "long"], ["mary", "ann", "van"]])
@ON_SQLITE
def test_no_search_for_people_reads_everybody(store: Database, words: list[str]) -> None:
    told: list[str] = []
    with store._engine.connect() as connection:
        plain = SqlSearch(connection)

        def explained(_: object, cursor: sqlite3.Cursor, statement: str, values: object, *__: object) -> None:
            told.extend(
                row[3] for row in connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            )

        sa.event.listen(store._engine, "before_cursor_execute", explained)
        try:
            plain.people(words, 9)
        finally:
            sa.event.remove(store._engine, "before_cursor_execute", explained)
    of_people = [step for step in told if "subscriber" in step]
    assert of_people
    assert all(step.startswith("SEARCH") for step in of_people), told
