"""Send: an approved edition goes out, once to each person.

::

    begin    what is stored is what was signed                approved -> holding -> sending
    plan     a row for everybody, a page a commit, while those who have theirs are mailed already
    sweep    claims of workers that have ended are settled by what their journals tell
    claim    a batch of rows, before any network
    body     may it still go? Then a record in the journal says that it is begun, and one after the answer what it was
    settle   what became of a batch, and the next claim
    finish   nothing is pending or claimed                    sending -> sent

A row whose body was begun is never sent again by the program. So a process may be killed anywhere: what had not begun
goes out later, and what had begun and has no answer is unknown and named.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.domain.errors import OutOfQuota, ServerTrouble
from digest.domain.model import (
    Edition,
    EditionState,
    Letter,
    Parcel,
    Rejected,
    Unwritable,
    Waves,
)
from digest.domain.ports import Clock, Event, Presence, Store, Tally, Transport, Worker
from digest.jobs import steering, sweep, wanting
from digest.jobs.keeping import advance
from digest.jobs.ledger import LEASE, Ledger, Standing
from digest.jobs.planning import SENDING, Planner, there
from digest.jobs.resending import AGAIN
from digest.stages import waves

#: the command waits for a retry that is due within so many seconds; later ones are left to the clock
WAIT_SECONDS = 90
#: seconds after which it is looked again what became of people whom another process has in hand
OTHERS_SECONDS = 5
#: rounds in which a server answered nobody, before it is taken to be in trouble
PATIENCE = 3
_USAGE_KEPT = timedelta(days=2)
#: yields the parcels of letters in their order; it may ask for letters ahead. None, both ways: none is ready yet
Compose = Callable[[Iterable[Letter | None], Clock], Iterator[Parcel | Unwritable | None]]


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
    waves: Waves = field(default_factory=Waves)
    #: how many people the edition was approved for
    people: int = 0
    #: plans the edition until it is told to stop
    plan: Callable[[Callable[[], bool]], None] = lambda stop: None
    #: people who are claimed at most; 0 for as many as there are
    most: int = 0
    #: seconds that are waited for what is due later; None: as long as for a person who looks on
    waits: float | None = None
    #: told after each message how the sending stands
    tried: Callable[[Standing], None] = lambda standing: None


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
        with Planner(dispatch.plan) as planner:
            again = _rounds(dispatch, worker, edition, until, lambda: dispatch.stop() or planner.failed)
    except OutOfQuota as fault:
        again, why = fault.again, fault.what
    except ServerTrouble as fault:
        _pause(dispatch, edition, fault.what)
        raise
    finally:
        # what was not begun goes back, what was begun and has no answer is in doubt
        sweep.mine(dispatch, worker, edition, until)
        # what went back is nobody's any more where the rest was cancelled meanwhile
        steering.close(dispatch.store, dispatch.clock, edition.id)
    sent = _finished(dispatch, edition, released, unknown)
    return replace(sent, next_at=again, why=why) if again is not None and sent.waiting else sent


def _rounds(
    dispatch: Dispatch, worker: Worker, edition: Edition, until: datetime, stop: Callable[[], bool]
) -> datetime | None:
    """Send what is due, wait for what is due soon, and so on; return when the rest may go, if nobody waits for that."""
    numbers = itertools.count(1)
    together = dispatch.waits is not None and _was_never_resumed(dispatch, edition)
    begun = dispatch.clock()
    standing = Standing()
    fruitless = claimed = 0
    while not stop():
        ledger = Ledger(
            store=dispatch.store,
            clock=dispatch.clock,
            journal=dispatch.presence.journal(),
            worker=worker,
            edition=edition,
            until=until,
            begun=begun,
            waves=dispatch.waves,
            number=lambda: next(numbers),
            stop=stop,
            standing=standing,
            is_open=not waves.are_many(dispatch.waves, dispatch.people),
            most=dispatch.most - claimed if dispatch.most else None,
            together=together,
        )
        with ledger:
            parcels = _parcels(dispatch, ledger, stop)
            for _ in dispatch.transport.deliver(parcels, ledger.begin, ledger.known):
                dispatch.tried(standing)
        if ledger.braked:
            last = f" The last answer was: {standing.refusal}" if standing.refusal else ""
            shown = f"`digest deliveries {edition.id} --state failed` shows whom."
            mend = f"{shown} When what they say is mended, `digest send {edition.id}` goes on."
            raise ServerTrouble(f"{ledger.braked}.{last}", mend)
        fruitless = fruitless + 1 if ledger.tried and not ledger.answered else 0
        if fruitless >= PATIENCE:
            raise ServerTrouble(f"The mail server ends every connection: {ledger.words}", "Ask whoever runs it.")
        claimed += ledger.claimed
        if stop() or 0 < dispatch.most <= claimed:
            return None
        if not _wait(dispatch, edition, standing.opens, ledger.reach):
            others = dispatch.clock() + timedelta(seconds=OTHERS_SECONDS)
            return standing.opens if ledger.reach == waves.REST else others
        # another process may have ended meanwhile, with those whom all others wait for
        sweep.others(dispatch, worker, edition, until)
    return None


def resume(store: Store, clock: Clock, edition: Edition, who: str) -> Edition:
    """Let a paused edition go on."""
    with store.writing() as session:
        advance(session, edition, EditionState.SENDING, Event(at=clock(), who=who, what=steering.RESUMED))
        wanting.to_be_sent(session, edition)
        return there(session.editions.get(edition.id))


def pause(store: Store, clock: Clock, edition: Edition, who: str, why: str = "") -> Edition:
    """Stop an edition before its next message."""
    with store.writing() as session:
        advance(session, edition, EditionState.PAUSED, Event(at=clock(), who=who, what=steering.PAUSED, why=why))
        return there(session.editions.get(edition.id))


def _until(dispatch: Dispatch, edition: Edition) -> datetime:
    """Return until when people who are put off are tried again: so long after it began, went on, or goes again."""
    with dispatch.store.reading() as session:
        history = session.editions.history(edition.id)
    begun = [event.at for event in history if event.what in (SENDING, steering.RESUMED, AGAIN)]
    return max(begun) + dispatch.patience


def _was_never_resumed(dispatch: Dispatch, edition: Edition) -> bool:
    """Tell whether all that is known of an edition is of this sending: a person's “go on” counts from then on."""
    with dispatch.store.reading() as session:
        history = session.editions.history(edition.id)
    return not any(event.what in (steering.RESUMED, AGAIN) for event in history)


