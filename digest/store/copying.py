"""Copying: what whoever moves a workspace from one database to another must know of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from digest.store.dialects import POSTGRESQL
from digest.store.tables import metadata


def in_order() -> list[sa.Table]:
    """Return all tables, each behind those that it refers to. Of `edition`, what corrects another refers to its own."""
    return list(metadata.sorted_tables)


def columns(table: sa.Table) -> list[sa.Column[object]]:
    """Return the columns that are copied: what a database works out itself is none of them."""
    return [column for column in table.columns if column.computed is None]


@contextmanager
def uncounted(connection: sa.Connection) -> Iterator[None]:
    """Fill tables of PostgreSQL in the block without that anything counts, rings or tells: counts are copied, too.

    Behind the block each number that the database gives goes on behind those that are there. The tables are locked
    until the transaction ends.
    """
    assert connection.dialect.name == POSTGRESQL, "a file is copied from, and never to"
    for table in in_order():
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
    yield
    for table in in_order():
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
        number = table.autoincrement_column
        if number is not None:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{number.name}'), "  # noqa: S608 (all of it stands here)
                f'coalesce(max("{number.name}"), 0) + 1, false) FROM "{table.name}"'
            )
