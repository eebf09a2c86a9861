"""The database: opening it, bringing its schema up to date, and transactions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digest.domain.ports import Session, Watch
from digest.store import seal
from digest.store import session as sessions
from digest.store.kind import How, Kind, Queue, Unqueued
from digest.store.migrating import migrate
from digest.store.roster import SqlStaging
from digest.store.sqlite import Sqlite


class Database:
    """A database: SQLite in a file, or PostgreSQL at an address."""

    def __init__(self, kind: Kind, queue: Queue | None = None) -> None:
        """queue: what keeps tasks for workers beside it."""
        self._kind = kind
        self._queue = queue or Unqueued()
        self._turns = _Turns()

    @classmethod
    def open(cls, path: Path, mark: Path | None = None) -> Database:
        """Open a file, and migrate it where its schema is older.

        mark: a file that says that there was a database; it is made with the database, and where it is
        there and the database is not, something was lost. Raises StoreError where the database is lost,
        damaged, newer than this program, or was moved to PostgreSQL.
        """
        kind = Sqlite(path)
        if mark is not None:
            kind.must_be_there(mark)
        kind.must_not_be_moved(mark)
        return cls._opened(kind, mark)

    @classmethod
    def at(cls, address: str, password: str = "", mark: Path | None = None, queue: Queue | None = None) -> Database:
        """Open a database of PostgreSQL, and migrate it where its schema is older.

        address: as postgresql+psycopg://user@host/database, without a password; mark: as of `open`; queue: what keeps
        tasks for workers in it. Raises StoreError where there is no such server, it does not let this program in, or it
        cannot be used.
        """
        # what only PostgreSQL needs is loaded, and installed, only for it
        from digest.store import postgresql

        kind = postgresql.Postgresql(address, password)
        marked = postgresql.mark(mark, address) if mark is not None else None
        kind.must_be_usable(marked)
        return cls._opened(kind, marked, queue)

    @classmethod
    def _opened(cls, kind: Kind, mark: Path | None, queue: Queue | None = None) -> Database:
        database = cls(kind, queue)
        with database._explaining():
            migrate(kind)
            database._prepare_queue()
        if mark is not None and not mark.exists():
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        return database

    @property
    def line(self) -> Mapping[str, Any]:
        """How the driver opens one more connection; empty where the database is a file of this machine."""
        return self._kind.line

    @property
    def _engine(self) -> sa.Engine:
        return self._kind.engine

    def close(self) -> None:
        """Close all connections."""
        self._kind.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a consistent view; nothing is written."""
        with self._transaction(How.READING) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction beside which nobody writes; commit at the end. Threads get it in their order."""
        with self._turns.next(), self._transaction(How.WRITING) as session:
            yield session

    @contextmanager
    def alongside(self) -> Iterator[Session]:
        """Open a transaction beside which others of its kind may run; otherwise as `writing`.

        In SQLite one writes at a time, whatever it is.
        """
        with ExitStack() as stack:
            if self._kind.one_at_a_time:
                stack.enter_context(self._turns.next())
            yield stack.enter_context(self._transaction(How.ALONGSIDE))

    def scrub(self) -> None:
        """Let go of what was overwritten or removed and still lies in the database's files."""
        with self._turns.next(), self._explaining():
            self._kind.scrub()

    def watch(self) -> Watch:
        """Return what tells whether anybody changes whom mail may go to."""
        return self._kind.watch()

    def bell(self) -> Watch:
        """Return what tells whether somebody did what the clock should look at soon."""
        return self._kind.bell()

    @contextmanager
    def staging(self) -> Iterator[SqlStaging]:
        """Hold the rows of a file beside the database, until the end of the block."""
        with self._explaining(), self._kind.engine.connect() as connection:
            try:
                yield self._kind.staging(connection, self._staged)
            finally:
                # its tables go with it
                connection.rollback()
                connection.invalidate()

    @contextmanager
    def _staged(self, connection: sa.Connection, writing: bool) -> Iterator[Session]:
        with ExitStack() as stack:
            if writing:
                stack.enter_context(self._turns.next())
            how = How.WRITING if writing else How.READING
            yield self._session(stack.enter_context(self._kind.begun(connection, how)))

    @contextmanager
    def _transaction(self, how: How) -> Iterator[Session]:
        with self._explaining(), self._kind.connected(how) as connection:
            yield self._session(connection)

    def _prepare_queue(self) -> None:
        with self._kind.engine.connect() as connection:
            if self._queue.is_ready(connection.connection.dbapi_connection):
                return
        with self._kind.migrating() as connection:
            driver = connection.connection.dbapi_connection
            # another program may have been first
            if not self._queue.is_ready(driver):
                self._queue.prepare(driver)

    def _session(self, connection: sa.Connection) -> Session:
        return sessions.session(connection, self._queue.tasks(connection.connection.dbapi_connection))

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as fault:
            if isinstance(fault, sa.exc.IntegrityError) and not seal.told(str(fault.orig)):
                raise
            raise self._kind.explained(fault) from fault


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
