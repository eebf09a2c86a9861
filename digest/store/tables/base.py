"""What all tables share: names of constraints, times, sets of states, and what differs between databases."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, DateTime, Dialect, MetaData, String, Table, Text, TypeDecorator, text
from sqlalchemy.event import listen
from sqlalchemy.ext.compiler import compiles

from digest.store.dialects import POSTGRESQL, SQLITE


class Utc(TypeDecorator[datetime]):
    """An aware time, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC on the way in."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone, and PostgreSQL an instant: what comes out is UTC."""
        if value is None:
            return None
        made: datetime = value
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)


def one_of(column: str, states: type[StrEnum]) -> str:
    """Return a condition: a column holds one of these states."""
    return f"{column} IN ({', '.join(repr(str(state)) for state in states)})"


def only(condition: str) -> dict[str, Any]:
    """Return what makes an index of those rows alone for which a condition holds."""
    return {f"{name}_where": text(condition) for name in (SQLITE, POSTGRESQL)}


class _Octets(String):
    """Text of a column that PostgreSQL compares as SQLite does: by its octets, whatever its database's locale."""


class _LongOctets(Text):
    """The same, of any length."""


@compiles(_Octets, POSTGRESQL)
@compiles(_LongOctets, POSTGRESQL)
def _by_octets(kind: String, compiler: Any, **options: Any) -> str:
    word = compiler.visit_text if isinstance(kind, Text) else compiler.visit_VARCHAR
    return f'{word(kind, **options)} COLLATE "C"'


def by_octets(tables: MetaData) -> None:
    """Have all text of some tables compared by its octets."""
    for table in tables.tables.values():
        for column in table.columns:
            if isinstance(column.type, String):
                octets = _LongOctets() if isinstance(column.type, Text) else _Octets(column.type.length)
                column.type = column.type.with_variant(octets, POSTGRESQL)


def make_with(owner: Table | MetaData, dialect: str, *statements: str) -> None:
    """Have statements carried out after a table, or all of them, was made in one kind of database."""
    for statement in statements:
        made: Any = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        listen(owner, "after_create", made.execute_if(dialect=dialect))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
