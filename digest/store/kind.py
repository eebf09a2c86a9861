"""What one kind of database does otherwise than another, for who opens it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.ports import Watch
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
