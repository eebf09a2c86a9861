"""Queries that find something by a few words of it.

Editions and their stories are some thousands: they are read through. People may be a million: three indices find them,
each by the first letters alone, and no more of each than somebody would look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from digest.domain.ports.search import FoundPerson, FoundStory
from digest.store import tables as t

_P, _E, _I, _V = t.subscriber.c, t.edition.c, t.insight.c, t.variant.c
_FIRST, _LAST = _P.first_folded, _P.last_folded
#: after every text that begins as another does
_END = "\U0010ffff"


class SqlSearch:
    """Finds by words (domain/ports, Search)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def subjects(self, words: Sequence[str]) -> dict[str, str]:
        """Return edition -> a subject of it that holds all words."""
        rows = self._connection.execute(sa.select(_V.edition, _V.subject).where(*_holds(_V.subject, words)))
        return {row.edition: row.subject for row in rows}

    def stories(self, words: Sequence[str], limit: int) -> list[FoundStory]:
        """Return the stories whose title holds all words, of the latest editions first."""
        told = sa.func.coalesce(sa.func.nullif(t.placement.c.wording["title"].as_string(), ""), _I.title)
        rows = self._connection.execute(
            sa.select(
                t.placement.c.story, told.label("title"), t.placement.c.theme,
                _E.id, _E.number, _E.newsletter, _E.slot,
            )
            .select_from(t.placement)
            .join(t.insight, _I.id == t.placement.c.story)
            .join(t.edition, _E.id == t.placement.c.edition)
            .where(t.placement.c.first_in.is_(None), *_holds(told, words))
            .order_by(_E.slot.desc(), t.placement.c.position)
            .limit(limit)
        )  # fmt: skip
        return [
            FoundStory(
                story=row.story,
                title=row.title,
                theme=row.theme,
                edition=row.id,
                number=row.number,
                newsletter=row.newsletter,
                slot=row.slot,
            )
            for row in rows
        ]

    def people(self, words: Sequence[str], limit: int) -> list[FoundPerson]:
        """Return people whose address or name begins with the words: by their addresses, up to so many of each kind."""
        # ids first, which an index holds: asked for with all else, SQLite would rather read everybody
        ids = sa.union(*(sa.select(one.c.id) for one in self._kinds(words, limit)))
        rows = self._connection.execute(
            sa.select(_P.id, _P.address, _P.first_name, _P.last_name)
            .where(_P.id.in_(ids))
            .order_by(_P.comparable)
            .limit(limit)
        )
        return [
            FoundPerson(id=row.id, address=row.address, name=f"{row.first_name} {row.last_name}".strip())
            for row in rows
        ]

    def _kinds(self, words: Sequence[str], limit: int) -> Iterator[sa.Subquery]:
        def some(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
            # who was erased has no address, and a spelling that is none: “erased” must not lead to them
            return sa.select(_P.id).where(*conditions, _P.address != "").limit(limit).subquery()

        if len(words) == 1:
            yield some(_begins(_P.comparable, words[0].casefold()))
        # a name of several words may be parted anywhere, and half of it may be all that was typed
        for whole in _as_written(" ".join(words)):
            yield some(_begins(_FIRST, whole))
            yield some(_begins(_LAST, whole))
        for at in range(1, len(words)):
            for first in _as_written(" ".join(words[:at])):
                for last in _as_written(" ".join(words[at:])):
                    yield some(_begins(_LAST, last), _begins(_FIRST, first))


def _begins(column: sa.ColumnElement[str], words: str) -> sa.ColumnElement[bool]:
    return (column >= words) & (column < words + _END)


def _holds(column: sa.ColumnElement[str], words: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    return [column.icontains(word, autoescape=True) for word in words]


def _as_written(words: str) -> set[str]:
    """Return how a name may begin once SQLite has made its A–Z small, which are all the capitals that it knows."""
    small = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
    return {one.translate(small) for one in (words, words.lower(), words.title())}
