"""The database: opening it, bringing its schema up to date, and transactions."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from digest.domain.errors import StoreError
from digest.domain.ports import Session
from digest.store.access import SqlAccess
from digest.store.api import SqlApiTokens
from digest.store.archive import SqlArchive
from digest.store.audit import SqlAudit
from digest.store.clicks import SqlClicks
from digest.store.deliveries import SqlDeliveries
from digest.store.editions import SqlEditions
from digest.store.exclusions import SqlExclusions
from digest.store.feedback import SqlFeedback
from digest.store.following import SqlFollowing
from digest.store.growth import SqlGrowth
from digest.store.insights import SqlInsights
from digest.store.invitations import SqlInvitations
from digest.store.links import SqlLinks, SqlTellings
from digest.store.people import SqlPeople
from digest.store.pictures import SqlPictures
from digest.store.readers import SqlReaders
from digest.store.reading import SqlReadingLinks
from digest.store.reviews import SqlReviews, SqlVectors
from digest.store.rights import SqlRights
from digest.store.roster import SqlStaging
from digest.store.search import SqlSearch
from digest.store.searching import SqlSearching
from digest.store.segments import SqlSegments
from digest.store.usage import SqlUsage
from digest.store.watch import SqliteWatch
from digest.store.webhooks import SqlWebhooks

#: the newest migration; tests hold it against the folder of migrations
HEAD = "0022"
#: seconds a writer waits for another one to finish
BUSY_SECONDS = 20
#: and looks again after so many
_LOOK_AGAIN_SECONDS = 0.001
#: octets; a disk with fewer is full
_LITTLE_ROOM = 128 * 1024


class Database:
    """A SQLite database in write-ahead mode, with foreign keys on and every commit on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
        self._turns = _Turns()
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)

    @classmethod
    def open(cls, path: Path, mark: Path | None = None) -> Database:
        """Open the database and migrate it where its schema is older.

        mark: a file that says that there was a database; it is made with the database, and where it is
        there and the database is not, something was lost. Raises StoreError where the database is lost,
        damaged, or newer than this program.
        """
        lost = mark is not None and mark.exists() and (not path.exists() or path.stat().st_size == 0)
        if lost:
            raise StoreError(
                f"The database {path} is damaged: it was here, and it is gone or empty.",
                f"Look for a backup. To begin anew without it, remove {mark}; what was sent is then forgotten.",
            )
        database = cls(path)
        try:
            database._migrate()
        except sa.exc.DatabaseError as fault:
            raise _explained(fault, path) from fault
        if mark is not None and not mark.exists():
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        return database

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a consistent view; nothing is written."""
        with self._transaction(writing=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that takes the write lock at once; commit at the end. Threads get it in their order."""
        with self._turns.next(), self._transaction(writing=True) as session:
            yield session

    def scrub(self) -> None:
        """Let go of what was overwritten or removed and still lies in the file, or in files beside it."""
        with self._turns.next(), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
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
        """Return what tells whether anybody changes whom mail may go to."""
        return SqliteWatch(self._path)

    def bell(self) -> SqliteWatch:
        """Return what tells whether somebody did what the clock should look at soon."""
        return SqliteWatch(self._path, "bell")

    @contextmanager
    def staging(self) -> Iterator[SqlStaging]:
        """Hold the rows of a file beside the database, until the end of the block."""
        with self._explaining(), self._engine.connect() as connection:
            # its table and its larger memory go with it
            connection.detach()
            yield SqlStaging(connection, self._staged)

    @contextmanager
    def _staged(self, connection: sa.Connection, writing: bool) -> Iterator[Session]:
        with ExitStack() as stack:
            if writing:
                stack.enter_context(self._turns.next())
            yield stack.enter_context(_session(connection, writing))

    @contextmanager
    def _transaction(self, writing: bool) -> Iterator[Session]:
        with self._explaining(), self._engine.connect() as connection, _session(connection, writing) as session:
            yield session

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.DatabaseError) as fault:
            if isinstance(fault, sa.exc.IntegrityError):
                raise
            raise _explained(fault, self._path) from fault

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            found = self._version(connection)
        if found == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        settings = Config()
        settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            # a table that is made anew must not take along what refers to it; the connection is not used after this
            raw.execute("PRAGMA foreign_keys = OFF")
            connection.detach()
            settings.attributes["connection"] = connection.execution_options(writing=True)
            try:
                command.upgrade(settings, "head")
            except CommandError as fault:
                raise StoreError(
                    f"The database {self._path} was made by a newer version of this program ({found}).",
                    "Install that version, or restore a backup made by this one.",
                ) from fault

    @staticmethod
    def _version(connection: sa.Connection) -> str:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


class _Turns:
    """Lets threads write in the order in which they ask.

    SQLite lets whoever waits look again after up to a tenth of a second. Where another thread writes one transaction
    after the other, as planning does, that is nearly always amid one of them.
    """

    def __init__(self) -> None:
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def next(self) -> Iterator[None]:
        mine = object()
        with self._changed:
            self._waiting.append(mine)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting[0] is mine)
            yield
        finally:
            with self._changed:
                self._waiting.remove(mine)
                self._changed.notify_all()


@contextmanager
def _session(opened: sa.Connection, writing: bool) -> Iterator[Session]:
    connection = opened.execution_options(writing=writing)
    with connection.begin():
        yield Session(
            SqlInsights(connection),
            SqlEditions(connection),
            SqlPeople(connection),
            SqlDeliveries(connection),
            SqlReviews(connection),
            SqlVectors(connection),
            SqlPictures(connection),
            SqlExclusions(connection),
            SqlUsage(connection),
            SqlReaders(connection),
            SqlRights(connection),
            SqlGrowth(connection),
            SqlSegments(connection),
            SqlFeedback(connection),
            SqlArchive(connection),
            SqlClicks(connection),
            SqlAccess(connection),
            SqlInvitations(connection),
            SqlAudit(connection),
            SqlReadingLinks(connection),
            SqlFollowing(connection),
            SqlLinks(connection),
            SqlTellings(connection),
            SqlSearch(connection),
            SqlApiTokens(connection),
            SqlWebhooks(connection),
            SqlSearching(connection),
        )


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


def _explained(fault: sa.exc.DatabaseError, path: Path) -> StoreError:
    words = str(fault.orig).lower()
    if "locked" in words or "busy" in words:
        return StoreError(
            f"Another program has held the database {path} for more than {BUSY_SECONDS} seconds.",
            "Wait for it to end (a backup, another digest command), then run this again. Nothing was changed.",
        )
    # where there is no room for the file beside it that readers share, SQLite only says that it could not write
    if "full" in words or ("disk i/o" in words and shutil.disk_usage(path.parent).free < _LITTLE_ROOM):
        return StoreError("The disk is full. Nothing was changed.", "Free some space, then run this again.")
    if "malformed" in words or "not a database" in words:
        return StoreError(
            f"The database {path} is damaged ({words}).",
            "Nothing was sent or changed now. A backup may lack what was sent since: check that first.",
        )
    if "readonly" in words or "unable to open" in words:
        return StoreError(f"The database {path} cannot be written.", "Check the folder's permissions.")
    return StoreError(f"The database {path} refused: {fault.orig}.", "Run `digest check`.")
