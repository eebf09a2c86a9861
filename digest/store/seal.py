"""The file that was moved: it is read as before, and nobody writes into it again, whatever program tries.

What refuses is in the file itself, so that a copy of it refuses as well, and a program that knows nothing of this. A
backup from before has no seal: a note beside the file tells who puts that in its place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest.domain.errors import Refused, StoreError

#: the table that says where to, and how what refuses begins
_TABLE, _WORD = "moved", "moved to "
_CHANGES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Where a file's data went, and on which day."""

    address: str
    day: str


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection beside which no program of this machine has the file open, or can open it.

    Raises Refused where one has.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        # whoever has the file open, and be it to wait for work, holds a lock that this one does not go beside
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if "locked" not in str(fault):
                raise
            raise Refused(
                "Another program has the data of this workspace open: `digest run`, a desk, or another command.",
                "Stop it, then run this again. Nothing was changed.",
            ) from fault
        yield connection
    finally:
        connection.close()


def of(path: Path) -> Seal | None:
    """Return the seal of a file; None where it has none, or there is none."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        return read(connection)


def read(connection: sqlite3.Connection) -> Seal | None:
    """Return the seal of a file; None where it has none."""
    # a file that cannot be read is told of by who opens it
    with suppress(sqlite3.DatabaseError):
        address, day = connection.execute(f"SELECT address, day FROM {_TABLE}").fetchone()  # noqa: S608 (its name stands here)
        return Seal(address=address, day=day)
    return None


def set_on(connection: sqlite3.Connection, mark: Path, address: str) -> None:
    """Seal a file, and note it beside it. The transaction ends."""
    made = read(connection)
    if made is None:
        made = Seal(address=address, day=f"{datetime.now(UTC):%Y-%m-%d}")
        connection.execute(f"CREATE TABLE {_TABLE} (address TEXT NOT NULL, day TEXT NOT NULL)")
        connection.execute(f"INSERT INTO {_TABLE} VALUES (?, ?)", (made.address, made.day))  # noqa: S608 (its name stands here)
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'"
        )
        for name in [row[0] for row in tables]:
            for change in _CHANGES:
                _refuse(connection, name, change, address)
    note(mark, made)
    connection.execute("COMMIT")


def note(mark: Path, seal: Seal) -> None:
    """Note beside a file that it was moved."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    _note(mark).write_text(json.dumps({"address": seal.address, "day": seal.day}), encoding="utf8")


def must_be_unsealed(path: Path, mark: Path | None) -> None:
    """Raise StoreError where a file was moved, or one that lay in its place; mark: of `Database.open`."""
    found = of(path)
    if found is not None:
        raise refusal(found)
    if mark is not None and _note(mark).exists():
        fault = refusal(Seal(**json.loads(_note(mark).read_text(encoding="utf8"))))
        raise StoreError(
            fault.what,
            f"{fault.mend} To begin anew with this file all the same, remove {_note(mark)}: what was sent since is "
            "then forgotten, and may be sent again.",
        )


def refusal(seal: Seal) -> StoreError:
    """Return what is said to who would use a file that was moved."""
    return StoreError(
        f"The data of this workspace were moved to {seal.address} on {seal.day}. The file stays as it was, and nothing "
        "is sent from it: whoever was mailed since would be mailed again.",
        f'Write database = "{seal.address}" into digest.toml.',
    )


def told(words: str) -> StoreError | None:
    """Return what it means where a file refuses a change because it was moved; None where it is something else.

    words: what SQLite said.
    """
    if not words.startswith(_WORD):
        return None
    address, _, day = words.removeprefix(_WORD).rpartition(" on ")
    return refusal(Seal(address=address, day=day))


def _refuse(connection: sqlite3.Connection, table: str, change: str, address: str) -> None:
    quoted = f"{_WORD}{address} on {datetime.now(UTC):%Y-%m-%d}".replace("'", "''")
    connection.execute(
        f'CREATE TRIGGER "moved_{table}_{change.lower()}" BEFORE {change} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{quoted}'); END"
    )


def _note(mark: Path) -> Path:
    return mark.with_name("moved")
