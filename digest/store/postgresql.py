"""PostgreSQL: a server that several machines share.

Who writes holds a lock of the whole database for the length of the transaction, as SQLite's writers do, so that what a
job has read stays true until it commits. What workers do at once – claim, settle, plan a page – holds it together with
others of its kind: beside each other they run, beside a job that writes alone they do not. The lock is the server's
own (an advisory one), is given in the order of asking, and goes with the transaction however that ends.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from digest.domain.errors import StoreError
from digest.store import refusals
from digest.store.counters import Counter, Counters
from digest.store.kind import How
from digest.store.migrating import version
from digest.store.nul import without_nul
from digest.store.rights import PERSONAL
from digest.store.roster import SqlStaging
from digest.store.roster_postgresql import CopiedStaging

#: the oldest version that is tested
OLDEST = 15
#: seconds a writer waits for others
LOCK_SECONDS = 20
#: seconds of one statement: an import of a million people has longer ones than a page
STATEMENT_SECONDS = 600
#: seconds in which a transaction does nothing: whoever was stopped amid one must not keep all others from writing
IDLE_SECONDS = 120
#: seconds in which a server that is started again is waited for, and between two looks
_AWAY_SECONDS, _LOOK_AGAIN_SECONDS = 10.0, 0.25
#: leases run for fifteen minutes and are renewed at half: a clock that is off by so much takes nobody alive for dead
_SKEW = timedelta(minutes=2)
#: of the lock that writers share; the same for all, since a database is of one workspace
_LOCK = int.from_bytes(b"digest", "big")
_LOCKS = {
    How.WRITING: f"SELECT pg_advisory_xact_lock({_LOCK})",
    How.ALONGSIDE: f"SELECT pg_advisory_xact_lock_shared({_LOCK})",
}
_SETTINGS = {
    "timezone": "UTC",
    "lock_timeout": f"{LOCK_SECONDS}s",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "client_min_messages": "warning",
    # what is asked while mail goes lies in memory, or on a disk without a head to move: with the usual four, a claim of
    # 250 reads up to 45,000 people whole
    "random_page_cost": "1.1",
    # rules become long conditions, and to compile one takes longer than to ask it
    "jit": "off",
}
#: a machine that went away without a word is noticed within a minute
_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class Postgresql:
    """A database of a server (store/kind.py, Kind)."""

    begins_after = "0020"
    one_at_a_time = False
    staging: type[SqlStaging] = CopiedStaging

    def __init__(self, address: str, password: str) -> None:
        """address: as postgresql+psycopg://user@host/database; password: empty where none is needed."""
        url = sa.make_url(address)
        self.name = f"{url.database} on {url.host or url.query.get('host') or 'this machine'}"
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        how = {**_LINE, "options": options, "application_name": "digest"}
        whole = url.set(password=password) if password else url
        self.engine = refusals.driven(
            lambda: sa.create_engine(
                whole,
                connect_args=how,
                # a line that was lost while nobody used it is no fault of who asks next
                pool_pre_ping=True,
                isolation_level="READ COMMITTED",
                json_serializer=without_nul,
                # what is said of a fault names nobody
                hide_parameters=True,
                # how many rows an insert made tells who was first
                execution_options={"preserve_rowcount": True},
            )
        )
        self.line: Mapping[str, Any] = {**self.engine.dialect.create_connect_args(whole)[1], **how}
        event.listen(self.engine, "connect", _prepare)
        self._counters = Counters(self.engine)

    def must_be_usable(self, mark: Path | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raise StoreError where the server is not there, does not let this program in, or cannot be worked with.

        mark: a file that says that there was something in it.
        """
        try:
            with self.engine.connect() as connection:
                found, encoding, standby, now = connection.exec_driver_sql(
                    "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), "
                    "pg_is_in_recovery(), clock_timestamp()"
                ).one()
                known = version(connection)
        except sa.exc.DBAPIError as fault:
            raise self.explained(fault) from fault
        refusals.judge(self.name, found // 10_000, OLDEST, encoding, standby=standby)
        if abs(now - clock()) > _SKEW:
            raise refusals.of_clocks(self.name, now - clock())
        if mark is not None and mark.exists() and not known:
            raise StoreError(
                f"The database {self.name} is empty, and it was not when this machine used it last.",
                "See that its address is right, or restore a backup. To begin anew without it, remove "
                f"{mark}; what was sent is then forgotten.",
            )

    @contextmanager
    def connected(self, how: How) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection; commit at the end of the block, roll back on any exception.

        A server that is being started again is waited for: nothing was begun, so that nothing is done twice.
        """
        end = time.monotonic() + _AWAY_SECONDS
        while True:
            connection = transaction = None
            try:
                connection = self.engine.connect()
                transaction = _begin(connection, how)
            except sa.exc.DBAPIError as fault:
                if connection is not None:
                    connection.close()
                if not refusals.is_away(fault) or time.monotonic() > end:
                    raise
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                break
        with connection, transaction:
            yield connection
        self._counters.committed(how)

    @contextmanager
    def begun(self, connection: sa.Connection, how: How) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection that is there; otherwise as `connected`."""
        with _begin(connection, how, temporary=True):
            yield connection
        self._counters.committed(how)

    @contextmanager
    def migrating(self) -> Iterator[sa.Connection]:
        """Yield a connection that may change the schema, as one at a time does; its end is the connection's."""
        with self.engine.connect() as connection:
            connection.detach()
            # of the connection and not of a transaction: what migrates begins and ends those itself
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
            connection.commit()
            yield connection

    def explained(self, fault: sa.exc.DBAPIError) -> StoreError:
        """Return what happened, and what to do."""
        return refusals.explained(fault, self.name)

    def scrub(self) -> None:
        """Have the server let go of what was overwritten or removed of the tables that hold people.

        What lay there is free for other rows then, and nobody can ask for it. The server's log and its backups keep it
        until they go.
        """
        with self.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"VACUUM {', '.join(PERSONAL)}")

    def watch(self) -> Counter:
        """Return what is asked before each message whether anybody changed whom mail may go to."""
        return self._counters.watched("change")

    def bell(self) -> Counter:
        """Return what is asked some times a second whether the clock should look."""
        return self._counters.asked("bell")


def mark(beside: Path, address: str) -> Path:
    """Return the file that says that a machine has used the database at an address."""
    return beside.with_name(f"{beside.name}-{hashlib.sha256(address.encode()).hexdigest()[:16]}")


def _begin(connection: sa.Connection, how: How, *, temporary: bool = False) -> sa.RootTransaction:
    """Begin a transaction; temporary: tables that only this connection sees may be written in any."""
    reading = how == How.READING
    connection.execution_options(
        isolation_level="REPEATABLE READ" if reading else "READ COMMITTED",
        postgresql_readonly=reading and not temporary,
    )
    transaction = connection.begin()
    if not reading:
        # each statement sees what was committed before it, so all of them what was before the lock
        connection.exec_driver_sql(_LOCKS[how])
    return transaction


def _prepare(connection: Any, _record: object) -> None:
    from psycopg.types.string import StrDumper

    class NoNul(StrDumper):
        """Text as PostgreSQL can keep it: it has no NUL, and what is collected has none that means anything."""

        def dump(self, text: str) -> Any:
            return super().dump(text.replace("\0", "") if "\0" in text else text)

    connection.adapters.register_dumper(str, NoNul)
