"""Memory: what of the ledger matters to who gets what. Each look is at one row by its key, whatever else there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sqlalchemy as sa

from digest.domain.model import DeliveryState
from digest.domain.ports import Remembered
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.in_one import ROWS, Whole, column, fetched, given, whole

#: what somebody in one of these states has had, or may have had
_HAD = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.CLAIMED, DeliveryState.PENDING)
_D = t.delivery.c
#: the statement names them, since a statement is kept for each number of editions and not of states
WAS_HAD = _D.state.in_([sa.literal_column(f"'{state}'") for state in _HAD])
#: of pairs of (subscriber, edition), those who got it
_GOT = whole(
    sa.select(column(0).label("subscriber"), column(1).label("edition"))
    .select_from(ROWS.join(t.delivery, (_D.edition == column(1)) & (_D.subscriber == column(0))))
    .where(WAS_HAD)
)


@lru_cache
def _which(editions: int) -> Whole:
    """Return a query for (subscriber, which of so many editions is the first that they got).

    COALESCE looks no further than it must: of somebody who got the last edition, at one row of it.
    """
    looks = [
        sa.select(sa.literal_column(str(number)))
        .where(_D.edition == sa.bindparam(f"edition_{number}"), _D.subscriber == column(0), WAS_HAD)
        .correlate(ROWS)
        .scalar_subquery()
        for number in range(editions)
    ]
    first = sa.func.coalesce(*looks, sa.null(), type_=sa.Integer)
    return whole(sa.select(column(0).label("subscriber"), first.label("number")).select_from(ROWS))


def last(connection: sa.Connection, subscribers: Sequence[str], remembered: Remembered) -> dict[str, int]:
    """Return which of the last editions, by its number, is the latest that each of some people got, or may get."""
    if not subscribers or not remembered.last:
        return {}
    named = {f"edition_{number}": edition for number, (edition, _) in enumerate(remembered.last)}
    values = {**given([[one] for one in subscribers]), **named}
    rows = fetched(connection, _which(len(remembered.last)), values)
    return {subscriber: number for subscriber, number in rows if number is not None}


def missed(connection: sa.Connection, latest: Mapping[str, int], remembered: Remembered) -> dict[str, frozenset[str]]:
    """Return which editions people did not get that the latest one they got overlooked; latest: as `last` tells."""
    overlooked = [remembered.overlooked.get(edition, ()) for edition, _ in remembered.last]
    asked = {one: overlooked[number] for one, number in latest.items() if overlooked[number]}
    if not asked:
        return {}
    pairs = [[subscriber, edition] for subscriber, editions in asked.items() for edition in editions]
    got = {(subscriber, edition) for subscriber, edition in fetched(connection, _GOT, given(pairs))}
    found = {
        one: frozenset(edition for edition in editions if (one, edition) not in got) for one, editions in asked.items()
    }
    return {one: editions for one, editions in found.items() if editions}


def had(
    connection: sa.Connection, subscribers: Sequence[str], told: Mapping[str, Mapping[str, frozenset[str]]]
) -> dict[str, set[str]]:
    """Return which of the stories in question people have had, or may have had; told: as in Remembered."""
    found: dict[str, set[str]] = {}
    for edition, stories in told.items():
        for some in batches(subscribers):
            rows = connection.execute(
                sa.select(_D.subscriber, _D.variant).where(_D.edition == edition, _D.subscriber.in_(some), WAS_HAD)
            )
            for row in rows:
                found.setdefault(row.subscriber, set()).update(stories.get(row.variant, ()))
    return found
