"""In one: many rows go in as one text in JSON, and in SQLite come out as one, and so as one step of a statement.

At each step SQLite's driver gives the interpreter's lock to another thread, and waits to have it back; among busy
threads that takes longer than the step. It matters to what is done for everybody while mail is on its way. PostgreSQL's
driver hands over all rows of an answer at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, GenericFunction
from sqlalchemy.sql.visitors import InternalTraversal

from digest.store.dialects import POSTGRESQL, SQLITE
from digest.store.nul import without_nul

_FORM = "%Y-%m-%d %H:%M:%S.%f"


class _Each(GenericFunction[Any]):
    inherit_cache = True
    name = "json_each"


@compiles(_Each, POSTGRESQL)
def _each_element(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **options)} AS json))"


#: the rows that a statement is given
ROWS = _Each(sa.bindparam("rows")).table_valued("value", name="new")


class _At(FunctionElement[Any]):
    """What stands at a place of a list in JSON: _At(list, place).

    PostgreSQL needs to be told what it is; SQLite's values know that themselves.
    """

    inherit_cache = True
    name = "at"
    _traverse_internals = [*FunctionElement._traverse_internals, ("type", InternalTraversal.dp_type)]  # noqa: RUF012 (as its base has it)

    def __init__(self, listed: sa.ColumnElement[Any], place: int, kind: sa.types.TypeEngine[Any]) -> None:
        super().__init__(listed, sa.literal_column(str(place)))
        self.type = kind


@compiles(_At)
def _at(element: _At, compiler: SQLCompiler, **options: Any) -> str:
    listed, place = (compiler.process(one, **options) for one in element.clauses)
    if compiler.dialect.name == SQLITE:
        return f"json_extract({listed}, '$[{place}]')"
    kind = compiler.dialect.type_compiler_instance.process(element.type)
    return f"CAST({listed} ->> {place} AS {kind})"


def column(number: int, kind: sa.types.TypeEngine[Any] | None = None) -> sa.ColumnElement[Any]:
    """Return a value of each row that a statement is given as `rows`, by its place in it; kind: where it is no text."""
    return _At(ROWS.c.value, number, kind or sa.Text())


def given(rows: Sequence[Sequence[object]]) -> dict[str, str]:
    """Return rows as a statement with such columns takes them; times are written by `stored`."""
    return {"rows": without_nul(rows)}


class Whole(NamedTuple):
    """A query, of which all rows are wanted."""

    rows: sa.Select[Any]
    #: the same as one text in JSON
    in_one: sa.Select[Any]


def whole(statement: sa.Select[Any]) -> Whole:
    """Return a query for all rows of another, which `fetched` asks; times are read by `moment`."""
    inner = statement.subquery()
    values = [sa.func.json(one) if isinstance(one.type, sa.JSON) else sa.type_coerce(one, sa.String) for one in inner.c]
    return Whole(statement, sa.select(sa.func.json_group_array(sa.func.json_array(*values))))


def fetched(connection: sa.Connection, query: Whole, values: Mapping[str, object]) -> list[list[Any]]:
    """Return the rows that a query made by `whole` asks for; values: what fills its places."""
    if connection.dialect.name != SQLITE:
        return [list(row) for row in connection.execute(query.rows, values)]
    rows: list[list[Any]] = json.loads(connection.execute(query.in_one, values).scalar_one())
    return rows


def stored(moment: datetime) -> str:
    """Return a time as SQLAlchemy has SQLite keep it."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment(stored: str | datetime | None) -> datetime | None:
    """Return a time that was kept."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored
