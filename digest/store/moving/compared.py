"""Two sides of a table are held against each other, row for row, by what their values mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, zip_longest
from typing import Any

import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.store.moving.rows import Cleaned, Form, Row
from digest.store.tables import Utc

#: rows that are held against each other at once
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """What is the same on both sides."""

    rows: int
    #: over the rows, normalised
    sha256: str


def compare(form: Form, here: Iterator[Row], there: Iterator[Row]) -> Found:
    """Hold the rows of SQLite against those of PostgreSQL; both come in the order of keys.

    Raises StoreError with the first row that is another there.
    """
    of_sqlite, of_postgresql = _normal(form, _FROM_SQLITE), _normal(form, _FROM_POSTGRESQL)
    cleaned = Cleaned(form)
    rows, digest = 0, hashlib.sha256()
    while True:
        read = list(islice(here, _BATCH))
        clean = list(cleaned.rows(read))
        mine, theirs = [of_sqlite(row) for row in clean], [of_postgresql(row) for row in islice(there, _BATCH)]
        if mine != theirs:
            _judge(form, rows, mine, theirs, [one is not other for one, other in zip(read, clean, strict=True)])
        if not theirs:
            return Found(rows, digest.hexdigest())
        rows += len(theirs)
        # as Python writes values no two that differ are alike
        digest.update(repr(theirs).encode())


def _judge(form: Form, before: int, mine: list[Row], theirs: list[Row], cleaned: list[bool]) -> None:
    """Raise StoreError at the first row that is another; before: how many rows come before these."""
    for number, (one, other, is_cleaned) in enumerate(zip_longest(mine, theirs, cleaned)):
        if one is None or other is None:
            raise _differs(form, before + number, "is on one side alone")
        for place, column in enumerate(form.columns):
            # where a text ends at NUL for one database, what it works out of it may be another
            if one[place] != other[place] and not (is_cleaned and column.computed is not None):
                raise _differs(form, before + number, f"has another “{column.name}” there")


def _differs(form: Form, number: int, how: str) -> StoreError:
    return StoreError(
        f"Row {number + 1:,} of “{form.table.name}” {how}. Nothing was moved, and all stays as it was.",
        "This must not happen: keep the file as it is, and report it with this line.",
    )


def _normal(form: Form, kinds: dict[type, Callable[[Any], Any]]) -> Callable[[Row], Row]:
    """Return what makes of a row what it means; kinds: kind of a column -> what its values mean."""
    how = [
        (place, mean)
        for place, column in enumerate(form.columns)
        for kind, mean in kinds.items()
        if isinstance(column.type, kind)
    ]

    def normal(row: Row) -> Row:
        values = list(row)
        for place, mean in how:
            if values[place] is not None:
                values[place] = mean(values[place])
        return tuple(values)

    return normal


def _json(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    # that its zone is another object that means UTC is no difference
    return moment.astimezone(UTC)


_FROM_SQLITE: dict[type, Callable[[Any], Any]] = {Utc: _instant, sa.JSON: _json, sa.Boolean: bool}
_FROM_POSTGRESQL: dict[type, Callable[[Any], Any]] = {Utc: _in_utc, sa.JSON: _json}
