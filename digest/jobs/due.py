"""Due: what is to be done for a newsletter at this moment, from what the database says and nothing else.

The alarm clock only says "look now"; it may ring late, twice, in two processes, or not at all for a
week. A slot is one instant in UTC and (newsletter, slot) is unique, so one edition comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from digest.domain import spoken
from digest.domain.model import Edition, EditionState, Newsletter
from digest.domain.ports import Clock, CountsAs, Editions, Event, Session, Store
from digest.domain.states import OPEN, SIGNED
from digest.jobs.links import BEFORE_SLOT
from digest.stages import slots

#: it is looked again after so long at the latest
AGAIN = timedelta(minutes=5)
#: how the history says that nobody approved an edition by its deadline, where that ends it
NOBODY = "nobody approved it by"
#: no window is closed for longer, but for one that never opens
_CLOSED = timedelta(days=14)
#: so long a draft is held where no other edition follows
_NO_NEXT = timedelta(weeks=1)


class Do(StrEnum):
    """What a newsletter may need."""

    DRAFT = "draft"
    CHECK = "check"
    HOLD = "hold"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing to do now."""

    do: Do
    slot: datetime
    #: the edition whose links to check, to hold or to send; None for a draft to be made
    edition: Edition | None = None


def due(store: Store, clock: Clock, newsletter: Newsletter, since: datetime) -> list[Due]:
    """Return what is to be done now, oldest slot first.

    since: when this workspace was first run; slots before it are nobody's promise.
    """
    now = clock()
    with store.reading() as session:
        editions = session.editions.every(newsletter.id)
        cancelled = [one.id for one in editions if one.state == EditionState.CANCELLED]
        counts = session.following.outcomes(cancelled)
        rounds = session.links.rounds(newsletter.id)
    # whom a process had in hand that ended amid a cancelled edition
    left = {one for one in cancelled if counts[one].get(CountsAs.WAITING) or counts[one].get(CountsAs.PUT_OFF)}
    taken = {edition.slot for edition in editions}
    # what is older was caught up, or missed
    start = max(since, now - timedelta(hours=newsletter.schedule.catch_up_hours) - _CLOSED)
    wanted = [
        Due(do=Do.DRAFT, slot=slot)
        for slot in _drafted_by(newsletter, start, now)
        if slot not in taken and not _is_past(newsletter, slot, now)
    ]
    going = [
        Due(do=Do.SEND, slot=one.slot, edition=one)
        for one in reversed(editions)
        if one.id in left or _goes(one, newsletter, now)
    ]
    held = [Due(do=Do.HOLD, slot=one.slot, edition=one) for one in editions if _is_held(one, newsletter, now)]
    checked = [
        Due(do=Do.CHECK, slot=one.slot, edition=one)
        for one in editions
        if _is_checked(one, now) and rounds.get(one.id) != one.slot
    ]
    return sorted([*wanted, *held, *going, *checked], key=lambda one: one.slot)


def record_missed(
    store: Store, clock: Clock, newsletter: Newsletter, since: datetime, revision: str, files: Mapping[str, str]
) -> list[Edition]:
    """Record the slots that are too long past to be caught up; return the editions that were missed.

    A draft nobody approved is held while its slot can still be caught up or no newer one is due, so a
    person may still send it; when the next draft is due it is missed, and its stories are new again.
    """
    now = clock()
    with store.reading() as session:
        editions = session.editions.every(newsletter.id)
    taken = {edition.slot for edition in editions}
    # a day added to the schedule owes nobody the weeks before the last edition
    start = max([since, *(one.slot for one in editions if one.slot <= now and not one.special)])
    missed = [
        _missed(newsletter, slot, now, revision)
        for slot in slots.between(newsletter.schedule, start, now)
        if slot not in taken and _is_past(newsletter, slot, now)
    ]
    with store.writing() as session:
        session.editions.keep_revision(revision, now, files)
        recorded = [edition for edition in missed if session.editions.add(edition, (), ())]
        given_up = [(one, _why_given_up(session, one, newsletter, now)) for one in editions]
        return recorded + [one for one, why in given_up if why and _give_up(session.editions, one, now, why)]


def ahead(store: Store, newsletter: Newsletter, now: datetime) -> list[datetime]:
    """Return the moments ahead at which something is due for editions that are there, wherever their slots lie."""
    with store.reading() as session:
        editions = session.editions.every(newsletter.id)
        going = [one.id for one in editions if one.state == EditionState.SENDING]
        # who gets it in their own morning, or is tried again
        people = [session.deliveries.open(one)[1] for one in going]
    moments = [moment for one in editions if one.state in OPEN for moment in _moments(newsletter, one.slot)]
    again = [slots.opens(newsletter.schedule, moment) for moment in people if moment is not None]
    # what waits for its window goes on when that opens
    waiting = [slots.opens(newsletter.schedule, now)] if going or any(one.state in SIGNED for one in editions) else []
    return sorted(moment for moment in (*moments, *again, *waiting) if moment is not None and moment > now)


