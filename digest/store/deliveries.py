"""The ledger's queries.

Every change of a delivery's state is a statement that names the state it comes from, so that two
processes can never both believe they made it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import (
    NEAREST,
    Delivery,
    DeliveryState,
    EditionState,
    Letter,
    SubscriptionState,
)
from digest.domain.ports import Early, Entry, Holder, Named, Page, Result, Tally, Worker
from digest.domain.states import may_move
from digest.stages.waves import REST
from digest.store import claiming
from digest.store import tables as t
from digest.store.claiming import CLAIMED, EARLY, PENDING, of_edition
from digest.store.dialects import insert
from digest.store.following import keep_pace
from digest.store.in_one import column, given, stored

_D = t.delivery.c


_KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "edition": sa.Text(),
    "subscriber": sa.Text(),
    "claim": sa.Integer(),
    "reason": sa.Text(),
    "attempts": sa.Integer(),
    "reply": sa.Text(),
    "at": t.Utc(),
    "next_at": t.Utc(),
}
_NEW = {name: column(number, kind) for number, (name, kind) in enumerate(_KINDS.items())}
_SETTLE = (
    sa.update(t.delivery)
    .where(
        _D.edition == _NEW["edition"],
        _D.subscriber == _NEW["subscriber"],
        _D.claim == _NEW["claim"],
        _D.worker == sa.bindparam("of_worker"),
    )
    .values(reason=_NEW["reason"], attempts=_NEW["attempts"], reply=_NEW["reply"])
)
#: what counts to how many go a second
_ANSWERED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN)
#: what a row that goes back holds: nobody has it
_FREED: dict[str, Any] = {"worker": None, "claim": None, "settled_at": None, "next_at": _NEW["next_at"]}
#: deliveries, each with its person and whether that person may be mailed
_WITH_PERSON = (
    t.delivery.join(t.edition, t.edition.c.id == _D.edition)
    .join(t.subscriber, t.subscriber.c.id == _D.subscriber)
    .join(
        t.subscription,
        (t.subscription.c.subscriber == _D.subscriber) & (t.subscription.c.newsletter == t.edition.c.newsletter),
    )
    .outerjoin(t.suppression, t.suppression.c.key == t.subscriber.c.suppression_key)
)
_WITHHELD = (
    sa.select(_D.subscriber, t.subscription.c.state.label("subscription"), t.suppression.c.reason.label("kept_off"))
    .select_from(_WITH_PERSON)
    .where(
        of_edition(sa.bindparam("of_edition")),
        CLAIMED,
        _D.worker == sa.bindparam("of_worker"),
        (t.subscription.c.state != SubscriptionState.ACTIVE)
        | t.suppression.c.reason.is_not(None)
        | (t.subscription.c.paused_until > sa.bindparam("of_now", type_=t.Utc())),
    )
)
_WITHHELD_OF_CLAIM = _WITHHELD.where(_D.claim == sa.bindparam("of_claim"))
_PLANNED = ("edition", "subscriber", "segment", "variant", "wave", "state", "reason")
_PLANNED_KINDS = {"wave": sa.Integer()}
_PLAN = (
    insert(t.delivery)
    .from_select(
        [*_PLANNED, "attempts", "next_at"],
        # a condition parts the rows from ON CONFLICT, as SQLite's grammar wants
        sa.select(
            *(column(number, _PLANNED_KINDS.get(name)) for number, name in enumerate(_PLANNED)),
            sa.literal(0),
            sa.bindparam("of_now", type_=t.Utc()),
        ).where(sa.true()),
    )
    .on_conflict_do_nothing()
)


class SqlDeliveries:
    """The ledger (domain/ports, Deliveries)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def plan_alone(self, edition: str) -> None:
        """Wait until nobody else plans an edition, and let nobody until the end of the transaction."""
        # in SQLite one writes at a time; in PostgreSQL rows that name the edition may be added meanwhile
        mine = sa.select(t.edition.c.id).where(t.edition.c.id == edition).with_for_update(key_share=True)
        self._connection.execute(mine)

    def plan(self, rows: Sequence[tuple[Delivery, str]], now: datetime) -> None:
        """Insert (delivery, segment) rows; one that exists already stays as it is."""
        planned = [
            (one.edition, one.subscriber, segment, one.variant, one.wave, one.state, one.reason)
            for one, segment in rows
        ]
        self._connection.execute(_PLAN, {**given(planned), "of_now": now})

    def claim(self, edition: str, worker: Worker, number: int, now: datetime, wave: int, limit: int) -> list[Letter]:
        """Claim up to `limit` due deliveries of the waves up to `wave` of an edition that is sending."""
        state = self._connection.execute(sa.select(t.edition.c.state).where(t.edition.c.id == edition)).scalar()
        if state != EditionState.SENDING:
            return []
        return claiming.claim(self._connection, edition, worker.id, number, now, wave, limit)

    def withheld(self, edition: str, worker: Worker, now: datetime, claim: int | None = None) -> dict[str, str]:
        """Return which of a worker's claimed deliveries may not be begun any more, and why, by subscriber."""
        statement = _WITHHELD if claim is None else _WITHHELD_OF_CLAIM
        values = {"of_edition": edition, "of_worker": worker.id, "of_now": now, "of_claim": claim}
        return {row.subscriber: _why(row) for row in self._connection.execute(statement, values)}

    def settle(self, results: Sequence[Result], worker: Worker) -> None:
        """Record what became of deliveries that this worker claimed.

        A row that was swept to unknown meanwhile may still become sent or failed: the answer is evidence.
        """
        for state, those in itertools.groupby(sorted(results, key=_state), key=_state):
            rows = given([_told(result) for result in those])
            if state == DeliveryState.PENDING:
                # only a person sends again what is unknown or failed
                sources = [DeliveryState.CLAIMED]
                changes = _FREED
            else:
                sources = [one for one in DeliveryState if may_move(one, state)]
                changes = {"settled_at": _NEW["at"]}
            if state == DeliveryState.SENT:
                # why they got this variant is true for ever
                changes["reason"] = sa.case((_D.reason == NEAREST, _D.reason), else_=_NEW["reason"])
            statement = _SETTLE.where(_D.state.in_(sources)).values(state=state, **changes)
            self._connection.execute(statement, {**rows, "of_worker": worker.id})
        answered = [one for one in results if one.delivery.state in _ANSWERED]
        if answered:
            last = answered[-1]
            keep_pace(self._connection, last.delivery.edition, last.at, len(answered))

    def holders(self, edition: str) -> list[Holder]:
        """Return the workers that hold claims of an edition."""
        held = sa.select(_D.worker).where(of_edition(edition), CLAIMED)
        rows = self._connection.execute(sa.select(t.worker).where(t.worker.c.id.in_(held)))
        return [
            Holder(
                worker=Worker(id=row.id, host=row.host, boot=row.boot, pid=row.pid),
                lease=row.lease,
                written=row.written,
            )
            for row in rows
        ]

    def holding(self) -> set[str]:
        """Return the ids of all workers that hold claims of any edition."""
        return set(self._connection.execute(sa.select(_D.worker).where(CLAIMED).distinct()).scalars())

    def held(self, edition: str, worker: Worker) -> list[Letter]:
        """Return the letters of an edition that a worker holds claims of."""
        return claiming.held(self._connection, edition, worker.id)

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
        untried = CLAIMED | (PENDING & (_D.attempts == 0))
        row = self._connection.execute(
            sa.select(sa.func.count().filter(untried), sa.func.max(_D.settled_at)).where(
                of_edition(edition), EARLY, _D.state != DeliveryState.SKIPPED
            )
        ).one()
        return Early(untried=row[0], last_at=row[1])

    def open(self, edition: str, wave: int = REST) -> tuple[int, datetime | None]:
        """Return how many are pending or claimed, and when the next pending one of the waves up to `wave` is due."""
        counts = [
            sa.select(sa.func.count()).select_from(t.delivery).where(of_edition(edition), state).scalar_subquery()
            for state in (PENDING, CLAIMED)
        ]
        count = self._connection.execute(sa.select(counts[0] + counts[1])).scalar_one()
        # of each wave the first in the order of an index
        firsts = [
            self._connection.execute(
                sa.select(sa.func.min(_D.next_at)).where(_D.edition == edition, PENDING, _D.wave == one)
            ).scalar()
            for one in range(wave + 1)
        ]
        due = min((first for first in firsts if first is not None), default=None)
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

    def entries(self, edition: str, page: Page) -> list[Entry]:
        """Return a page of an edition's deliveries, in the order of their subscribers' ids."""
        wanted = [_D.edition == edition, _D.subscriber > page.after]
        if page.states:
            wanted.append(_D.state.in_(page.states))
        if page.subscribers:
            wanted.append(_D.subscriber.in_(page.subscribers))
        people = t.subscriber.c
        rows = self._connection.execute(
            sa.select(
                t.delivery,
                people.address,
                people.first_name,
                people.last_name,
                t.subscription.c.state.label("subscription"),
                t.subscription.c.paused_until,
                t.suppression.c.reason.label("kept_off"),
            )
            .select_from(_WITH_PERSON)
            .where(*wanted)
            .order_by(_D.subscriber)
            .limit(page.limit)
        )
        return [_entry_of(row, page.now) for row in rows]

    def free(self, edition: str, subscribers: Sequence[str], now: datetime) -> int:
        """Let what is unknown or failed wait for another first try, as a person decided; return how many do.

        It is of no claim any more, so that a late answer to the one before changes nothing.
        """
        sources = [
            one for one in DeliveryState if one != DeliveryState.CLAIMED and may_move(one, DeliveryState.PENDING)
        ]
        anew = {"reason": "", "reply": "", "attempts": 0, "worker": None, "claim": None, "settled_at": None}
        return self._connection.execute(
            sa.update(t.delivery)
            .where(_D.edition == edition, _D.subscriber.in_(subscribers), _D.state.in_(sources))
            .values(state=DeliveryState.PENDING, next_at=now, **anew)
        ).rowcount


