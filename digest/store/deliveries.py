"""The ledger's queries.

Every change of a delivery's state is a statement that names the state it comes from, so that two
processes can never both believe they made it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from digest.domain.model import (
    NEAREST,
    Delivery,
    DeliveryState,
    EditionState,
    Letter,
    Subscriber,
    SubscriptionState,
)
from digest.domain.ports import Early, Entry, Holder, Named, Page, Result, Tally, Worker
from digest.domain.states import may_move
from digest.stages.waves import REST
from digest.store import tables as t
from digest.store.following import keep_pace
from digest.store.in_one import column, fetched, given, stored, whole

_D = t.delivery.c


def _of(edition: object) -> sa.ColumnElement[bool]:
    """Return what holds for the rows of an edition, where an index has few rows anyway.

    It is joined to nothing: unasked, SQLite would rather read all of the edition in the order of its key.
    """
    return _D.edition.concat("") == edition


# SQLite uses an index of some rows only where the statement names the same constant
_PENDING = _D.state == sa.literal_column(f"'{DeliveryState.PENDING}'")
_CLAIMED = _D.state == sa.literal_column(f"'{DeliveryState.CLAIMED}'")
_EARLY = _D.wave < sa.literal_column(str(REST))
_NEW = {
    name: column(number)
    for number, name in enumerate(("edition", "subscriber", "claim", "reason", "attempts", "reply", "at", "next_at"))
}
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
# in the order of the index: with one over all waves, a million rows would be sorted for each claim
_DUE = (
    sa.select(_D.subscriber)
    .where(
        _D.edition == sa.bindparam("of_edition"),
        _PENDING,
        _D.wave == sa.bindparam("of_wave"),
        _D.next_at <= sa.bindparam("of_now", type_=t.Utc()),
    )
    .order_by(_D.next_at)
    .limit(sa.bindparam("of_limit"))
)
_CLAIM = (
    sa.update(t.delivery)
    .where(_D.edition == sa.bindparam("of_edition"), _D.subscriber.in_(_DUE))
    .values(state=DeliveryState.CLAIMED, worker=sa.bindparam("to_worker"), claim=sa.bindparam("to_claim"))
)
_LETTERS = (
    sa.select(
        _D.subscriber,
        _D.variant,
        _D.wave,
        _D.attempts,
        _D.claim,
        t.subscriber.c.address,
        t.subscriber.c.first_name,
        t.subscriber.c.last_name,
    )
    .join(t.subscriber, t.subscriber.c.id == _D.subscriber)
    .where(_of(sa.bindparam("of_edition")), _CLAIMED, _D.worker == sa.bindparam("of_worker"))
)
_HELD = whole(_LETTERS)
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
        _of(sa.bindparam("of_edition")),
        _CLAIMED,
        _D.worker == sa.bindparam("of_worker"),
        (t.subscription.c.state != SubscriptionState.ACTIVE)
        | t.suppression.c.reason.is_not(None)
        | (t.subscription.c.paused_until > sa.bindparam("of_now", type_=t.Utc())),
    )
)
_WITHHELD_OF_CLAIM = _WITHHELD.where(_D.claim == sa.bindparam("of_claim"))
_OF_CLAIM = whole(_LETTERS.where(_D.claim == sa.bindparam("of_claim")))
_PLANNED = ("edition", "subscriber", "segment", "variant", "wave", "state", "reason", "next_at")
_PLAN = (
    insert(t.delivery)
    .from_select(
        [*_PLANNED, "attempts"],
        # a condition parts the rows from ON CONFLICT, as SQLite's grammar wants
        sa.select(*map(column, range(len(_PLANNED))), sa.literal(0)).where(sa.true()),
    )
    .on_conflict_do_nothing()
)


class SqlDeliveries:
    """The ledger (domain/ports, Deliveries)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def plan(
        self, rows: Sequence[tuple[Delivery, str]], now: datetime, later: Mapping[str, datetime] | None = None
    ) -> None:
        """Insert (delivery, segment) rows, due now or later; one that exists already stays as it is."""
        due = {subscriber: stored(at) for subscriber, at in (later or {}).items()}
        at_once = stored(now)
        planned = [
            (
                *(one.edition, one.subscriber, segment, one.variant, one.wave, one.state, one.reason),
                due.get(one.subscriber, at_once),
            )
            for one, segment in rows
        ]
        self._connection.execute(_PLAN, given(planned))

    def claim(self, edition: str, worker: Worker, number: int, now: datetime, wave: int, limit: int) -> list[Letter]:
        """Claim up to `limit` due deliveries of the waves up to `wave` of an edition that is sending."""
        state = self._connection.execute(sa.select(t.edition.c.state).where(t.edition.c.id == edition)).scalar()
        left = limit
        for one in range(wave + 1) if state == EditionState.SENDING else ():
            values = {
                "of_edition": edition,
                "of_wave": one,
                "of_now": now,
                "of_limit": left,
                "to_worker": worker.id,
                "to_claim": number,
            }
            left -= self._connection.execute(_CLAIM, values).rowcount
            if not left:
                break
        return self._letters(_OF_CLAIM, edition, worker, number) if left < limit else []

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
        held = sa.select(_D.worker).where(_of(edition), _CLAIMED)
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
        return set(self._connection.execute(sa.select(_D.worker).where(_CLAIMED).distinct()).scalars())

    def held(self, edition: str, worker: Worker) -> list[Letter]:
        """Return the letters of an edition that a worker holds claims of."""
        return self._letters(_HELD, edition, worker)

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
        untried = _CLAIMED | (_PENDING & (_D.attempts == 0))
        row = self._connection.execute(
            sa.select(sa.func.count().filter(untried), sa.func.max(_D.settled_at)).where(
                _of(edition), _EARLY, _D.state != DeliveryState.SKIPPED
            )
        ).one()
        return Early(untried=row[0], last_at=row[1])

    def open(self, edition: str, wave: int = REST) -> tuple[int, datetime | None]:
        """Return how many are pending or claimed, and when the next pending one of the waves up to `wave` is due."""
        counts = [
            sa.select(sa.func.count()).select_from(t.delivery).where(_of(edition), state).scalar_subquery()
            for state in (_PENDING, _CLAIMED)
        ]
        count = self._connection.execute(sa.select(counts[0] + counts[1])).scalar_one()
        # of each wave the first in the order of an index
        firsts = [
            self._connection.execute(
                sa.select(sa.func.min(_D.next_at)).where(_D.edition == edition, _PENDING, _D.wave == one)
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

    def _letters(self, statement: sa.Select[Any], edition: str, worker: Worker, number: int = 0) -> list[Letter]:
        values = {"of_edition": edition, "of_worker": worker.id, "of_claim": number}
        letters = [_letter_of(edition, *row) for row in fetched(self._connection, statement, values)]
        return sorted(letters, key=lambda one: one.delivery.wave)


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


def _letter_of(
    edition: str,
    subscriber: str,
    variant: str,
    wave: int,
    attempts: int,
    claim: int,
    address: str,
    first_name: str,
    last_name: str,
) -> Letter:
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