def next_look(newsletter: Newsletter, now: datetime, own: Sequence[datetime] = ()) -> datetime:
    """Return when to look again at the latest: the next draft, slot, the hour or the minutes before it, or in five
    minutes for what waits.

    own: moments of editions that are there (ahead).
    """
    latest = now + AGAIN
    planned = [moment for slot in _drafted_by(newsletter, now, latest) for moment in _moments(newsletter, slot)]
    return min([moment for moment in (*planned, *own) if moment > now] + [latest])


def deadline(newsletter: Newsletter, edition: Edition) -> datetime:
    """Return by when an edition is to be approved; one beside the schedule has until its slot."""
    return edition.slot if edition.special or edition.corrects else slots.due_by(newsletter.schedule, edition.slot)


def _moments(newsletter: Newsletter, slot: datetime) -> Iterator[datetime]:
    """Yield the moments at which something may be due for a slot."""
    schedule = newsletter.schedule
    yield from (slot - BEFORE_SLOT, slot - _holding(newsletter), slot)
    yield from (slots.draft_at(schedule, slot), slots.due_by(schedule, slot), *slots.reminders(schedule, slot))


def _drafted_by(newsletter: Newsletter, start: datetime, moment: datetime) -> Iterator[datetime]:
    """Yield the slots later than `start` whose draft is to be there at a moment."""
    for one in slots.dates(newsletter.schedule, start):
        if slots.draft_at(newsletter.schedule, one.slot) > moment:
            return
        if not one.left_out:
            yield one.slot


def _is_past(newsletter: Newsletter, slot: datetime, now: datetime) -> bool:
    """Tell whether a slot is too long past to be caught up; the hours in which its window is closed count not."""
    oldest = now - timedelta(hours=newsletter.schedule.catch_up_hours)
    return slot < oldest and slots.leaves_at(newsletter.schedule, slot) < oldest


def _holding(newsletter: Newsletter) -> timedelta:
    return timedelta(minutes=newsletter.schedule.holding_minutes)


def _is_checked(edition: Edition, now: datetime) -> bool:
    """Tell whether the links of an edition are to be checked once more before it leaves."""
    return edition.state in OPEN and edition.slot - BEFORE_SLOT <= now < edition.slot


def _is_held(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    """Tell whether the minutes before an edition leaves begin now."""
    return edition.state == EditionState.APPROVED and edition.slot - _holding(newsletter) <= now < edition.slot


def _goes(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    if slots.opens(newsletter.schedule, now) != now:
        return False
    if edition.state == EditionState.SENDING:
        return True
    return edition.state in SIGNED and edition.slot <= now and _is_wanted(edition, newsletter, now)


def _is_wanted(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    """Tell whether an edition that is approved still goes: its slot can be caught up, or it was approved after that."""
    late = edition.approved_at is not None and edition.approved_at >= edition.slot
    return late or not _is_past(newsletter, edition.slot, now)


def _why_given_up(session: Session, edition: Edition, newsletter: Newsletter, now: datetime) -> str:
    """Return why an edition is given up; empty where it is not."""
    too_late = "its time is too long past"
    if edition.state in SIGNED:
        return "" if edition.slot > now or _is_wanted(edition, newsletter, now) else too_late
    if edition.state != EditionState.DRAFT:
        return ""
    if newsletter.schedule.unapproved == "miss" and deadline(newsletter, edition) <= now:
        # what was made or taken back after it had its deadline was never late
        begun = [one.at for one in session.editions.history(edition.id)]
        if begun and begun[-1] < deadline(newsletter, edition):
            return f"{NOBODY} {spoken.when(deadline(newsletter, edition), newsletter.schedule.timezone)}"
    if not _is_past(newsletter, edition.slot, now):
        return ""
    following = slots.after(newsletter.schedule, edition.slot)
    # after the last term there is no next one
    until = edition.slot + _NO_NEXT if following is None else slots.draft_at(newsletter.schedule, following)
    return too_late if until <= now else ""


def _give_up(editions: Editions, edition: Edition, now: datetime, why: str) -> bool:
    back = {
        EditionState.HOLDING: (EditionState.APPROVED, "held back"),
        EditionState.APPROVED: (EditionState.DRAFT, "approval taken back"),
    }
    while edition.state in back:
        follow, what = back[edition.state]
        if not editions.move(edition, follow, Event(at=now, who="digest", what=what, why=why)):
            return False
        edition = replace(edition, state=follow)
    return editions.move(edition, EditionState.MISSED, Event(at=now, who="digest", what="missed", why=why))


def _missed(newsletter: Newsletter, slot: datetime, now: datetime, revision: str) -> Edition:
    return Edition(
        id=slots.edition_id(newsletter, slot),
        newsletter=newsletter.id,
        slot=slot,
        number=0,
        state=EditionState.MISSED,
        revision=revision,
        drafted_at=now,
        note="Nothing was running at its time, and it is too long past to be caught up.",
    )
