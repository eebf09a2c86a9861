"""Moving: all that a SQLite file holds goes over to an empty database of PostgreSQL, and is compared there row for row.

::

    SQLite, held alone ─► rows in the order of keys ─► COPY ─► indices, references ─► compared ─► sealed ─► commit

All of it is one transaction of PostgreSQL, so a copy that breaks off leaves nothing, and nothing that was not compared
is ever there. The file is sealed (store/seal.py) right before the commit: at no moment may both be written.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from digest.domain.errors import StoreError
from digest.domain.ports import Progress
from digest.store import seal
from digest.store.database import Database
from digest.store.migrating import migrate
from digest.store.moving import target
from digest.store.moving.compared import compare
from digest.store.moving.rows import Cleaned, Form, Row
from digest.store.postgresql import Postgresql
from digest.store.tables import metadata

__all__ = ["Moved", "Table", "move"]

#: rows after which it is told how far it is
_STEP = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was copied of a table."""

    name: str
    rows: int
    #: texts out of which NUL was left
    cleaned: int
    #: to copy and to compare it
    seconds: float
    #: SHA-256 over its rows as they are on both sides
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was moved. No tables: it had been moved before."""

    name: str
    tables: tuple[Table, ...] = ()


def move(path: Path, mark: Path, address: str, password: str, progress: Progress) -> Moved:
    """Move a file's data to a database of PostgreSQL that holds nothing.

    path: of the file; mark: of `Database.open`; progress: told how many rows were copied or compared, of all. Raises
    Refused where another program has the file open, and where the database holds something; StoreError where that
    cannot be used, and where a row cannot be kept there or is another there. Then nothing is changed.
    """
    kind = Postgresql(address, password)
    try:
        kind.must_be_usable(None)
        if seal.of(path) is None:
            # its schema is the one that the copy gets
            Database.open(path, mark).close()
        with seal.alone(path) as source:
            before = seal.read(source)
            if before is not None and before.address != address:
                raise seal.refusal(before)
            with _explaining(kind):
                held = target.held(kind)
            if held and before is not None:
                # it ended between the commit and what comes after it
                seal.note(mark, before)
                return Moved(name=kind.name)
            if held:
                raise target.refusal(kind, held)
            with _explaining(kind):
                migrate(kind)
                tables = _fill(source, kind, progress, lambda: seal.set_on(source, mark, address))
        return Moved(name=kind.name, tables=tables)
    finally:
        kind.engine.dispose()


def _fill(
    source: sqlite3.Connection, kind: Postgresql, progress: Progress, sealed: Callable[[], None]
) -> tuple[Table, ...]:
    tables = metadata.sorted_tables
    work = _Work(source, progress, 2 * sum(_count(source, table) for table in tables))
    with target.filling(kind) as connection:
        made = {table: work.copy(table, connection) for table in tables}
        target.finish(connection)
        told = tuple(work.compare(table, connection, *made[table]) for table in tables)
        sealed()
    return told


class _Work:
    """A copy under way."""

    def __init__(self, source: sqlite3.Connection, progress: Progress, of: int) -> None:
        self._source = source
        self._progress = progress
        self._done, self._of = 0, of

    def copy(self, table: sa.Table, connection: sa.Connection) -> tuple[int, float]:
        """Copy a table; return how many of its texts held NUL, and the seconds."""
        began, form = time.monotonic(), Form.copied(table)
        cleaned = Cleaned(form)
        target.copy_in(connection, form, self._told(cleaned.rows(_rows(self._source, form))))
        return cleaned.count, time.monotonic() - began

    def compare(self, table: sa.Table, connection: sa.Connection, cleaned: int, seconds: float) -> Table:
        """Hold a table against its copy. Raises StoreError with the first row that is another there."""
        began, form = time.monotonic(), Form.whole(table)
        here, there = _rows(self._source, form), target.rows(connection, form)
        found = compare(form, self._told(here), there)
        return Table(
            name=table.name,
            rows=found.rows,
            cleaned=cleaned,
            seconds=seconds + time.monotonic() - began,
            sha256=found.sha256,
        )

    def _told(self, rows: Iterator[Row]) -> Iterator[Row]:
        seen = 0
        for row in rows:
            yield row
            seen += 1
            if seen == _STEP:
                self._further(seen)
                seen = 0
        self._further(seen)

    def _further(self, rows: int) -> None:
        self._done += rows
        self._progress(self._done, self._of)


def _rows(source: sqlite3.Connection, form: Form) -> Iterator[Row]:
    """Yield rows of a file in the order of their keys. Raises StoreError where a text is none."""
    try:
        yield from source.execute(form.query(sqlite.dialect()))
    except sqlite3.DatabaseError as fault:
        raise StoreError(
            f"The table “{form.table.name}” cannot be read whole: {fault}. Nothing was moved.",
            "The file is damaged. Restore a backup, or have somebody who knows SQLite look at it.",
        ) from fault


def _count(source: sqlite3.Connection, table: sa.Table) -> int:
    return int(source.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0])  # noqa: S608 (a name from this program)


@contextmanager
def _explaining(kind: Postgresql) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as fault:
        raise kind.explained(fault) from fault
    except kind.engine.dialect.loaded_dbapi.Error as fault:
        # of what is streamed SQLAlchemy knows nothing
        raise target.explained(kind, fault) from fault
