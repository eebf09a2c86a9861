"""Queries about what mail servers took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from digest.store import tables as t
from digest.store.dialects import MINE, insert


class SqlUsage:
    """How many messages each mail server took, by minute (domain/ports, Usage)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, taken: Mapping[str, int], at: datetime) -> None:
        """Add what servers took in the minute of `at`."""
        minute = at.replace(second=0, microsecond=0)
        for server, messages in taken.items():
            new = insert(t.usage).values(server=server, minute=minute, part=MINE, messages=messages)
            more = {"messages": t.usage.c.messages + messages}
            self._connection.execute(new.on_conflict_do_update(index_elements=["server", "minute", "part"], set_=more))

    def since(self, server: str, then: datetime) -> list[tuple[datetime, int]]:
        """Return what a server took in each minute from `then` on, the oldest first."""
        wanted = (t.usage.c.server == server, t.usage.c.minute >= then)
        rows = self._connection.execute(
            sa.select(t.usage.c.minute, sa.func.sum(t.usage.c.messages).label("messages"))
            .where(*wanted)
            .group_by(t.usage.c.minute)
            .order_by(t.usage.c.minute)
        )
        return [(row.minute, row.messages) for row in rows]

    def forget(self, before: datetime) -> None:
        """Drop what is older."""
        self._connection.execute(sa.delete(t.usage).where(t.usage.c.minute < before))
