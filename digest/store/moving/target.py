"""The database of PostgreSQL that takes a copy: what it may hold, how it is filled, how its rows are read again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, DropIndex

from digest.domain.errors import Refused, StoreError
from digest.store.kind import How
from digest.store.moving.rows import Form, Row
from digest.store.postgresql import Postgresql
from digest.store.tables import metadata

#: tables with a row that every database begins with
_COUNTERS = ("bell", "change")
#: tables of what hands out work (its own names), which hold nothing that is copied
_QUEUE = "procrastinate_"
#: of a transaction that takes hours: no statement is too long; a machine that went away without a word is noticed
_LONG = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_REFERENCES = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(f.oid)
    FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = conrelid
    WHERE contype = 'f' AND c.relnamespace = current_schema()::regnamespace
    AND c.relname = ANY(%(tables)s) ORDER BY 1, 2
"""
#: where a copy stopped, of what the server says
_PLACE = re.compile(r'COPY (\w+), line (\d+)(?:, column "?(\w+))?')
#: rows that are read at once
_PAGE = 2_000


def held(kind: Postgresql) -> str:
    """Return a table of a database that holds something; empty where it holds nothing."""
    with kind.engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        for name in sorted(connection.exec_driver_sql(_TABLES).scalars()):
            if name == "alembic_version" or name in _COUNTERS or name.startswith(_QUEUE):
                continue
            asked = f"SELECT EXISTS (SELECT FROM {quote(name)})"  # noqa: S608 (a name that the database gave)
            if name not in metadata.tables or connection.exec_driver_sql(asked).scalar():
                return str(name)
    return ""


def refusal(kind: Postgresql, held: str) -> Refused:
    """Return what is said where a database holds something."""
    return Refused(
        f"The database {kind.name} is in use already: it holds “{held}”. Nothing was changed.",
        "Name one that is empty: `createdb -T template0 -E UTF8 NAME`.",
    )


@contextmanager
def filling(kind: Postgresql) -> Iterator[sa.Connection]:
    """Yield a transaction in which an empty database is filled beside nobody, with nothing that counts or checks rows
    one by one; `finish` brings that back.
    """
    with kind.connected(How.WRITING) as connection:
        for name, value in _LONG.items():
            connection.exec_driver_sql(f"SET LOCAL {name} = {value}")
        # as they were defined, for `finish`
        connection.info["references"] = _asked(connection, _REFERENCES)
        for table, name, _ in connection.info["references"]:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for index in _indices():
            connection.execute(DropIndex(index))
        for table in _quoted(connection):
            # what triggers count is copied as it is, and not counted again
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # rows of a table that is emptied in the same transaction are written as if they had always been there: nobody
        # has to go over them again
        connection.exec_driver_sql(f"TRUNCATE {', '.join(_quoted(connection))}")
        yield connection


def copy_in(connection: sa.Connection, form: Form, rows: Iterable[Row]) -> None:
    """Copy rows into a table."""
    quote = connection.dialect.identifier_preparer.quote
    into = f"COPY {quote(form.table.name)} ({form.names(connection.dialect)}) FROM STDIN WITH (FREEZE)"
    with _raw(connection).cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def finish(connection: sa.Connection) -> None:
    """Bring back what was left out, and have the database know its tables' sizes."""
    for index in _indices():
        connection.execute(CreateIndex(index))
    for table, name, definition in connection.info.pop("references"):
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for table in _quoted(connection):
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.exec_driver_sql(f"ANALYZE {table}")
    for table in metadata.tables.values():
        column = table.autoincrement_column
        if column is not None:
            _go_on(connection, table.name, column.name)


def rows(connection: sa.Connection, form: Form) -> Iterator[Row]:
    """Yield the rows of a table in the order of their keys, a page at a time."""
    with _raw(connection).cursor(name="copied") as cursor:
        cursor.itersize = _PAGE
        cursor.execute(form.query(connection.dialect))
        yield from cursor


def explained(kind: Postgresql, fault: Exception) -> StoreError:
    """Return what a fault amid a copy means."""
    # the driver is loaded only where it is needed, so its kind of fault is not named here
    said: Any = getattr(fault, "diag", None)
    place = _PLACE.search(getattr(said, "context", None) or "")
    if place is None or not str(getattr(fault, "sqlstate", None)).startswith(("22", "23")):
        wrapped = sa.exc.DBAPIError("", {}, fault, connection_invalidated=not getattr(fault, "sqlstate", None))
        return kind.explained(wrapped)
    table, line, column = place.groups()
    where = f"“{column}” of " if column else ""
    return StoreError(
        f"PostgreSQL cannot keep {where}row {int(line):,} of “{table}”: {said.message_primary}. Nothing was moved.",
        "Mend that row in the old file, or have somebody who knows SQLite mend it, then run this again.",
    )


def _go_on(connection: sa.Connection, table: str, column: str) -> None:
    """Have a table's next number come after its last."""
    quote = connection.dialect.identifier_preparer.quote
    last = f"(SELECT max({quote(column)}) FROM {quote(table)})"  # noqa: S608 (names from this program)
    connection.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence(%(table)s, %(column)s), coalesce({last}, 1), {last} IS NOT NULL)",
        {"table": quote(table), "column": column},
    )


def _indices() -> list[sa.Index]:
    """Return all indices but those of keys; made by the words that they were made by first, they are the very same."""
    return [
        index for table in metadata.sorted_tables for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]


def _asked(connection: sa.Connection, query: str) -> list[Row]:
    return [tuple(row) for row in connection.exec_driver_sql(query, {"tables": list(metadata.tables)})]


def _quoted(connection: sa.Connection) -> list[str]:
    return [connection.dialect.identifier_preparer.quote(name) for name in metadata.tables]


def _raw(connection: sa.Connection) -> Any:
    raw = connection.connection.driver_connection
    assert raw is not None
    return raw
