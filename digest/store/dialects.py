"""What SQLite and PostgreSQL spell differently, said once: a query is written in these words, and each reads its own.

Text is compared by its octets in both: in SQLite always, in PostgreSQL since every column of text has the collation
“C” (store/tables/base.py).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = [
    "MINE",
    "POSTGRESQL",
    "SQLITE",
    "Before",
    "BeginsWithDay",
    "Day",
    "PlaceOf",
    "holds",
    "insert",
    "spelt",
]

# its ON CONFLICT is SQLite's, which took it over from PostgreSQL; tests/store holds each of its uses on both
SQLITE, POSTGRESQL = "sqlite", "postgresql"


class _Spelt(sa.ColumnElement[Any]):
    """A piece of SQL for schemas that each database has in its own words."""

    inherit_cache = False

    def __init__(self, sqlite: str, postgresql: str) -> None:
        self.words = {SQLITE: sqlite, POSTGRESQL: postgresql}


@compiles(_Spelt)
def _spelt(element: _Spelt, compiler: SQLCompiler, **_: Any) -> str:
    return element.words[compiler.dialect.name]


def spelt(*, sqlite: str, postgresql: str) -> sa.ColumnElement[Any]:
    """Return what stands in a schema in other words in each database."""
    return _Spelt(sqlite, postgresql)


class _Mine(FunctionElement[int]):
    """The number under which a connection counts: 0 in SQLite, where one writes at a time."""

    inherit_cache = True
    name = "mine"
    type = sa.Integer()


@compiles(_Mine)
def _mine(element: _Mine, compiler: SQLCompiler, **_: Any) -> str:
    # no other living connection has the same, so none waits for another's row
    return "pg_backend_pid()" if compiler.dialect.name == POSTGRESQL else "0"


#: under which a connection counts what many count at once
MINE = _Mine()


class PlaceOf(FunctionElement[int]):
    """Where a piece begins in a text, from 1 on; 0 where it is not in it: PlaceOf(text, piece)."""

    inherit_cache = True
    name = "PlaceOf"
    type = sa.Integer()


@compiles(PlaceOf)
def _place_of(element: PlaceOf, compiler: SQLCompiler, **options: Any) -> str:
    name = "strpos" if compiler.dialect.name == POSTGRESQL else "instr"
    return f"{name}({compiler.process(element.clauses, **options)})"


class Before(FunctionElement[str]):
    """What stands in a text before a piece that it holds: Before(text, piece)."""

    inherit_cache = True
    name = "Before"
    type = sa.String()


@compiles(Before)
def _before(element: Before, compiler: SQLCompiler, **options: Any) -> str:
    text, piece = (compiler.process(one, **options) for one in element.clauses)
    if compiler.dialect.name == POSTGRESQL:
        return f"split_part({text}, {piece}, 1)"
    return f"substr({text}, 1, instr({text}, {piece}) - 1)"


class Day(FunctionElement[str]):
    """The day of a time, in UTC, as 2026-11-24: Day(time)."""

    inherit_cache = True
    name = "Day"
    type = sa.String()


@compiles(Day)
def _day(element: Day, compiler: SQLCompiler, **options: Any) -> str:
    time = compiler.process(element.clauses, **options)
    # a connection to PostgreSQL has UTC as its zone (store/postgresql.py)
    return f"to_char({time}, 'YYYY-MM-DD')" if compiler.dialect.name == POSTGRESQL else f"substr({time}, 1, 10)"


class _Held(FunctionElement[bool]):
    inherit_cache = True
    name = "held"
    type = sa.Boolean()


@compiles(_Held)
def _held(element: _Held, compiler: SQLCompiler, **options: Any) -> str:
    text, piece, pattern = element.clauses
    if compiler.dialect.name == POSTGRESQL:
        return f"(strpos({compiler.process(text, **options)}, {compiler.process(piece, **options)}) > 0)"
    return f"({compiler.process(text, **options)} GLOB {compiler.process(pattern, **options)})"


#: characters that GLOB takes for others
_WILD = str.maketrans({"*": "[*]", "?": "[?]", "[": "[[]"})


def holds(text: sa.ColumnElement[str], piece: str) -> sa.ColumnElement[bool]:
    """Return whether a text holds a piece."""
    # SQLite's GLOB skips from one separator to the next and takes half as long as instr; but of what is beyond ASCII it
    # takes some characters for each other
    if not piece.isascii():
        return PlaceOf(text, piece) > 0
    return _Held(text, sa.literal(piece), sa.literal(f"*{piece.translate(_WILD)}*"))


class BeginsWithDay(FunctionElement[bool]):
    """Whether a text begins with a day such as 2026-11-24."""

    inherit_cache = True
    name = "BeginsWithDay"
    type = sa.Boolean()


@compiles(BeginsWithDay)
def _begins_with_day(element: BeginsWithDay, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    digits = "-".join("[0-9]" * many for many in (4, 2, 2))
    return f"({text} ~ '^{digits}')" if compiler.dialect.name == POSTGRESQL else f"({text} GLOB '{digits}*')"


@compiles(sa.Computed, POSTGRESQL)
def _computed(element: sa.Computed, compiler: Any, **_: Any) -> str:
    # what SQLite works out when it is read lies in the row in PostgreSQL, whose versions before 18 know nothing else
    told = compiler.sql_compiler.process(element.sqltext, include_table=False, literal_binds=True)
    return f"GENERATED ALWAYS AS ({told}) STORED"
