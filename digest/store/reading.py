"""Queries about reading links, and what people said by them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from digest.domain.model import Comment, ReadingLink
from digest.store import tables as t


class SqlReadingLinks:
    """Links by which people without an account read an edition (domain/ports, ReadingLinks)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, link: ReadingLink) -> None:
        """Keep a link."""
        self._connection.execute(sa.insert(t.reading), asdict(link))

    def get(self, key: str) -> ReadingLink | None:
        """Return a link, also where it has ended or was withdrawn."""
        row = self._connection.execute(sa.select(t.reading).where(t.reading.c.key == key)).one_or_none()
        return ReadingLink(**row._mapping) if row is not None else None

    def of(self, edition: str) -> list[ReadingLink]:
        """Return an edition's links, the first one first."""
        theirs = sa.select(t.reading).where(t.reading.c.edition == edition)
        rows = self._connection.execute(theirs.order_by(t.reading.c.made_at, t.reading.c.key))
        return [ReadingLink(**row._mapping) for row in rows]

    def withdraw(self, key: str, who: str, at: datetime) -> bool:
        """Withdraw a link; False where it was withdrawn before."""
        mine = (t.reading.c.key == key, t.reading.c.withdrawn_at.is_(None))
        done = self._connection.execute(sa.update(t.reading).where(*mine).values(withdrawn_at=at, withdrawn_by=who))
        return bool(done.rowcount)

    def said(self, key: str) -> int:
        """Count the comments that came by a link."""
        mine = sa.select(sa.func.count()).select_from(t.comment).where(t.comment.c.reading == key)
        return int(self._connection.execute(mine).scalar_one())

    def say(self, comment: Comment) -> None:
        """Keep a comment."""
        self._connection.execute(sa.insert(t.comment), asdict(comment))

    def comments(self, edition: str) -> list[Comment]:
        """Return what was said to an edition, the first one first."""
        theirs = sa.select(t.comment).where(t.comment.c.edition == edition)
        rows = self._connection.execute(theirs.order_by(t.comment.c.at, t.comment.c.id))
        return [Comment(**row._mapping) for row in rows]

    def settle(self, comment: str, who: str, at: datetime) -> bool:
        """Mark a comment as settled; False where there is none, or it was settled before."""
        open_one = (t.comment.c.id == comment, t.comment.c.settled_at.is_(None))
        done = self._connection.execute(sa.update(t.comment).where(*open_one).values(settled_at=at, settled_by=who))
        return bool(done.rowcount)

    def forget(self, before: datetime) -> int:
        """Drop the links and comments of editions whose slot is before then; return how many links there were."""
        old = sa.select(t.edition.c.id).where(t.edition.c.slot < before)
        self._connection.execute(sa.delete(t.comment).where(t.comment.c.edition.in_(old)))
        return self._connection.execute(sa.delete(t.reading).where(t.reading.c.edition.in_(old))).rowcount
