"""Queries about what staff decided about themes, and about vectors that were made before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Review, Reviewed
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert

_OF_LEFT: tuple[sa.ColumnElement[Any], ...] = (
    t.insight.c.id,
    t.insight.c.title,
    t.insight.c.summary,
    t.placement.c.edition,
    t.placement.c.theme,
    t.placement.c.check,
    t.edition.c.approved_by,
    t.edition.c.approved_at,
)


class SqlReviews:
    """What staff decided about themes (domain/ports, Reviews)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, newsletter: str, reviewed: Reviewed) -> None:
        """Record a decision that was made by hand."""
        names = ("edition", "insight", "at", "who", "before", "checked", "theme")
        values = {name: getattr(reviewed, name) for name in names}
        self._connection.execute(sa.insert(t.reviewed).values(newsletter=newsletter, **values))

    def turn(self, edition: str, at: datetime, *, withdrawn: bool) -> None:
        """Withdraw what was decided in a step of an edition, by its time, or let it count again."""
        mine = (t.reviewed.c.edition == edition, t.reviewed.c.at == at)
        self._connection.execute(sa.update(t.reviewed).where(*mine).values(withdrawn=withdrawn))

    def by_hand(self, newsletter: str) -> list[Reviewed]:
        """Return the decisions that were made by hand, first to last."""
        rows = self._connection.execute(
            sa.select(t.reviewed, t.insight.c.title, t.insight.c.summary)
            .join(t.insight, t.insight.c.id == t.reviewed.c.insight)
            .where(t.reviewed.c.newsletter == newsletter, ~t.reviewed.c.withdrawn)
            .order_by(t.reviewed.c.id)
        )
        return [_by_hand(row) for row in rows]

    def left(self, newsletter: str, limit: int) -> list[Reviewed]:
        """Return the last stories that stood in approved editions and that nobody decided about by hand, first to last.

        They are not stored a second time: the approval, the place and the mark say it all, and an approval that is
        taken back takes them with it.
        """
        mine = (t.reviewed.c.newsletter == newsletter, ~t.reviewed.c.withdrawn)
        decided = sa.select(t.reviewed.c.insight).where(*mine)
        rows = self._connection.execute(
            sa.select(*_OF_LEFT)
            .join(t.placement, t.placement.c.story == t.insight.c.id)
            .join(t.edition, t.edition.c.id == t.placement.c.edition)
            .where(
                t.edition.c.newsletter == newsletter,
                t.edition.c.approved_by != "",
                # once, where it stood first
                t.placement.c.first_in.is_(None),
                t.insight.c.id.not_in(decided),
            )
            .order_by(t.edition.c.approved_at.desc().nulls_last(), t.placement.c.edition, t.placement.c.position)
            .limit(limit)
        )
        return [_left(row) for row in rows][::-1]


class SqlVectors:
    """Vectors that were made before (domain/ports, Vectors)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def recall(self, encoder: str, texts: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors that are known of these texts, by the SHA-256 (hex) of each."""
        found: dict[str, bytes] = {}
        for some in batches(texts):
            rows = self._connection.execute(
                sa.select(t.vector.c.text, t.vector.c.numbers).where(
                    t.vector.c.encoder == encoder, t.vector.c.text.in_(some)
                )
            )
            found |= {row.text: row.numbers for row in rows}
        return found

    def keep(self, encoder: str, made: Mapping[str, bytes], needed: Sequence[str], at: datetime) -> None:
        """Keep vectors, and remember which of the old ones were needed."""
        for some in batches(needed):
            self._connection.execute(
                sa.update(t.vector).where(t.vector.c.encoder == encoder, t.vector.c.text.in_(some)).values(used=at)
            )
        rows = [{"encoder": encoder, "text": text, "used": at, "numbers": numbers} for text, numbers in made.items()]
        if rows:
            # another process may have made the same meanwhile
            self._connection.execute(insert(t.vector).on_conflict_do_nothing(), rows)

    def forget(self, before: datetime) -> None:
        """Drop the vectors that nobody needed since then."""
        self._connection.execute(sa.delete(t.vector).where(t.vector.c.used < before))


def _by_hand(row: sa.Row[Any]) -> Reviewed:
    return Reviewed(
        title=row.title,
        summary=row.summary,
        theme=row.theme,
        review=Review.KEPT if row.theme == row.before else Review.MOVED,
        who=row.who,
        at=row.at,
        insight=row.insight,
        edition=row.edition,
        before=row.before,
        checked=row.checked,
    )


def _left(row: sa.Row[Any]) -> Reviewed:
    return Reviewed(
        title=row.title,
        summary=row.summary,
        theme=row.theme,
        review=Review.LEFT,
        who=row.approved_by,
        at=row.approved_at,
        insight=row.id,
        edition=row.edition,
        before=row.theme,
        checked=row.check,
    )
