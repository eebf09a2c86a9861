"""SQLite: a file in write-ahead mode, with foreign keys on and every commit on the disk. One writes at a time."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from digest.domain.errors import StoreError
from digest.store import seal
from digest.store.kind import How
from digest.store.roster import SqlStaging

#: seconds a writer waits for another one to finish
BUSY_SECONDS = 20
#: and looks again after so many
_LOOK_AGAIN_SECONDS = 0.001
#: octets; a disk with fewer is full
_LITTLE_ROOM = 128 * 1024


class Sqlite:
    """A database in a file (store/kind.py, Kind)."""

    begins_after = ""
    one_at_a_time = True
    staging: type[SqlStaging] = SqlStaging

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.line: Mapping[str, Any] = {}
        self._path = path
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    def must_be_there(self, mark: Path) -> None:
        """Raise StoreError where a mark says that there was a database, and it is gone or empty."""
        if mark.exists() and (not self._path.exists() or self._path.stat().st_size == 0):
            raise StoreError(
                f"The database {self._path} is damaged: it was here, and it is gone or empty.",
                f"Look for a backup. To begin anew without it, remove {mark}; what was sent is then forgotten.",
            )

    def must_not_be_moved(self, mark: Path | None) -> None:
        """Raise StoreError where what the file holds was moved to PostgreSQL; mark: as of `must_be_there`."""
        seal.must_be_unsealed(self._path, mark)

    @contextmanager
    def connected(self, how: How) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection; commit at the end of the block, roll back on any exception."""
        with self.engine.connect() as connection, self.begun(connection, how) as begun:
            yield begun

    @contextmanager
    def begun(self, connection: sa.Connection, how: How) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection that is there; otherwise as `connected`."""
        begun = connection.execution_options(writing=how != How.READING)
        with begun.begin():
            yield begun

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """Yield a connection that may change the schema, as one at a time does; its end is the connection's."""
        with self.engine.connect() as connection:
            # a table that is made anew must not take along what refers to it
            _raw(connection).execute("PRAGMA foreign_keys = OFF")
            connection.detach()
            yield connection.execution_options(writing=True)

    def explained(self, fault: sa.exc.DBAPIError) -> StoreError:
        """Return what happened, and what to do."""
        moved = seal.told(str(fault.orig))
        if moved is not None:
            return moved
        words = str(fault.orig).lower()
        if "locked" in words or "busy" in words:
            return StoreError(
                f"Another program has held the database {self._path} for more than {BUSY_SECONDS} seconds.",
                "Wait for it to end (a backup, another digest command), then run this again. Nothing was changed.",
            )
        # where there is no room for the file beside it that readers share, SQLite only says that it could not write
        if "full" in words or ("disk i/o" in words and shutil.disk_usage(self._path.parent).free < _LITTLE_ROOM):
            return StoreError("The disk is full. Nothing was changed.", "Free some space, then run this again.")
        if "malformed" in words or "not a database" in words:
            return StoreError(
                f"The database {self._path} is damaged ({words}).",
                "Nothing was sent or changed now. A backup may lack what was sent since: check that first.",
            )
        if "readonly" in words or "unable to open" in words:
            return StoreError(f"The database {self._path} cannot be written.", "Check the folder's permissions.")
        return StoreError(f"The database {self._path} refused: {fault.orig}.", "Run `digest check`.")

    def scrub(self) -> None:
        """Let go of what was overwritten or removed and still lies in the file, or in files beside it."""
        with self.engine.connect() as connection:
            raw = _raw(connection)
            try:
                # a row that was overwritten may lie on amid its page, and only a file that is written anew has none of
                # that; ten seconds for a million people
                raw.execute("PRAGMA secure_delete = ON")
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.DatabaseError as fault:
                raise StoreError(
                    f"It is erased, but traces may still lie in the database's file ({fault}).",
                    "See that there is as much free space as the file is large, then do the same again.",
                ) from fault

    def watch(self) -> SqliteWatch:
        """Return what is asked before each message whether anybody changed whom mail may go to."""
        return SqliteWatch(self._path, "change")

    def bell(self) -> SqliteWatch:
        """Return what is asked some times a second whether the clock should look."""
        return SqliteWatch(self._path, "bell")


class SqliteWatch:
    """Looks at SQLite's own mark of commits (PRAGMA data_version), and after one at what triggers have counted
    (domain/ports, Watch).
    """

    def __init__(self, path: Path, counter: str) -> None:
        """counter: the table whose one row is counted up."""
        # a transport asks from threads of its own
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._asked = f"SELECT number FROM {counter}"  # noqa: S608 (a table's name from this program)
        self._commits = self._changes = -1

    def changed(self) -> bool:
        """Tell whether it changed since it was asked last; the first time it did.

        Where it cannot tell, it did: whoever looks then is told by the database what is wrong.
        """
        if not self._lock.acquire(blocking=False):
            # another line asks this very moment, and acts upon what it hears
            return False
        try:
            try:
                [commits] = self._connection.execute("PRAGMA data_version").fetchone()
                if commits == self._commits:
                    return False
                [changes] = self._connection.execute(self._asked).fetchone()
            except sqlite3.Error:
                self._commits = self._changes = -1
                return True
            before, self._commits, self._changes = self._changes, commits, changes
            return bool(changes != before)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Look no more."""
        self._connection.close()


def _raw(connection: sa.Connection) -> Any:
    raw = connection.connection.driver_connection
    assert raw is not None
    return raw


def _prepare(connection: Any, _record: object) -> None:
    # transactions are begun by _begin, not by the driver's guess at what a statement does
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # a new file changes its mode once, and SQLite does not wait for another program that is doing the same
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if "locked" not in str(fault) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    # a writer takes its lock at the start: a lock taken half-way cannot be waited for in WAL mode
    if not connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql("BEGIN")
        return
    # SQLite itself looks again after up to a tenth of a second, and where another process writes one transaction after
    # the other, that is nearly always amid one of them
    end = time.monotonic() + BUSY_SECONDS
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while not _begun(connection, last=time.monotonic() > end):
            time.sleep(_LOOK_AGAIN_SECONDS)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")


def _begun(connection: sa.Connection, *, last: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except sa.exc.OperationalError as fault:
        if last or "locked" not in str(fault.orig):
            raise
        return False
    return True
