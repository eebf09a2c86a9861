"""Queries that find people by how their address or name begins.

Each way of finding somebody is a range of one index, and the ways are gone through one after the other, so that a page
begins where the last one ended whatever the size of the list. What a range holds is looked at for state and newsletter
a bounded number at a time: a filter that hardly anybody passes makes short pages, and none that is slow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from digest.domain.model import SubscriptionState
from digest.domain.ports.searching import Found, Somebody, Wanted
from digest.store import tables as t
from digest.store.people import subscriber_of, subscription_of

#: people of a range who are looked at for one page: some 30 ms
LOOKED_AT = 3_000
#: the greatest character: what begins with some words lies below those words with it
_LAST = "\U0010ffff"
_PERSON, _PLACE = t.subscriber.c, t.subscription.c
_ASCII = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of finding somebody: a column begins with some words, and what must hold besides."""

    column: sa.Column[str]
    words: str
    besides: sa.ColumnElement[bool] | None = None

    def begins(self, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Return whether a column begins with the words."""
        return column.between(self.words, self.words + _LAST)

    def holds(self) -> sa.ColumnElement[bool]:
        """Return whether somebody is found this way."""
        begins = self.begins(self.column)
        return begins if self.besides is None else begins & self.besides


class SqlSearching:
    """Finds people (domain/ports, Searching)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(self, wanted: Wanted) -> Found:
        """Return a page of people."""
        ways = _ways(wanted.words)
        first, after = _read(wanted.after, len(ways))
        passes = _passes(wanted)
        few = self._few(wanted)
        # (way, id) of who was found
        people: list[tuple[int, str]] = []
        for number in range(first, len(ways)):
            new = [~way.holds() for way in ways[:number]]
            find = self._among_few if few is not None else self._in_range
            found, ended = find(ways[number], after, [passes, *new], wanted.limit + 1 - len(people), few)
            people += [(number, one) for one in found]
            if len(people) > wanted.limit:
                # one more was looked for, and is the first of the next page
                way, last = people[wanted.limit - 1]
                return self._found(people[: wanted.limit], f"{way}-{last}")
            if ended:
                return self._found(people, f"{number}-{ended}")
            after = ""
        return self._found(people, "")

    def _in_range(
        self, way: _Way, after: str, conditions: Sequence[sa.ColumnElement[bool]], limit: int, _: object
    ) -> tuple[list[str], str]:
        """Return people of a range, and the last who was looked at where there are more."""
        all_ = t.subscriber.alias()
        column = all_.c[way.column.name]
        # who was erased has no address, and a spelling that is none
        in_range = sa.select(all_.c.id, column.label("word")).where(way.begins(column), all_.c.address != "")
        if after:
            at = sa.select(way.column).where(_PERSON.id == after).scalar_subquery()
            in_range = in_range.where(sa.tuple_(column, all_.c.id) > sa.tuple_(at, after))
        in_range = in_range.order_by(column, all_.c.id)
        some = in_range.limit(LOOKED_AT).subquery()
        rows = self._connection.execute(
            sa.select(some.c.id)
            .join(t.subscriber, _PERSON.id == some.c.id)
            .where(way.holds(), *conditions)
            .order_by(some.c.word, some.c.id)
            .limit(limit)
        )
        found = [row.id for row in rows]
        if len(found) == limit:
            return found, ""
        last = self._connection.execute(in_range.limit(1).offset(LOOKED_AT - 1)).scalar()
        return found, last or ""

    def _among_few(
        self, way: _Way, after: str, conditions: Sequence[sa.ColumnElement[bool]], limit: int, few: Sequence[str] | None
    ) -> tuple[list[str], str]:
        """Return those of a few people who are found this way."""
        # joined to nothing: else SQLite goes through the whole range and looks for each among the few
        column = way.column.op("||")("")
        asked = sa.select(_PERSON.id).where(
            _PERSON.id.in_(few or ()), way.begins(column), way.holds(), _PERSON.address != "", *conditions
        )
        if after:
            at = sa.select(way.column).where(_PERSON.id == after).scalar_subquery()
            asked = asked.where(sa.tuple_(column, _PERSON.id) > sa.tuple_(at, after))
        rows = self._connection.execute(asked.order_by(column, _PERSON.id).limit(limit))
        return [row.id for row in rows], ""

    def _few(self, wanted: Wanted) -> list[str] | None:
        """Return all who are kept off, or in the state that is wanted, where an index holds them and they are few."""
        if wanted.kept_off:
            keys = sa.select(t.suppression.c.key)
            off = sa.select(_PERSON.id).where(_PERSON.suppression_key.in_(keys)).limit(LOOKED_AT + 1)
            kept_off = [row.id for row in self._connection.execute(off)]
            return kept_off if len(kept_off) <= LOOKED_AT else None
        if not wanted.newsletters or wanted.state in (None, SubscriptionState.ACTIVE):
            return None
        rows = self._connection.execute(
            sa.select(_PLACE.subscriber).where(*_standing(wanted), _APART).limit(LOOKED_AT + 1)
        )
        found = [row.subscriber for row in rows]
        return found if len(found) <= LOOKED_AT else None

    def _found(self, found: Sequence[tuple[int, str]], further: str) -> Found:
        ids = [one for _, one in found]
        people = {
            row.id: (subscriber_of(row), row.reason or "")
            for row in self._connection.execute(
                sa.select(t.subscriber, t.suppression.c.reason)
                .outerjoin(t.suppression, t.suppression.c.key == _PERSON.suppression_key)
                .where(_PERSON.id.in_(ids))
            )
        }
        places: dict[str, list[Any]] = {one: [] for one in ids}
        for row in self._connection.execute(sa.select(t.subscription).where(_PLACE.subscriber.in_(ids))):
            places[row.subscriber].append(subscription_of(row))
        return Found(
            people=[Somebody(subscriber=people[one][0], places=places[one], kept_off=people[one][1]) for one in ids],
            further=further,
        )


#: as the index of those who are not active has it: SQLite uses it only where the statement says the same
_APART = _PLACE.state != sa.literal_column(f"'{SubscriptionState.ACTIVE}'")


def _ways(words: str) -> list[_Way]:
    """Return the ways of finding people by some words, those by address first."""
    plain = " ".join(unicodedata.normalize("NFC", words).split())
    ways = [_Way(_PERSON.comparable, plain.casefold())]
    if not plain:
        return ways
    first, _, last = plain.rpartition(" ")
    ways += [_Way(_PERSON.last_folded, one) for one in _folded(plain)]
    ways += [_Way(_PERSON.first_folded, one) for one in _folded(plain)]
    if first:
        named = sa.or_(*(_PERSON.first_folded == one for one in _folded(first)))
        ways += [_Way(_PERSON.last_folded, one, named) for one in _folded(last)]
    return ways


def _folded(words: str) -> Iterator[str]:
    """Yield how a name may lie in the database: it folds what is ASCII, and no other letter."""
    yield from dict.fromkeys(one.translate(_ASCII) for one in (words.casefold(), words.title(), words.upper()))


def _standing(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    states = [one for one in SubscriptionState if one != SubscriptionState.ERASED]
    wanted_states = states if wanted.state is None else [wanted.state]
    paused = [] if wanted.paused_at is None else [_PLACE.paused_until > wanted.paused_at]
    return [_PLACE.newsletter.in_(wanted.newsletters), _PLACE.state.in_(wanted_states), *paused]


def _passes(wanted: Wanted) -> sa.ColumnElement[bool]:
    """Return whether somebody has a place such as is wanted, and is kept off where that is."""
    kept_off = sa.exists().where(t.suppression.c.key == _PERSON.suppression_key) if wanted.kept_off else sa.true()
    if not wanted.newsletters:
        return kept_off
    return sa.and_(kept_off, sa.exists().where(_PLACE.subscriber == _PERSON.id, *_standing(wanted)))


def _read(after: str, ways: int) -> tuple[int, str]:
    """Return the way and the person at which a page ended; the very first where it says nothing of the kind."""
    number, _, person = after.partition("-")
    return (int(number), person) if number.isdecimal() and int(number) < ways else (0, "")