def _parcels(dispatch: Dispatch, ledger: Ledger, stop: Callable[[], bool]) -> Iterator[Parcel | None]:
    for made in dispatch.compose(ledger.letters(), dispatch.clock):
        if isinstance(made, Unwritable):
            # one person's address cannot be written; all others get theirs
            ledger.keep(made.letter, Rejected(reply=f"no message could be made: {made.why}"))
        elif not stop():
            yield made


def _wait(dispatch: Dispatch, edition: Edition, opens: datetime | None, reach: int) -> bool:
    """Wait for the rest's turn, or a retry that is due soon; tell whether to go on.

    opens: when the rest may go, where it has to wait for that; reach: the last wave that is waited for.
    """
    with dispatch.store.reading() as session:
        _, due = session.deliveries.open(edition.id, reach)
        state = there(session.editions.get(edition.id)).state
    if state != EditionState.SENDING:
        return False
    patience = WAIT_SECONDS if dispatch.waits is None else dispatch.waits
    if due is None:
        if reach == waves.REST or dispatch.waits is not None:
            return False
        # the rest waits for people whom another process has in hand
        dispatch.sleep(OTHERS_SECONDS)
        return True
    seconds = ((opens or due) - dispatch.clock()).total_seconds()
    if seconds > patience and (opens is None or dispatch.waits is not None):
        return False
    dispatch.sleep(max(0.0, seconds))
    return True


def _pause(dispatch: Dispatch, edition: Edition, why: str) -> None:
    with dispatch.store.writing() as session:
        now = there(session.editions.get(edition.id))
        if now.state == EditionState.SENDING:
            event = Event(at=dispatch.clock(), who="digest", what="paused", why=why)
            session.editions.move(now, EditionState.PAUSED, event)


def _finished(dispatch: Dispatch, edition: Edition, released: int, unknown: int) -> Sent:
    with dispatch.store.writing() as session:
        session.usage.forget(dispatch.clock() - _USAGE_KEPT)
        waiting, next_at = session.deliveries.open(edition.id)
        now = there(session.editions.get(edition.id))
        if not waiting and now.planned_at is not None and now.state == EditionState.SENDING:
            session.editions.move(now, EditionState.SENT, Event(at=dispatch.clock(), who="digest", what="sent"))
        return Sent(
            edition=there(session.editions.get(edition.id)),
            tallies=tuple(session.deliveries.tally(edition.id)),
            waiting=waiting,
            next_at=next_at,
            released=released,
            unknown=unknown,
        )
