"""Rows as SQLite keeps them: how they are asked for, and what PostgreSQL cannot keep of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest.store.dialects import POSTGRESQL
from digest.store.nul import without_nul

Row = tuple[Any, ...]
_NUL, _WRITTEN = "\0", "\\u0000"


@dataclass(frozen=True, slots=True)
class Form:
    """A table's columns, in an order that is the same on both sides."""

    table: sa.Table
    columns: tuple[sa.Column[Any], ...]

    @classmethod
    def copied(cls, table: sa.Table) -> Form:
        """Return the columns that hold something of their own."""
        return cls(table, tuple(column for column in table.columns if column.computed is None))

    @classmethod
    def whole(cls, table: sa.Table) -> Form:
        """Return all columns; last those that each database works out by itself."""
        kept = cls.copied(table).columns
        return cls(table, (*kept, *(column for column in table.columns if column.computed is not None)))

    @property
    def kept(self) -> int:
        """How many of them hold something of their own."""
        return sum(column.computed is None for column in self.columns)

    def names(self, dialect: sa.Dialect) -> str:
        """Return the columns' names, as SQL has them."""
        return ", ".join(map(dialect.identifier_preparer.quote, (column.name for column in self.columns)))

    def query(self, dialect: sa.Dialect) -> str:
        """Return what asks for all rows, in the order of their keys."""
        quote = dialect.identifier_preparer.quote
        in_order = [column.name for column in self.table.primary_key.columns] or [one.name for one in self.columns]
        asked = ", ".join(
            # JSON as it was written: what it means is compared here, by one parser
            f"{quote(column.name)}::text"
            if dialect.name == POSTGRESQL and isinstance(column.type, sa.JSON)
            else quote(column.name)
            for column in self.columns
        )
        return f"SELECT {asked} FROM {quote(self.table.name)} ORDER BY {', '.join(map(quote, in_order))}"  # noqa: S608 (names from this program)


class Cleaned:
    """Leaves NUL out of texts, and counts those that held some."""

    def __init__(self, form: Form) -> None:
        self._json = {place for place, column in enumerate(form.columns) if isinstance(column.type, sa.JSON)}
        self.count = 0

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows as PostgreSQL can keep them."""
        for row in rows:
            for value in row:
                if type(value) is str and (_NUL in value or _WRITTEN in value):
                    yield tuple(self._clean(one, place in self._json) for place, one in enumerate(row))
                    break
            else:
                yield row

    def _clean(self, value: Any, is_json: bool) -> Any:
        if not isinstance(value, str):
            return value
        clean = value.replace(_NUL, "")
        if is_json and _WRITTEN in value:
            clean = without_nul(json.loads(value))
        self.count += clean != value
        return clean
