"""What one kind of database does otherwise than another, for who opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.ports import Queued, Task, Tasks, Watch
from digest.store.roster import SqlStaging


class How(StrEnum):
    """How a transaction stands to others."""

    #: a view of one moment, which nobody's commit changes
    READING = "reading"
    #: alone: nobody else writes until it ends
    WRITING = "writing"
    #: beside others of its kind, and not beside one that is alone
    ALONGSIDE = "alongside"


class Kind(Protocol):
    """SQLite or PostgreSQL."""

    engine: sa.Engine
    #: where it is, in words that may be shown to anybody
    name: str
    #: how its driver opens one more connection; empty where only this machine can
    line: Mapping[str, Any]
    #: the last migration that none of its databases had; empty where the oldest began with nothing
    begins_after: str
    #: whoever writes is alone, in whatever way they do
    one_at_a_time: bool
    #: how text of a file is held beside it
    staging: type[SqlStaging]

    def connected(self, how: How) -> AbstractContextManager[sa.Connection]:
        """Begin a transaction on a connection; commit at the end of the block, roll back on any exception."""
        ...

    def begun(self, connection: sa.Connection, how: How) -> AbstractContextManager[sa.Connection]:
        """Begin a transaction on a connection that is there; otherwise as `connected`."""
        ...

    def explained(self, fault: sa.exc.DBAPIError) -> StoreError:
        """Return what happened, and what to do."""
        ...

    def migrating(self) -> AbstractContextManager[sa.Connection]:
        """Yield a connection that may change the schema, as one at a time does; its end is the connection's."""
        ...

    def scrub(self) -> None:
        """Let go of what was overwritten or removed and still lies in the database. Raises StoreError."""
        ...

    def watch(self) -> Watch:
        """Return what is asked before each message whether anybody changed whom mail may go to."""
        ...

    def bell(self) -> Watch:
        """Return what is asked some times a second whether the clock should look."""
        ...


class Queue(Protocol):
    """What keeps tasks in a database that several machines share."""

    def is_ready(self, connection: Any) -> bool:
        """Tell whether what it keeps there is up to date. Raises StoreError where a newer version made it."""
        ...

    def prepare(self, connection: Any) -> None:
        """Bring it up to date, on a connection of the driver's that may change the schema."""
        ...

    def tasks(self, connection: Any) -> Tasks:
        """Return the tasks as a transaction of a connection of the driver's sees them."""
        ...


class Unqueued:
    """No queue (Queue, and Tasks): whoever rings does by itself what is due."""

    def is_ready(self, connection: Any) -> bool:
        """Tell that there is nothing to do."""
        return True

    def prepare(self, connection: Any) -> None:
        """Do nothing."""

    def tasks(self, connection: Any) -> Tasks:
        """Return what wants nothing."""
        return self

    def want(self, tasks: Sequence[Task], at: datetime | None = None) -> None:
        """Do nothing."""

    def queued(self) -> list[Queued]:
        """Return nothing."""
        return []
