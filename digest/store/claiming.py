"""Claiming: which rows of the ledger a worker takes next, and the letters that it holds.

In SQLite one claims at a time, and the first rows of an index are theirs. In PostgreSQL many claim at once, each what
no other has its hands on (SKIP LOCKED), and goes on behind the row that was claimed last: the index keeps those that
left it until nobody can see them any more, and a claim that begins at its front would walk over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Delivery, DeliveryState, Letter, Subscriber
from digest.stages.waves import REST
from digest.store import tables as t
from digest.store.dialects import SQLITE
from digest.store.in_one import Whole, fetched, whole

_D, _P = t.delivery.c, t.subscriber.c
# SQLite uses an index of some rows only where the statement names the same constant
PENDING = _D.state == sa.literal_column(f"'{DeliveryState.PENDING}'")
CLAIMED = _D.state == sa.literal_column(f"'{DeliveryState.CLAIMED}'")
EARLY = _D.wave < sa.literal_column(str(REST))


def of_edition(edition: object) -> sa.ColumnElement[bool]:
    """Return what holds for the rows of an edition, where an index has few rows anyway.

    It is joined to nothing: unasked, SQLite would rather read all of the edition in the order of its key.
    """
    return _D.edition.concat("") == edition


_OF_LETTERS = (_D.subscriber, _D.variant, _D.wave, _D.attempts, _D.claim, _P.address, _P.first_name, _P.last_name)
_TAKEN: dict[str, Any] = {
    "state": DeliveryState.CLAIMED,
    "worker": sa.bindparam("to_worker"),
    "claim": sa.bindparam("to_claim"),
}
_IS_DUE = (
    _D.edition == sa.bindparam("of_edition"),
    PENDING,
    _D.wave == sa.bindparam("of_wave"),
    _D.next_at <= sa.bindparam("of_now", type_=t.Utc()),
)
# in the order of the index: with one over all waves, a million rows would be sorted for each claim
_DUE = sa.select(_D.subscriber).where(*_IS_DUE).order_by(_D.next_at).limit(sa.bindparam("of_limit"))
_CLAIM = (
    sa.update(t.delivery)
    .where(_D.edition == sa.bindparam("of_edition"), _D.subscriber.in_(_DUE))
    .values(_TAKEN)
)  # fmt: skip
_LETTERS = (
    sa.select(*_OF_LETTERS)
    .join(t.subscriber, _P.id == _D.subscriber)
    .where(of_edition(sa.bindparam("of_edition")), CLAIMED, _D.worker == sa.bindparam("of_worker"))
)
_HELD = whole(_LETTERS)
_OF_CLAIM = whole(_LETTERS.where(_D.claim == sa.bindparam("of_claim")))

#: what comes before every row
_FRONT = (datetime(1, 1, 1, tzinfo=UTC), "")
_FREE = (
    sa.select(_D.subscriber, _D.next_at)
    .where(
        *_IS_DUE,
        sa.tuple_(_D.next_at, _D.subscriber)
        > sa.tuple_(sa.bindparam("after_at", type_=t.Utc()), sa.bindparam("after_whom", type_=sa.String())),
    )
    .order_by(_D.next_at, _D.subscriber)
    .limit(sa.bindparam("of_limit"))
    .with_for_update(skip_locked=True)
    .cte("free")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_TAKE = (
    sa.update(t.delivery)
    .where(_D.edition == sa.bindparam("of_edition"), _D.subscriber == _FREE.c.subscriber, _P.id == _FREE.c.subscriber)
    .values(_TAKEN)
    # a hint, which goes out as it came in
    .returning(*_OF_LETTERS, sa.type_coerce(_FREE.c.next_at, sa.DateTime(timezone=True)).label("next_at"))
)


def claim(
    connection: sa.Connection, edition: str, worker: str, number: int, now: datetime, wave: int, limit: int
) -> list[Letter]:
    """Claim up to `limit` rows that are due of the waves up to `wave`, the earliest wave first."""
    values = {"of_edition": edition, "of_now": now, "to_worker": worker, "to_claim": number}
    if connection.dialect.name == SQLITE:
        left = limit
        for one in range(wave + 1):
            left -= connection.execute(_CLAIM, {**values, "of_wave": one, "of_limit": left}).rowcount
            if not left:
                break
        return _letters(connection, _OF_CLAIM, edition, worker, number) if left < limit else []
    letters: list[Letter] = []
    for one in range(wave + 1):
        letters += _taken(connection, {**values, "of_wave": one}, limit - len(letters))
        if len(letters) == limit:
            break
    return letters


def held(connection: sa.Connection, edition: str, worker: str) -> list[Letter]:
    """Return the letters of an edition that a worker holds claims of."""
    return _letters(connection, _HELD, edition, worker)


def _taken(connection: sa.Connection, values: Mapping[str, Any], limit: int) -> list[Letter]:
    """Claim of one wave: what comes behind the last row that was claimed, then what lies before it."""
    # kept with the connection, and no more than a hint: whoever finds too few begins anew
    key = "claimed", values["of_edition"], values["of_wave"]
    behind = connection.info.get(key, _FRONT)
    letters = _taken_behind(connection, values, limit, behind)
    if len(letters) < limit and behind != _FRONT:
        letters += _taken_behind(connection, values, limit - len(letters), _FRONT)
    return letters


def _taken_behind(
    connection: sa.Connection, values: Mapping[str, Any], limit: int, behind: tuple[datetime, str]
) -> list[Letter]:
    asked = {**values, "of_limit": limit, "after_at": behind[0], "after_whom": behind[1]}
    rows = connection.execute(_TAKE, asked).all()
    if rows:
        key = "claimed", values["of_edition"], values["of_wave"]
        connection.info[key] = max((row.next_at, row.subscriber) for row in rows)
    return [_letter_of(values["of_edition"], *row[:-1]) for row in sorted(rows, key=lambda row: row.subscriber)]


def _letters(connection: sa.Connection, query: Whole, edition: str, worker: str, number: int = 0) -> list[Letter]:
    values = {"of_edition": edition, "of_worker": worker, "of_claim": number}
    letters = [_letter_of(edition, *row) for row in fetched(connection, query, values)]
    return sorted(letters, key=lambda one: one.delivery.wave)


def _letter_of(
    edition: str,
    subscriber: str,
    variant: str,
    wave: int,
    attempts: int,
    claim: int,
    address: str,
    first_name: str,
    last_name: str,
) -> Letter:
    return Letter(
        delivery=Delivery(
            edition=edition,
            subscriber=subscriber,
            state=DeliveryState.CLAIMED,
            variant=variant,
            wave=wave,
            attempts=attempts,
        ),
        subscriber=Subscriber(id=subscriber, address=address, first_name=first_name, last_name=last_name),
        claim=claim,
    )
