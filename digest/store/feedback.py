"""Queries about what came back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from digest.domain.model import DeliveryState, FeedbackKind
from digest.store import tables as t
from digest.store.dialects import Day, insert


class SqlFeedback:
    """What came back (domain/ports, Feedback)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        key: str,
        at: datetime,
        *,
        subscriber: str,
        newsletter: str,
        edition: str,
        kind: str,
        status: str,
        how: str,
    ) -> bool:
        """Keep a report; False where it is kept already, by its key."""
        values = {
            "key": key,
            "at": at,
            "subscriber": subscriber,
            "newsletter": newsletter,
            "edition": edition,
            "kind": kind,
            "status": status,
            "how": how,
        }
        statement = insert(t.feedback).values(values).on_conflict_do_nothing(index_elements=["key"])
        return self._connection.execute(statement).rowcount == 1

    def failed(self, edition: str, subscriber: str, status: str, at: datetime) -> None:
        """Say of a delivery in doubt that it failed: a bounce is evidence. What was sent stays sent."""
        mine = (
            t.delivery.c.edition == edition,
            t.delivery.c.subscriber == subscriber,
            t.delivery.c.state == DeliveryState.UNKNOWN,
        )
        values = {"state": DeliveryState.FAILED, "reason": f"it came back: {status}".rstrip(": "), "settled_at": at}
        self._connection.execute(sa.update(t.delivery).where(*mine).values(values))

    def soft(self, subscriber: str, since: datetime) -> int:
        """Count somebody's soft bounces since then; those of one edition, or of one day, are one."""
        # a mail that is put off for days comes back with a warning each day
        about = sa.case((t.feedback.c.edition != "", t.feedback.c.edition), else_=Day(t.feedback.c.at))
        return self._connection.execute(
            sa.select(sa.func.count(sa.distinct(about))).where(
                t.feedback.c.subscriber == subscriber,
                t.feedback.c.kind == FeedbackKind.SOFT,
                t.feedback.c.at >= since,
            )
        ).scalar_one()
