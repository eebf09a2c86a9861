"""Due: what is to be done for a newsletter at this moment, from what the database says and nothing else.

The alarm clock only says "look now"; it may ring late, twice, in two processes, or not at all for a
week. A slot is one instant in UTC and (newsletter, slot) is unique, so one edition comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from digest.domain.model import Edition, EditionState, Newsletter
from digest.domain.ports import Clock, CountsAs, Editions, Event, Store
from digest.domain.states import OPEN, SIGNED
from digest.jobs.links import BEFORE_SLOT
from digest.stages import slots


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
    schedule = newsletter.schedule
    horizon = now + timedelta(hours=schedule.draft_hours_before)
    wanted = [
        Due(do=Do.DRAFT, slot=slot)
        for slot in slots.between(schedule, since, horizon)
        if slot not in taken and slot >= _oldest(newsletter, now)
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
        if slot not in taken and slot < _oldest(newsletter, now)
    ]
    with store.writing() as session:
        session.editions.keep_revision(revision, now, files)
        recorded = [edition for edition in missed if session.editions.add(edition, (), ())]
        given_up = [edition for edition in editions if _given_up(edition, newsletter, now)]
        return recorded + [one for one in given_up if _give_up(session.editions, one, now)]


def ahead(store: Store, newsletter: Newsletter, now: datetime) -> list[datetime]:
    """Return the slots of the editions that are approved and wait for their time, wherever these lie."""
    with store.reading() as session:
        return [one.slot for one in session.editions.every(newsletter.id) if one.state in SIGNED and one.slot > now]


def next_look(newsletter: Newsletter, now: datetime, approved: Sequence[datetime] = ()) -> datetime:
    """Return when to look again at the latest: the next draft, slot, the hour or the minutes before it, or in five
    minutes for what waits.

    approved: slots of editions that wait for their time, also beside the schedule.
    """
    lead = timedelta(hours=newsletter.schedule.draft_hours_before)
    slot = slots.after(newsletter.schedule, now)
    drafting = slots.after(newsletter.schedule, now + lead) - lead
    holding = slots.after(newsletter.schedule, now + _holding(newsletter)) - _holding(newsletter)
    checking = slots.after(newsletter.schedule, now + BEFORE_SLOT) - BEFORE_SLOT
    own = [moment for one in approved for moment in (one - _holding(newsletter), one) if moment > now]
    return min(slot, drafting, checking, holding, now + timedelta(minutes=5), *own)


def _oldest(newsletter: Newsletter, now: datetime) -> datetime:
    return now - timedelta(hours=newsletter.schedule.catch_up_hours)


def _holding(newsletter: Newsletter) -> timedelta:
    return timedelta(minutes=newsletter.schedule.holding_minutes)


def _is_checked(edition: Edition, now: datetime) -> bool:
    """Tell whether the links of an edition are to be checked once more before it leaves."""
    return edition.state in OPEN and edition.slot - BEFORE_SLOT <= now < edition.slot


def _is_held(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    """Tell whether the minutes before an edition leaves begin now."""
    return edition.state == EditionState.APPROVED and edition.slot - _holding(newsletter) <= now < edition.slot


def _goes(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    if edition.state == EditionState.SENDING:
        return True
    if edition.state not in SIGNED or edition.slot > now:
        return False
    late = edition.approved_at is not None and edition.approved_at >= edition.slot
    return late or edition.slot >= _oldest(newsletter, now)


def _given_up(edition: Edition, newsletter: Newsletter, now: datetime) -> bool:
    if edition.slot >= _oldest(newsletter, now):
        return False
    if edition.state in SIGNED:
        return not _goes(edition, newsletter, now)
    lead = timedelta(hours=newsletter.schedule.draft_hours_before)
    return edition.state == EditionState.DRAFT and slots.after(newsletter.schedule, edition.slot) - lead <= now


def _give_up(editions: Editions, edition: Edition, now: datetime) -> bool:
    why = "its time is too long past"
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
