"""The ledger's queries.

Every change of a delivery's state is a statement that names the state it comes from, so that two
processes can never both believe they made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from digest.domain.model import (
    Delivery,
    DeliveryState,
    EditionState,
    Letter,
    Subscriber,
    SubscriptionState,
    Withheld,
)
from digest.domain.ports import Named, Result, Tally, Worker
from digest.domain.states import may_move
from digest.store import tables as t

_D = t.delivery.c
#: what a row holds while nobody has it
_UNCLAIMED: dict[str, Any] = {
    "worker": None,
    "host": None,
    "boot": None,
    "pid": None,
    "lease": None,
    "started_at": None,
}


class SqlDeliveries:
    """The ledger (domain/ports, Deliveries)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def plan(self, rows: Sequence[tuple[Delivery, str]], now: datetime) -> None:
        """Insert (delivery, segment) rows; one that exists already stays as it is."""
        values = [
            {
                "edition": delivery.edition,
                "subscriber": delivery.subscriber,
                "segment": segment,
                "variant": delivery.variant,
                "wave": delivery.wave,
                "state": delivery.state,
                "reason": delivery.reason,
                "attempts": 0,
                "next_at": now,
            }
            for delivery, segment in rows
        ]
        if values:
            self._connection.execute(insert(t.delivery).on_conflict_do_nothing(), values)

    def claim(self, edition: str, worker: Worker, now: datetime, lease: datetime, limit: int) -> list[Letter]:
        """Claim up to `limit` due deliveries of an edition that is sending."""
        due = (
            sa.select(_D.subscriber)
            .join(t.edition, t.edition.c.id == _D.edition)
            .where(
                _D.edition == edition,
                _D.state == DeliveryState.PENDING,
                _D.next_at <= now,
                t.edition.c.state == EditionState.SENDING,
            )
            .order_by(_D.wave, _D.subscriber)
            .limit(limit)
        )
        held = {"worker": worker.id, "host": worker.host, "boot": worker.boot, "pid": worker.pid, "lease": lease}
        self._connection.execute(
            sa.update(t.delivery)
            .where(_D.edition == edition, _D.state == DeliveryState.PENDING, _D.subscriber.in_(due))
            .values(state=DeliveryState.CLAIMED, **held)
        )
        return self._claimed(edition, worker)

    def begin(self, letter: Letter, worker: Worker, now: datetime, lease: datetime) -> Withheld | None:
        """Mark that a body is about to be written; or say why it must not be."""
        mine = (*_row(letter.delivery), _D.state == DeliveryState.CLAIMED, _D.worker == worker.id)
        row = self._connection.execute(
            sa.select(
                t.edition.c.state,
                t.subscription.c.state.label("subscription"),
                t.subscription.c.paused_until,
                t.suppression.c.reason.label("kept_off"),
            )
            .select_from(t.delivery)
            .join(t.edition, t.edition.c.id == _D.edition)
            .join(t.subscriber, t.subscriber.c.id == _D.subscriber)
            .join(
                t.subscription,
                (t.subscription.c.subscriber == _D.subscriber)
                & (t.subscription.c.newsletter == t.edition.c.newsletter),
            )
            .outerjoin(t.suppression, t.suppression.c.key == t.subscriber.c.suppression_key)
            .where(*mine, _D.started_at.is_(None), _D.lease > now)
        ).one_or_none()
        if row is None:
            return Withheld(reason="the claim was lost to another worker", postponed=True)
        if row.state != EditionState.SENDING:
            return Withheld(reason=f"the edition is {row.state}", postponed=True)
        if row.subscription != SubscriptionState.ACTIVE:
            return Withheld(reason=f"{row.subscription} meanwhile")
        if row.kept_off is not None:
            return Withheld(reason=f"kept off: {row.kept_off}")
        if row.paused_until is not None and row.paused_until > now:
            return Withheld(reason="paused meanwhile")
        self._connection.execute(sa.update(t.delivery).where(*mine).values(started_at=now, lease=lease))
        return None

    def settle(self, results: Sequence[Result], worker: Worker) -> None:
        """Record what became of deliveries that this worker claimed.

        A row that was swept to unknown meanwhile may still become sent or failed: the answer is evidence.
        """
        for result in results:
            delivery = result.delivery
            values: dict[str, Any] = {
                "state": delivery.state,
                "reason": delivery.reason,
                "attempts": delivery.attempts,
                "reply": result.reply,
                "settled_at": result.at,
            }
            sources = [state for state in DeliveryState if may_move(state, delivery.state)]
            if delivery.state == DeliveryState.PENDING:
                values |= _UNCLAIMED | {"next_at": result.next_at or result.at, "settled_at": None}
                # only a person sends again what is unknown or failed
                sources = [DeliveryState.CLAIMED]
            self._connection.execute(
                sa.update(t.delivery)
                .where(*_row(delivery), _D.state.in_(sources), _D.worker == worker.id)
                .values(values)
            )

    def holders(self, edition: str | None = None) -> list[tuple[Worker, datetime]]:
        """Return the workers that hold claims, with the latest deadline of each one's leases."""
        statement = sa.select(_D.worker, _D.host, _D.boot, _D.pid, sa.func.max(_D.lease).label("lease")).where(
            _D.state == DeliveryState.CLAIMED
        )
        if edition is not None:
            statement = statement.where(_D.edition == edition)
        rows = self._connection.execute(statement.group_by(_D.worker, _D.host, _D.boot, _D.pid))
        return [(Worker(id=row.worker, host=row.host, boot=row.boot, pid=row.pid), row.lease) for row in rows]

    def sweep(self, worker: str, now: datetime) -> tuple[int, int]:
        """Release a gone worker's claims: (back to pending, unknown)."""
        released = self.release(worker)
        doubtful = self._connection.execute(
            sa.update(t.delivery)
            .where(_D.worker == worker, _D.state == DeliveryState.CLAIMED)
            .values(
                state=DeliveryState.UNKNOWN,
                reason="the program stopped after it had begun this message and before it knew the answer",
                settled_at=now,
            )
        )
        return released, doubtful.rowcount

    def release(self, worker: str) -> int:
        """Give back one's own claims whose body was not begun."""
        done = self._connection.execute(
            sa.update(t.delivery)
            .where(_D.worker == worker, _D.state == DeliveryState.CLAIMED, _D.started_at.is_(None))
            .values(state=DeliveryState.PENDING, **_UNCLAIMED)
        )
        return done.rowcount

    def open(self, edition: str) -> tuple[int, datetime | None]:
        """Return how many are pending or claimed, and when the next pending one is due."""
        count = self._connection.execute(
            sa.select(sa.func.count())
            .select_from(t.delivery)
            .where(_D.edition == edition, _D.state.in_((DeliveryState.PENDING, DeliveryState.CLAIMED)))
        ).scalar_one()
        due = self._connection.execute(
            sa.select(_D.next_at)
            .where(_D.edition == edition, _D.state == DeliveryState.PENDING)
            .order_by(_D.next_at)
            .limit(1)
        ).scalar()
        return count, due

    def tally(self, edition: str) -> list[Tally]:
        """Count an edition's deliveries by segment, state and reason."""
        rows = self._connection.execute(
            sa.select(_D.segment, _D.state, _D.reason, sa.func.count().label("people"))
            .where(_D.edition == edition)
            .group_by(_D.segment, _D.state, _D.reason)
            .order_by(_D.segment, _D.state, _D.reason)
        )
        return [Tally(segment=row.segment, state=row.state, reason=row.reason, count=row.people) for row in rows]

    def named(self, edition: str, states: Sequence[DeliveryState]) -> list[Named]:
        """Return an edition's deliveries in these states, by address."""
        rows = self._connection.execute(
            sa.select(t.subscriber.c.address, _D.state, _D.reason, _D.reply)
            .join(t.subscriber, t.subscriber.c.id == _D.subscriber)
            .where(_D.edition == edition, _D.state.in_(states))
            .order_by(_D.state, t.subscriber.c.address)
        )
        return [Named(address=row.address, state=row.state, reason=row.reason, reply=row.reply) for row in rows]

    def _claimed(self, edition: str, worker: Worker) -> list[Letter]:
        rows = self._connection.execute(
            sa.select(t.delivery, t.subscriber)
            .join(t.subscriber, t.subscriber.c.id == _D.subscriber)
            .where(
                _D.edition == edition,
                _D.state == DeliveryState.CLAIMED,
                _D.worker == worker.id,
                _D.started_at.is_(None),
            )
            .order_by(_D.wave, _D.subscriber)
        )
        return [_letter_of(row) for row in rows]


def _row(delivery: Delivery) -> tuple[sa.ColumnElement[bool], ...]:
    return (_D.edition == delivery.edition, _D.subscriber == delivery.subscriber)


def _letter_of(row: sa.Row[Any]) -> Letter:
    return Letter(
        delivery=Delivery(
            edition=row.edition,
            subscriber=row.subscriber,
            state=DeliveryState.CLAIMED,
            variant=row.variant,
            wave=row.wave,
            attempts=row.attempts,
        ),
        subscriber=Subscriber(
            id=row.subscriber,
            address=row.address,
            first_name=row.first_name,
            last_name=row.last_name,
            tags=tuple(row.tags),
            fields=row.fields,
        ),
    )
