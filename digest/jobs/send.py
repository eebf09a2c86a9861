"""Send: an approved edition goes out, once to each person.

::

    plan     a row for everybody, a page a commit             approved -> holding -> sending
    sweep    claims of workers that have ended are settled by what their journals tell
    claim    a batch of rows, before any network
    begin    before each body: may it still go; then a record in the journal says that it is begun
    known    after each answer: a record in the journal says what it was
    settle   what became of a batch, and the next claim
    finish   nothing is pending or claimed                    sending -> sent

A row whose body was begun is never sent again by the program. So a process may be killed anywhere: what had not begun
goes out later, and what had begun and has no answer is unknown and named.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import OutOfQuota, Refused, ServerTrouble
from digest.domain.model import (
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Letter,
    Newsletter,
    Parcel,
    Placement,
    Rejected,
    Unwritable,
    Variant,
)
from digest.domain.ports import Clock, Event, Presence, Store, Tally, Transport, Worker
from digest.jobs import sweep
from digest.jobs.edition import advance
from digest.jobs.ledger import LEASE, Ledger
from digest.stages import segment

#: people of a planned page
PAGE = 1_000
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
    """Send what is pending of an edition, until nothing more is due or `stop` says so.

    Raises ServerTrouble after the edition was paused with the reason, and StoreError.
    """
    worker = dispatch.presence.me()
    until = _until(dispatch, edition)
    released, unknown = sweep.others(dispatch, worker, edition, until)
    with dispatch.store.writing() as session:
        session.deliveries.enter(worker, dispatch.clock() + LEASE)
    again, why = None, ""
    try:
        _rounds(dispatch, worker, edition, until)
    except OutOfQuota as fault:
        again, why = fault.again, fault.what
    except ServerTrouble as fault:
        _pause(dispatch, edition, fault.what)
        raise
    finally:
        # what was not begun goes back, what was begun and has no answer is in doubt
        sweep.mine(dispatch, worker, edition, until)
    sent = _finished(dispatch, edition, released, unknown)
    return replace(sent, next_at=again, why=why) if again is not None and sent.waiting else sent


def _rounds(dispatch: Dispatch, worker: Worker, edition: Edition, until: datetime) -> None:
    """Send what is due, wait for what is due soon, and so on."""
    numbers = itertools.count(1)
    fruitless = 0
    while not dispatch.stop():
        ledger = Ledger(
            store=dispatch.store,
            clock=dispatch.clock,
            journal=dispatch.presence.journal(),
            worker=worker,
            edition=edition,
            until=until,
            number=lambda: next(numbers),
            stop=dispatch.stop,
        )
        with ledger:
            parcels = _parcels(dispatch, ledger)
            for _ in dispatch.transport.deliver(parcels, ledger.begin, ledger.known):
                dispatch.tried()
        fruitless = fruitless + 1 if ledger.tried and not ledger.answered else 0
        if fruitless >= PATIENCE:
            raise ServerTrouble(f"The mail server ends every connection: {ledger.words}", "Ask whoever runs it.")
        if dispatch.stop() or not _wait(dispatch, edition):
            return


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


def _until(dispatch: Dispatch, edition: Edition) -> datetime:
    """Return until when people who are put off are tried again: so long after it began to be sent, or was resumed."""
    with dispatch.store.reading() as session:
        history = session.editions.history(edition.id)
    begun = [event.at for event in history if event.what in (_SENDING, _RESUMED)]
    return max(begun) + dispatch.patience


def _parcels(dispatch: Dispatch, ledger: Ledger) -> Iterator[Parcel]:
    for made in dispatch.compose(ledger.letters(), dispatch.clock):
        if isinstance(made, Unwritable):
            # one person's address cannot be written; all others get theirs
            ledger.keep(made.letter, Rejected(reply=f"no message could be made: {made.why}"))
        elif not dispatch.stop():
            yield made


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
