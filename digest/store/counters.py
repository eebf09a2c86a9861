"""Counters: whether somebody committed what others must know soon, in PostgreSQL.

A row of the database counts it (store/tables, change and bell). It is asked before every message whether it has grown,
thousands of times a second, so a thread looks four times a second and keeps what it saw; what this process itself
commits is looked at at once. Where nobody could look for longer, the answer is yes: whoever asked then reads the
database, and waits for it, or is told what is wrong with it.
"""

from __future__ import annotations

import threading
import time

import sqlalchemy as sa

from digest.store.kind import How

#: seconds between two looks, and after which a look is too old to say that nothing changed
_EVERY_SECONDS, _OLD_SECONDS = 0.2, 0.6


class Counters:
    """The counters of a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        #: what this process has committed alone: what is counted is counted by such
        self.commits = 0

    def committed(self, how: How) -> None:
        """Note that a transaction was committed by this process."""
        if how == How.WRITING:
            self.commits += 1

    def look(self, table: str) -> int:
        """Return how far a counter is. Raises what the database raises."""
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            return int(connection.exec_driver_sql(f"SELECT number FROM {table}").scalar_one())  # noqa: S608 (a table's name from this program)

    def asked(self, table: str) -> Counter:
        """Return what looks when it is asked."""
        return Counter(self, table)

    def watched(self, table: str) -> Watched:
        """Return what may be asked as often as somebody likes."""
        return Watched(self, table)


class Counter:
    """Looks at a counter whenever it is asked (domain/ports, Watch)."""

    def __init__(self, counters: Counters, table: str) -> None:
        self._counters = counters
        self._table = table
        self._lock = threading.Lock()
        self._seen: int | None = None

    def changed(self) -> bool:
        """Tell whether it grew since it was asked last; the first time, and where it cannot tell, it did."""
        if not self._lock.acquire(blocking=False):
            # another line asks this very moment, and acts upon what it hears
            return False
        try:
            before, self._seen = self._seen, self._now()
            return self._seen is None or self._seen != before
        finally:
            self._lock.release()

    def close(self) -> None:
        """Look no more."""

    def _now(self) -> int | None:
        """Return how far the counter is; None where that cannot be told."""
        try:
            return self._counters.look(self._table)
        except sa.exc.SQLAlchemyError:
            return None


class Watched(Counter):
    """Has a thread look, and tells what that saw."""

    def __init__(self, counters: Counters, table: str) -> None:
        super().__init__(counters, table)
        self._ending = threading.Event()
        #: how far it was, as of when, and what this process had committed by then
        self._looked: tuple[int | None, float, int] = (None, 0.0, -1)
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ending.set()
        self._thread.join()

    def _now(self) -> int | None:
        number, at, commits = self._looked
        if commits != self._counters.commits:
            self._look()
            number, at, _ = self._looked
        return number if time.monotonic() - at < _OLD_SECONDS else None

    def _look(self) -> None:
        # a commit that comes while it looks is one that it may have missed
        at, commits = time.monotonic(), self._counters.commits
        self._looked = super()._now(), at, commits

    def _work(self) -> None:
        while not self._ending.wait(_EVERY_SECONDS):
            self._look()
