"""Kinds: people who are alike in all that decides what they get of an edition, counted by the database.

A draft has to be counted anew with every act that changes who gets what. To read a million people takes twenty seconds;
to have them put together by the database takes a few, and of each kind one person is read, of whom everything else is
asked as of anybody. A kind may be finer than it need be, and never coarser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa

from digest.domain.ports import Remembered
from digest.stages import segment
from digest.store import tables as t
from digest.store.in_one import Whole, fetched, whole
from digest.store.memory import WAS_HAD
from digest.store.segments import HALVES, JOINED, condition, may_be_mailed

_PERSON, _PLACE, _D = t.subscriber.c, t.subscription.c, t.delivery.c


def kinds(
    connection: sa.Connection,
    newsletter: str,
    rules: Sequence[Mapping[str, object]],
    remembered: Remembered,
    slots: Sequence[datetime],
    now: datetime,
) -> Counter[str]:
    """Count the people who would get mail now, by somebody who is like them in all that matters: their id.

    rules: of the segments, in their order; slots: of the editions that told an earlier story first. Other connections
    ask, so what this transaction has not committed is not seen.
    """
    told = _told(remembered)
    ways = [_asking(newsletter, rules, remembered, told, slots, now, half) for half in HALVES]

    def asked(way: Whole) -> list[list[Any]]:
        with connection.engine.connect() as another:
            return fetched(another, way, {})

    with ThreadPoolExecutor(len(ways)) as pool:
        found = list(pool.map(asked, ways))
    # people of both halves may be alike
    first: dict[tuple[object, ...], str] = {}
    people: Counter[str] = Counter()
    for one, many, *alike in (row for half in found for row in half):
        people[first.setdefault(tuple(alike), one)] += many
    return people


def _told(remembered: Remembered) -> list[str]:
    """Return the editions of which it matters who got what, or whether."""
    overlooked = (edition for editions in remembered.overlooked.values() for edition in editions)
    return list(dict.fromkeys([*remembered.told, *overlooked]))


def _asking(
    newsletter: str,
    rules: Sequence[Mapping[str, object]],
    remembered: Remembered,
    told: Sequence[str],
    slots: Sequence[datetime],
    now: datetime,
    part: sa.ColumnElement[bool],
) -> Whole:
    alike = {
        "themes": sa.cast(_PLACE.themes, sa.Text),
        "cadence": _PLACE.cadence,
        "segment": _first_of(rules),
        "latest": _latest([edition for edition, _ in remembered.last]),
        "came": reduce(add, (sa.case((_PLACE.joined_at < slot, 1), else_=0) for slot in slots), sa.literal(0)),
        **{f"got_{number}": _variant(edition) for number, edition in enumerate(told)},
    }
    return whole(
        sa.select(
            sa.func.min(_PLACE.subscriber).label("one"),
            sa.func.count().label("many"),
            *(column.label(f"of_{name}") for name, column in alike.items()),
        )
        .select_from(JOINED)
        .where(
            _PLACE.newsletter == newsletter,
            part,
            may_be_mailed(now),
            ~sa.exists().where(t.suppression.c.key == _PERSON.suppression_key),
        )
        .group_by(*(sa.literal_column(f"of_{name}") for name in alike))
    )


def _first_of(rules: Sequence[Mapping[str, object]]) -> sa.ColumnElement[int]:
    """Return which segment counts for somebody: the first that holds them."""
    held = [(condition(segment.asked(rule)), number) for number, rule in enumerate(rules)]
    return sa.case(*held, else_=-1) if held else sa.literal(-1)


def _latest(editions: Sequence[str]) -> sa.ColumnElement[int]:
    """Return which of the last editions is the latest that somebody got; COALESCE looks no further than it must."""
    looks = [_of(edition, sa.literal_column(str(number))) for number, edition in enumerate(editions)]
    if not looks:
        return sa.literal(-1)
    return sa.func.coalesce(*looks, sa.literal(-1), type_=sa.Integer)


def _variant(edition: str) -> sa.ColumnElement[str]:
    """Return which variant of an edition somebody got, or may get."""
    return _of(edition, _D.variant)


def _of(edition: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    mine = (_D.edition == edition, _D.subscriber == _PLACE.subscriber, WAS_HAD)
    return sa.select(column).where(*mine).correlate(t.subscription).scalar_subquery()
