"""Telling: what staff are to be mailed about, from what the database says; each person is told each thing once.

::

    the history of the last editions ─ occasions ─► claim: a row a person, one commit ─► mail ─► release, where it was
                                                                                          certainly not taken

Whoever rings asks the database what there is to tell. So it does not matter in which process it came about, and a
server that is down now is asked again at the next ring. What was claimed by a program that was killed is not told
again: whoever is told twice learns to look away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import (
    Accepted,
    Claim,
    Deferred,
    Edition,
    EditionState,
    InDoubt,
    Newsletter,
    Parcel,
    Rejected,
    Telling,
)
from digest.domain.ports import Clock, Event, Session, Store, Transport
from digest.domain.states import OPEN
from digest.jobs import due
from digest.stages import slots

#: what is older is no news
FRESH = timedelta(hours=24)
#: editions are looked at until so long after their slot: some leave late, or go on
_LOOKED_AT = timedelta(days=14)
#: events, as the history has them
_TAKEN_BACK, _PAUSED, _SENT, _MISSED = "approval taken back", "paused", "sent", "missed"
_BACK = (_TAKEN_BACK, "held back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something to tell of an edition."""

    edition: Edition
    telling: Telling
    #: when it came to be; with edition and kind it is what is told once
    at: datetime
    #: what the history says of it, where it does
    event: Event | None = None
    #: what the same person did in the same moment: it says what they changed
    with_it: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one of staff: what is claimed by it, and what writes it."""

    claim: Claim
    #: given the name of the mail, makes the message; raises ValueError for an address that none can be made for
    write: Callable[[str], Parcel]

    @property
    def name(self) -> str:
        """What tells it from every other mail."""
        one = self.claim
        return f"{one.edition} {one.telling} {one.occasion.isoformat()} {one.whom}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What telling came to."""

    taken: int = 0
    #: what servers said of those that were not taken, or may not be
    refused: tuple[str, ...] = ()


def occasions(store: Store, clock: Clock, newsletter: Newsletter) -> list[Occasion]:
    """Return what there is to tell of a newsletter's editions now, also what was told before."""
    now = clock()
    with store.reading() as session:
        editions = [one for one in session.editions.every(newsletter.id) if one.slot > now - _LOOKED_AT]
        rounds = session.links.rounds(newsletter.id)
        return [one for edition in reversed(editions) for one in _of(session, newsletter, edition, rounds, now)]


def mail(store: Store, clock: Clock, transport: Callable[[], Transport], letters: Sequence[Letter]) -> Mailed:
    """Mail what nobody has mailed yet; a line to a server is opened only where there is something.

    Raises ServerTrouble where the server does not serve, and whatever `write` does; those who were certainly not told
    are told at the next ring.
    """
    now = clock()
    with store.writing() as session:
        waiting = {one.name: one for one in letters if session.tellings.claim(one.claim, now)}
    if not waiting:
        return Mailed()
    try:
        return _delivered(transport(), waiting)
    finally:
        # what has no outcome by then was certainly not taken
        with store.writing() as session:
            for one in waiting.values():
                session.tellings.release(one.claim)


def _delivered(transport: Transport, waiting: dict[str, Letter]) -> Mailed:
    """Send letters; what may have been taken, or never will be, is taken out of `waiting`."""
    taken, refused, parcels = 0, [], []
    for name, letter in list(waiting.items()):
        try:
            parcels.append(letter.write(name))
        except ValueError as fault:
            refused.append(str(fault))
            del waiting[name]
    for parcel, outcome in transport.deliver(parcels, begin=lambda parcel: None) if parcels else ():
        if isinstance(outcome, Accepted | Rejected | InDoubt):
            del waiting[parcel.letter.delivery.edition]
        taken += isinstance(outcome, Accepted)
        if isinstance(outcome, Rejected | Deferred):
            refused.append(outcome.reply)
    return Mailed(taken=taken, refused=tuple(refused))


def _of(
    session: Session, newsletter: Newsletter, edition: Edition, rounds: Mapping[str, datetime], now: datetime
) -> list[Occasion]:
    history = session.editions.history(edition.id)
    found = [*_of_draft(newsletter, edition, history, now), *_of_sending(edition, history, now)]
    if edition.state == EditionState.SKIPPED and _is_fresh(edition.drafted_at, now):
        found.append(Occasion(edition=edition, telling=Telling.SKIPPED, at=edition.slot))
    if edition.state in OPEN and now < edition.slot == rounds.get(edition.id):
        found.append(Occasion(edition=edition, telling=Telling.LINKS, at=edition.slot))
    return found


def _of_draft(newsletter: Newsletter, edition: Edition, history: Sequence[Event], now: datetime) -> Iterator[Occasion]:
    if edition.state != EditionState.DRAFT:
        return
    yield from _of_deadline(newsletter, edition, history, now)
    back = _last(history, _TAKEN_BACK)
    if back is not None and _is_fresh(back.at, now):
        with_it = [one.what for one in history if (one.at, one.who) == (back.at, back.who) and one.what not in _BACK]
        yield Occasion(
            edition=edition, telling=Telling.TAKEN_BACK, at=back.at, event=back, with_it="".join(with_it[-1:])
        )
    if back is None and now < edition.slot:
        yield Occasion(edition=edition, telling=Telling.READY, at=edition.slot)
    if edition.slot <= now < edition.slot + FRESH:
        yield Occasion(edition=edition, telling=Telling.HELD, at=edition.slot)


def _of_deadline(
    newsletter: Newsletter, edition: Edition, history: Sequence[Event], now: datetime
) -> Iterator[Occasion]:
    """Yield that it is to be approved soon, or was to be by now."""
    deadline = due.deadline(newsletter, edition)
    if deadline == edition.slot or now >= edition.slot:
        return
    if now >= deadline:
        if newsletter.schedule.unapproved == "hold":
            yield Occasion(edition=edition, telling=Telling.OVERDUE, at=deadline)
        return
    # who slept through several is reminded once, and not of what was there before the draft was
    made = history[0].at if history else edition.drafted_at
    passed = [one for one in slots.reminders(newsletter.schedule, edition.slot) if made < one <= now]
    if passed:
        yield Occasion(edition=edition, telling=Telling.REMINDER, at=passed[-1])


def _of_sending(edition: Edition, history: Sequence[Event], now: datetime) -> Iterator[Occasion]:
    paused, sent, missed = (_last(history, what) for what in (_PAUSED, _SENT, _MISSED))
    is_late = missed is not None and missed.why.startswith(due.NOBODY)
    if edition.state == EditionState.MISSED and missed and is_late and _is_fresh(missed.at, now):
        yield Occasion(edition=edition, telling=Telling.MISSED, at=missed.at, event=missed)
    # who pauses it by hand knows
    if edition.state == EditionState.PAUSED and paused and paused.who == "digest" and _is_fresh(paused.at, now):
        yield Occasion(edition=edition, telling=Telling.PAUSED, at=paused.at, event=paused)
    if edition.state == EditionState.SENT and sent and _is_fresh(sent.at, now):
        yield Occasion(edition=edition, telling=Telling.SENT, at=sent.at, event=sent)


def _last(history: Sequence[Event], what: str) -> Event | None:
    return next((one for one in reversed(history) if one.what == what), None)


def _is_fresh(moment: datetime, now: datetime) -> bool:
    return now - moment < FRESH
