"""In one: many rows go in and out as one text in JSON, and so as one step of a statement.

At each step the driver gives the interpreter's lock to another thread, and waits to have it back; among busy threads
that takes longer than the step. It matters to what is done for everybody while mail is on its way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

_FORM = "%Y-%m-%d %H:%M:%S.%f"
#: the rows that a statement is given
ROWS = sa.func.json_each(sa.bindparam("rows")).table_valued("value", name="new")


def column(number: int) -> sa.ColumnElement[Any]:
    """Return a value of each row that a statement is given as `rows`, by its place in it."""
    return sa.func.json_extract(ROWS.c.value, f"$[{number}]")


def given(rows: Sequence[Sequence[object]]) -> dict[str, str]:
    """Return rows as a statement with such columns takes them; times are written by `stored`."""
    return {"rows": json.dumps(rows)}


def whole(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Return a query for all rows of another, which `fetched` asks; times are read by `moment`."""
    inner = statement.subquery()
    values = [sa.func.json(one) if isinstance(one.type, sa.JSON) else sa.type_coerce(one, sa.String) for one in inner.c]
    return sa.select(sa.func.json_group_array(sa.func.json_array(*values)))


def fetched(connection: sa.Connection, statement: sa.Select[Any], values: Mapping[str, object]) -> list[list[Any]]:
    """Return the rows that a query made by `whole` asks for; values: what fills its places."""
    rows: list[list[Any]] = json.loads(connection.execute(statement, values).scalar_one())
    return rows


def stored(moment: datetime) -> str:
    """Return a time as SQLAlchemy has SQLite keep it."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment(stored: str | None) -> datetime | None:
    """Return a time that was kept."""
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC)
