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
)
from digest.domain.ports import Early, Holder, Named, Result, Tally, Worker
from digest.domain.states import may_move
from digest.stages.waves import REST
from digest.store import tables as t

_D = t.delivery.c
#: what a row that goes back holds: nobody has it
_UNCLAIMED: dict[str, Any] = {
    "worker": None,
    "claim": None,
    "settled_at": None,
    "next_at": sa.bindparam("of_next"),
}
_SETTLE = (
    sa.update(t.delivery)
    .where(
        _D.edition == sa.bindparam("of_edition"),
        _D.subscriber == sa.bindparam("of_subscriber"),
        _D.worker == sa.bindparam("of_worker"),
        _D.claim == sa.bindparam("of_claim"),
    )
    .values(
        state=sa.bindparam("to_state"),
        reason=sa.bindparam("to_reason"),
        attempts=sa.bindparam("to_attempts"),
        reply=sa.bindparam("to_reply"),
    )
)


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

    def claim(self, edition: str, worker: Worker, number: int, now: datetime, wave: int, limit: int) -> list[Letter]:
        """Claim up to `limit` due deliveries of the waves up to `wave` of an edition that is sending."""
        state = self._connection.execute(sa.select(t.edition.c.state).where(t.edition.c.id == edition)).scalar()
        left = limit
        for one in range(wave + 1) if state == EditionState.SENDING else ():
            # in the order of the index: with one over all waves, a million rows would be sorted for each claim
            due = (
                sa.select(_D.subscriber)
                .where(_D.edition == edition, _D.state == DeliveryState.PENDING, _D.wave == one, _D.next_at <= now)
                .order_by(_D.next_at)
                .limit(left)
            )
            left -= self._connection.execute(
                sa.update(t.delivery)
                .where(_D.edition == edition, _D.subscriber.in_(due))
                .values(state=DeliveryState.CLAIMED, worker=worker.id, claim=number)
            ).rowcount
            if not left:
                break
        return self._letters(edition, worker, _D.claim == number) if left < limit else []

    def withheld(self, edition: str, worker: Worker, now: datetime) -> dict[str, str]:
        """Return which of a worker's claimed deliveries may not be begun any more, and why, by subscriber."""
        rows = self._connection.execute(
            sa.select(
                _D.subscriber,
                t.subscription.c.state.label("subscription"),
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
            .where(
                *_held(edition, worker),
                (t.subscription.c.state != SubscriptionState.ACTIVE)
                | t.suppression.c.reason.is_not(None)
                | (t.subscription.c.paused_until > now),
            )
        )
        return {row.subscriber: _why(row) for row in rows}

    def settle(self, results: Sequence[Result], worker: Worker) -> None:
        """Record what became of deliveries that this worker claimed.

        A row that was swept to unknown meanwhile may still become sent or failed: the answer is evidence.
        """
        by_state: dict[DeliveryState, list[Result]] = {}
        for result in results:
            by_state.setdefault(result.delivery.state, []).append(result)
        for state, those in by_state.items():
            if state == DeliveryState.PENDING:
                # only a person sends again what is unknown or failed
                statement = _SETTLE.where(_D.state == DeliveryState.CLAIMED).values(_UNCLAIMED)
            else:
                sources = [_D.state == one for one in DeliveryState if may_move(one, state)]
                statement = _SETTLE.where(sa.or_(*sources)).values(settled_at=sa.bindparam("of_at"))
            self._connection.execute(statement, [_values(result, worker) for result in those])

    def holders(self, edition: str) -> list[Holder]:
        """Return the workers that hold claims of an edition."""
        held = sa.select(_D.worker).where(_D.edition == edition, _D.state == DeliveryState.CLAIMED)
        rows = self._connection.execute(sa.select(t.worker).where(t.worker.c.id.in_(held)))
        return [
            Holder(
                worker=Worker(id=row.id, host=row.host, boot=row.boot, pid=row.pid),
                lease=row.lease,
                written=row.written,
            )
            for row in rows
        ]

    def held(self, edition: str, worker: Worker) -> list[Letter]:
        """Return the letters of an edition that a worker holds claims of."""
        return self._letters(edition, worker)

    def enter(self, worker: Worker, lease: datetime) -> None:
        """Write a worker down, so that it may claim."""
        self._connection.execute(
            sa.insert(t.worker).values(
                id=worker.id, host=worker.host, boot=worker.boot, pid=worker.pid, lease=lease, written=0
            )
        )

    def renew(self, worker: Worker, lease: datetime, written: int) -> None:
        """Write down until when a worker's claims are its own, and how many records its journal has."""
        self._connection.execute(
            sa.update(t.worker).where(t.worker.c.id == worker.id).values(lease=lease, written=written)
        )

    def early(self, edition: str) -> Early:
        """Return how far the waves are that come before the rest."""
        of_them = (_D.edition == edition, _D.wave < REST)
        untried = (_D.state == DeliveryState.CLAIMED) | ((_D.state == DeliveryState.PENDING) & (_D.attempts == 0))
        row = self._connection.execute(
            # each state by name, so that an index is read and not the whole edition
            sa.select(sa.func.count().filter(untried), sa.func.max(_D.settled_at)).where(
                *of_them, _D.state.in_([one for one in DeliveryState if one != DeliveryState.SKIPPED])
            )
        ).one()
        return Early(untried=row[0], last_at=row[1])

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

    def _letters(self, edition: str, worker: Worker, *further: sa.ColumnElement[bool]) -> list[Letter]:
        people = t.subscriber.c
        rows = self._connection.execute(
            sa.select(
                _D.subscriber,
                _D.variant,
                _D.wave,
                _D.attempts,
                _D.claim,
                people.address,
                people.first_name,
                people.last_name,
            )
            .join(t.subscriber, people.id == _D.subscriber)
            .where(*_held(edition, worker), *further)
            .order_by(_D.wave, _D.next_at, _D.subscriber)
        )
        return [_letter_of(edition, row) for row in rows]


def _held(edition: str, worker: Worker) -> tuple[sa.ColumnElement[bool], ...]:
    return (_D.edition == edition, _D.state == DeliveryState.CLAIMED, _D.worker == worker.id)


def _why(row: Any) -> str:
    if row.subscription != SubscriptionState.ACTIVE:
        return f"{row.subscription} meanwhile"
    return f"kept off: {row.kept_off}" if row.kept_off is not None else "paused meanwhile"


def _values(result: Result, worker: Worker) -> dict[str, Any]:
    delivery = result.delivery
    return {
        "of_edition": delivery.edition,
        "of_subscriber": delivery.subscriber,
        "of_worker": worker.id,
        "of_claim": result.claim,
        "of_at": result.at,
        "of_next": result.next_at or result.at,
        "to_state": delivery.state,
        "to_reason": delivery.reason,
        "to_attempts": delivery.attempts,
        "to_reply": result.reply,
    }


def _letter_of(edition: str, row: Any) -> Letter:
    subscriber, variant, wave, attempts, claim, address, first_name, last_name = row
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