def _why(row: Any) -> str:
    if row.subscription != SubscriptionState.ACTIVE:
        return f"{row.subscription} meanwhile"
    return f"kept off: {row.kept_off}" if row.kept_off is not None else "paused meanwhile"


def _state(result: Result) -> DeliveryState:
    return result.delivery.state


def _told(result: Result) -> tuple[object, ...]:
    """Return a result as `_NEW` reads it."""
    delivery = result.delivery
    return (
        delivery.edition,
        delivery.subscriber,
        result.claim,
        delivery.reason,
        delivery.attempts,
        result.reply,
        stored(result.at),
        stored(result.next_at or result.at),
    )


def _entry_of(row: Any, now: datetime) -> Entry:
    state = DeliveryState(row.state)
    mailable = row.subscription == SubscriptionState.ACTIVE and row.kept_off is None
    paused = row.paused_until is not None and row.paused_until > now
    return Entry(
        subscriber=row.subscriber,
        address=row.address,
        name=f"{row.first_name} {row.last_name}".strip(),
        segment=row.segment,
        variant=row.variant,
        state=state,
        reason=row.reason,
        reply=row.reply,
        attempts=row.attempts,
        next_at=row.next_at if state == DeliveryState.PENDING else None,
        settled_at=row.settled_at,
        withheld="" if mailable and not paused else _why(row),
    )
