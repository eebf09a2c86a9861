"""Waiting: for what an edition waits, as people are told: an approval, its time, its hours for mail, mornings."""

from __future__ import annotations

from datetime import datetime

from digest.domain import spoken
from digest.domain.model import Edition, EditionState, Newsletter
from digest.domain.ports import Mornings
from digest.domain.states import SIGNED
from digest.jobs import due
from digest.stages import slots


def sentences(newsletter: Newsletter, edition: Edition, now: datetime, mornings: Mornings | None = None) -> list[str]:
    """Return for what an edition waits; nothing of one that is over, or paused.

    mornings: of those who get it at their own time of day.
    """
    schedule = newsletter.schedule
    if edition.state == EditionState.DRAFT:
        return [_approval(newsletter, edition, now)]
    if edition.state in SIGNED and now < edition.slot:
        return [_leaves(newsletter, edition)]
    if edition.state not in (*SIGNED, EditionState.SENDING):
        return []
    said = []
    opens = slots.opens(schedule, now)
    if opens != now:
        until = f"until {spoken.when(opens, schedule.timezone)}" if opens else "and they never begin"
        said.append(f"It waits for its hours for mail {until}. {slots.window_sentence(schedule)}")
    if mornings is not None:
        first, last = (spoken.when(one, schedule.timezone) for one in (mornings.first, mornings.last))
        when = f"at {first}" if first == last else f"the next at {first}, the last at {last}"
        get = "gets" if mornings.people == 1 else "get"
        said.append(f"{spoken.people(mornings.people)} {get} it in the morning where they live: {when}.")
    return said


def _approval(newsletter: Newsletter, edition: Edition, now: datetime) -> str:
    zone, deadline = newsletter.schedule.timezone, due.deadline(newsletter, edition)
    if now >= edition.slot:
        return "Not approved by its time, so it is held. Nobody got it. Approved now, it leaves at once."
    misses = newsletter.schedule.unapproved == "miss"
    if deadline == edition.slot:
        return f"Approval is due by {spoken.when(deadline, zone)}. Without it, it is {'missed' if misses else 'held'}."
    if now >= deadline:
        at = spoken.when(edition.slot, zone)
        return f"Approval was due by {spoken.when(deadline, zone)}. Approved before {at}, it still leaves on time."
    slot = spoken.when(edition.slot, zone)
    then = "After that it is missed." if misses else f"Approved later, but before {slot}, it still leaves on time."
    return f"Approval is due by {spoken.when(deadline, zone)}. {then}"


def _leaves(newsletter: Newsletter, edition: Edition) -> str:
    schedule = newsletter.schedule
    leaves = slots.leaves_at(schedule, edition.slot)
    at = spoken.when(leaves, schedule.timezone)
    if leaves == edition.slot:
        return f"It leaves at {at}."
    return f"It leaves at {at}, when its hours for mail begin. {slots.window_sentence(schedule)}"
