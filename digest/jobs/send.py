"""Send: an approved edition goes out, once to each person.

::

    plan     a row for everybody, a page a commit             approved -> holding -> sending
    sweep    claims of workers that have ended are released
    claim    a batch of rows, before any network
    mark     before each body: may it still go, and it is begun; with it, what became of the one before
    settle   what became of the last one
    finish   nothing is pending or claimed                    sending -> sent

The mark is committed to the disk before a body is begun, and a row that was begun is never sent
again by the program. So a process may be killed anywhere: what had not begun goes out later, what
had begun and has no answer is unknown and named.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from digest.domain.errors import OutOfQuota, Refused, ServerTrouble
from digest.domain.model import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Letter,
    Newsletter,
    Outcome,
    Parcel,
    Placement,
    Rejected,
    Unwritable,
    Variant,
    Withheld,
)
from digest.domain.ports import Clock, Event, Presence, Result, Session, Store, Tally, Transport, Worker
from digest.jobs.edition import advance
from digest.stages import segment, send

#: rows of a claim, people of a planned page
BATCH = 500
PAGE = 1_000
#: a claim that is not renewed for so long belongs to nobody; longer than any server's answer takes
LEASE = timedelta(minutes=15)
#: the command waits for a retry that is due within so many seconds; later ones are left to the clock
WAIT_SECONDS = 90
#: rounds in which a server answered nobody, before it is taken to be in trouble
PATIENCE = 3
_USAGE_KEPT = timedelta(days=2)
#: what the history of an edition says when it begins to be sent, and when it goes on
_SENDING, _RESUMED = "sending", "resumed"

#: yields the parcels of letters in their order; it may ask for letters ahead
Compose = Callable[[Iterable[Letter], Clock], Iterator[Parcel | Unwritable]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a run of sending came to; `waiting` people get a later try, at `next_at`."""

    edition: Edition
    tallies: tuple[Tally, ...]
    waiting: int
    next_at: datetime | None
    #: why they wait, where a mail server takes no more for now
    why: str = ""
    released: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What sending needs of the world."""

    store: Store
    clock: Clock
    presence: Presence
    transport: Transport
    compose: Compose
    #: how long people whom a mail server puts off are tried again
    patience: timedelta = timedelta(hours=24)
    #: tells whether to stop after the message that is on the wire
    stop: Callable[[], bool] = lambda: False
    #: waits so many seconds, or until `stop`
    sleep: Callable[[float], None] = lambda seconds: None
    #: told after each message
    tried: Callable[[], None] = lambda: None


def plan(store: Store, clock: Clock, newsletter: Newsletter, edition: Edition, who: str) -> Edition:
    """Write down everybody's delivery, then say that all are planned.

    Idempotent: stopped half-way, it is run again. Raises Refused for an edition that is not approved.
    """
    now = clock()
    edition = _begin_sending(store, now, edition, who)
    with store.reading() as session:
        variants = session.editions.variants(edition.id)
        placements = session.editions.placements(edition.id)
    after = ""
    while True:
        with store.writing() as session:
            edition = _again(session.editions.get(edition.id))
            if edition.state != EditionState.SENDING or edition.planned_at is not None:
                # another process planned it to the end, or a person paused it
                return edition
            people = session.people.page(newsletter.id, after, PAGE)
            if not people:
                session.editions.set_planned(edition.id, clock())
                return _again(session.editions.get(edition.id))
            shares = segment.shares(people, newsletter, placements, edition.slot, now)
            session.deliveries.plan([_planned(edition, share, variants, placements) for share in shares], now)
        after = people[-1].subscriber.id


def _begin_sending(store: Store, now: datetime, edition: Edition, who: str) -> Edition:
    """Move an approved edition to sending, if what is stored still is what was signed."""
    with store.writing() as session:
        stored = sorted((variant.slug, variant.sha256) for variant in session.editions.variants(edition.id))
        signed = stored == session.editions.signed(edition.id)
        if edition.state == EditionState.APPROVED:
            follow = EditionState.HOLDING if signed else EditionState.DRAFT
            why = "" if signed else "what is stored is not what was signed"
            session.editions.move(edition, follow, Event(at=now, who=who, what=str(follow), why=why))
            edition = _again(session.editions.get(edition.id))
        if edition.state == EditionState.HOLDING:
            session.editions.move(edition, EditionState.SENDING, Event(at=now, who=who, what=_SENDING))
            edition = _again(session.editions.get(edition.id))
    if edition.state != EditionState.SENDING:
        raise Refused(f"{edition.id} is {edition.state} and cannot be sent.", _what_instead(edition))
    return edition


def run(dispatch: Dispatch, edition: Edition) -> Sent:
    """Send what is pending of an edition that is planned, until nothing more is due or `stop` says so.

    Raises ServerTrouble after the edition was paused with the reason.
    """
    worker = dispatch.presence.me()
    released, unknown = _sweep(dispatch, worker, edition)
    fruitless = 0
    again, why = None, ""
    try:
        while not dispatch.stop():
            tried, answered, words = _batches(dispatch, worker, edition)
            fruitless = fruitless + 1 if tried and not answered else 0
            if fruitless >= PATIENCE:
                raise ServerTrouble(f"The mail server ends every connection: {words}", "Ask whoever runs it.")
            if dispatch.stop() or not _wait(dispatch, edition):
                break
    except OutOfQuota as fault:
        again, why = fault.again, fault.what
    except ServerTrouble as fault:
        _pause(dispatch, edition, fault.what)
        raise
    finally:
        # own claims: what was not begun goes back, what was begun and has no answer is in doubt
        with dispatch.store.writing() as session:
            session.deliveries.sweep(worker.id, dispatch.clock())
    sent = _finished(dispatch, edition, released, unknown)
    return replace(sent, next_at=again, why=why) if again is not None and sent.waiting else sent


def resume(store: Store, clock: Clock, edition: Edition, who: str) -> Edition:
    """Let a paused edition go on."""
    with store.writing() as session:
        advance(session, edition, EditionState.SENDING, Event(at=clock(), who=who, what=_RESUMED))
        return _again(session.editions.get(edition.id))


def pause(store: Store, clock: Clock, edition: Edition, who: str, why: str = "") -> Edition:
    """Stop an edition before its next message."""
    with store.writing() as session:
        advance(session, edition, EditionState.PAUSED, Event(at=clock(), who=who, what="paused", why=why))
        return _again(session.editions.get(edition.id))


def _planned(
    edition: Edition, share: segment.Share, variants: list[Variant], placements: list[Placement]
) -> tuple[Delivery, str]:
    variant = None if share.reason else segment.fitting(share, variants, placements)
    reason = share.reason or ("" if variant else "no approved variant holds only what is new to them")
    delivery = Delivery(
        edition=edition.id,
        subscriber=share.recipient.subscriber.id,
        state=DeliveryState.PENDING if variant else DeliveryState.SKIPPED,
        variant=variant.slug if variant else "",
        reason=reason,
    )
    return delivery, share.segment


def _sweep(dispatch: Dispatch, me: Worker, edition: Edition) -> tuple[int, int]:
    now = dispatch.clock()
    released = unknown = 0
    with dispatch.store.reading() as session:
        holders = session.deliveries.holders(edition.id)
    for worker, lease in holders:
        if worker.id != me.id and (lease < now or dispatch.presence.gone(worker)):
            with dispatch.store.writing() as session:
                back, doubtful = session.deliveries.sweep(worker.id, now)
            released += back
            unknown += doubtful
    return released, unknown


def _batches(dispatch: Dispatch, worker: Worker, edition: Edition) -> tuple[int, int, str]:
    """Send what is due; return how many were tried, how many were answered, and what the server said last."""
    settling = _Settling(dispatch, worker, _until(dispatch, edition))
    while not dispatch.stop():
        now = dispatch.clock()
        with dispatch.store.writing() as session:
            letters = session.deliveries.claim(edition.id, worker, now, now + LEASE, BATCH)
        if not letters:
            break
        try:
            parcels = _parcels(dispatch, letters, settling)
            for parcel, outcome in dispatch.transport.deliver(parcels, settling.begin):
                settling.keep(parcel.letter, outcome)
                dispatch.tried()
        finally:
            settling.settle()
    return settling.tried, settling.answered, settling.words


def _until(dispatch: Dispatch, edition: Edition) -> datetime:
    """Return until when people who are put off are tried again: so long after it began to be sent, or was resumed."""
    with dispatch.store.reading() as session:
        history = session.editions.history(edition.id)
    begun = [event.at for event in history if event.what in (_SENDING, _RESUMED)]
    return max(begun) + dispatch.patience


def _parcels(dispatch: Dispatch, letters: list[Letter], settling: _Settling) -> Iterator[Parcel]:
    due = takewhile(lambda letter: not dispatch.stop(), letters)
    for made in dispatch.compose(due, dispatch.clock):
        if isinstance(made, Unwritable):
            # one person's address cannot be written; all others get theirs
            settling.keep(made.letter, Rejected(reply=f"no message could be made: {made.why}"))
        elif not dispatch.stop():
            yield made


class _Settling:
    """Keeps the result of the message before until the mark of the next one: one commit for both."""

    def __init__(self, dispatch: Dispatch, worker: Worker, until: datetime) -> None:
        self._dispatch = dispatch
        self._until = until
        self._worker = worker
        self._kept: list[Result] = []
        #: url of a server -> messages that it took and that are not written down yet
        self._taken: Counter[str] = Counter()
        # a transport may ask from threads of its own
        self._lock = threading.Lock()
        self.tried = 0
        self.answered = 0
        self.words = ""

    def begin(self, parcel: Parcel) -> Withheld | None:
        """Mark that a body is about to be written, or say why it must not be."""
        now = self._dispatch.clock()
        with self._lock:
            with self._dispatch.store.writing() as session:
                self._write(session, now)
                withheld = session.deliveries.begin(parcel.letter, self._worker, now, now + LEASE)
            self._clear()
        return withheld

    def keep(self, letter: Letter, outcome: Outcome) -> None:
        """Decide about an outcome."""
        with self._lock:
            self.tried += 1
            if isinstance(outcome, Deferred) and not outcome.charged:
                self.words = outcome.reply
            else:
                self.answered += 1
            if isinstance(outcome, Accepted) and outcome.server:
                self._taken[outcome.server] += 1
            self._kept.append(send.result(letter, outcome, self._dispatch.clock(), self._until))

    def settle(self) -> None:
        """Commit what is left."""
        with self._lock:
            if self._kept:
                with self._dispatch.store.writing() as session:
                    self._write(session, self._dispatch.clock())
                self._clear()

    def _write(self, session: Session, now: datetime) -> None:
        session.deliveries.settle(self._kept, self._worker)
        session.usage.add(self._taken, now)

    def _clear(self) -> None:
        self._kept = []
        self._taken = Counter()


def _wait(dispatch: Dispatch, edition: Edition) -> bool:
    """Wait for a retry that is due soon; tell whether to go on."""
    with dispatch.store.reading() as session:
        _, due = session.deliveries.open(edition.id)
        state = _again(session.editions.get(edition.id)).state
    if due is None or state != EditionState.SENDING:
        return False
    seconds = (due - dispatch.clock()).total_seconds()
    if seconds > WAIT_SECONDS:
        return False
    dispatch.sleep(max(0.0, seconds))
    return True


def _pause(dispatch: Dispatch, edition: Edition, why: str) -> None:
    with dispatch.store.writing() as session:
        now = _again(session.editions.get(edition.id))
        if now.state == EditionState.SENDING:
            event = Event(at=dispatch.clock(), who="digest", what="paused", why=why)
            session.editions.move(now, EditionState.PAUSED, event)


def _finished(dispatch: Dispatch, edition: Edition, released: int, unknown: int) -> Sent:
    with dispatch.store.writing() as session:
        session.usage.forget(dispatch.clock() - _USAGE_KEPT)
        waiting, next_at = session.deliveries.open(edition.id)
        now = _again(session.editions.get(edition.id))
        if not waiting and now.planned_at is not None and now.state == EditionState.SENDING:
            session.editions.move(now, EditionState.SENT, Event(at=dispatch.clock(), who="digest", what="sent"))
        return Sent(
            edition=_again(session.editions.get(edition.id)),
            tallies=tuple(session.deliveries.tally(edition.id)),
            waiting=waiting,
            next_at=next_at,
            released=released,
            unknown=unknown,
        )


def _again(edition: Edition | None) -> Edition:
    assert edition is not None, "an edition is never deleted"
    return edition


def _what_instead(edition: Edition) -> str:
    return {
        EditionState.DRAFT: f"Look at it with `digest preview {edition.id}`, then approve it.",
        EditionState.SENT: "It went out already; nobody gets it twice.",
        EditionState.PAUSED: f"`digest send {edition.id}` lets it go on.",
    }.get(edition.state, "Draft the next one.")
