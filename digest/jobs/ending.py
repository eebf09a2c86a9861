"""Ending: a newsletter ends. What is still to leave keeps it; what was only drafted is thrown away in one commit."""

from __future__ import annotations

from dataclasses import dataclass

from digest.domain.errors import Refused
from digest.domain.model import Edition, EditionState
from digest.domain.ports import Clock, Event, Headcount, Store
from digest.domain.states import MAILED, UNDER_WAY
from digest.jobs.keeping import advance


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands on a newsletter."""

    people: Headcount
    #: of those who get it, on no other newsletter that there is
    alone: int
    #: editions that people have, and drafts that nobody approved
    mailed: int
    drafts: int
    #: what must leave or be cancelled first
    unfinished: tuple[Edition, ...]


def standing(store: Store, clock: Clock, newsletter: str, others: list[str]) -> Standing:
    """Return what stands on a newsletter, by its id; others: the ids of those that stay."""
    with store.reading() as session:
        every = session.editions.every(newsletter)
        return Standing(
            people=session.growth.headcount(newsletter, clock()),
            alone=session.growth.alone(newsletter, others),
            mailed=sum(one.state in MAILED for one in every),
            drafts=sum(one.state == EditionState.DRAFT for one in every),
            unfinished=tuple(one for one in every if _is_unfinished(one)),
        )


def refuse_unfinished(store: Store, newsletter: str) -> None:
    """Raise Refused where an edition of a newsletter is approved, or still being sent."""
    with store.reading() as session:
        first = next((one for one in session.editions.every(newsletter) if _is_unfinished(one)), None)
    if first is not None:
        raise Refused(
            f"No. {first.number} is {first.state}, and would be left half-way.",
            "Let it leave, cancel it or take its approval back, then remove the newsletter.",
        )


def end(store: Store, clock: Clock, newsletter: str, who: str) -> int:
    """Throw the drafts of a newsletter away, now that it has ended; return how many there were."""
    event = Event(at=clock(), who=who, what="discarded", why="its newsletter was removed")
    with store.writing() as session:
        drafts = [one for one in session.editions.every(newsletter) if one.state == EditionState.DRAFT]
        for one in drafts:
            advance(session, one, EditionState.DISCARDED, event)
    return len(drafts)


def _is_unfinished(edition: Edition) -> bool:
    return edition.state in UNDER_WAY and edition.state != EditionState.DRAFT
