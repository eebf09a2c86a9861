"""Offering: what an edition has for people, and what must be remembered of them for it.

An edition's own stories are offered to everybody. Stories of editions that were sent in the last weeks
(`catch_up_weeks`) are kept with it for those who did not get them: who wants it less often, and who was away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.domain.model import Edition, EditionState, Newsletter, Placement, Recipient
from digest.domain.ports import Remembered, Session
from digest.stages import segment
from digest.stages.layout.strength import strength

#: an edition in one of these has reached people, or is about to
_TOLD = (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT)
#: stopped half-way, it reached some
_MAILED = (*_TOLD, EditionState.CANCELLED)


def own(placements: Sequence[Placement]) -> list[Placement]:
    """Return those of an edition's stories that are its own."""
    return [one for one in placements if not one.first_in]


def earlier(session: Session, newsletter: Newsletter, edition: Edition) -> list[Placement]:
    """Return the stories that other editions told in the last weeks, of the latest edition first.

    They stand as they stood there; what somebody took out since is not among them. An edition beside the schedule tells
    what is its own and nothing else.
    """
    if edition.special:
        return []
    since = edition.slot - timedelta(weeks=newsletter.catch_up_weeks)
    told = [
        one for one in session.editions.every(newsletter.id) if one.state in _TOLD and since <= one.slot < edition.slot
    ]
    out = {one.story for one in session.exclusions.every(newsletter.id)} if told else set()
    found: dict[str, Placement] = {}
    for one in told:
        for placement in own(session.editions.placements(one.id)):
            if not out.intersection(insight.id for insight in placement.story.insights):
                found.setdefault(placement.story.id, replace(placement, first_in=one.id, pinned=False))
    return list(found.values())


def offer(session: Session, newsletter: Newsletter, edition: Edition, placements: Sequence[Placement]) -> segment.Offer:
    """Return what an edition with these stories has for people."""
    firsts = {one.first_in for one in placements if one.first_in}
    slots = {one.id: one.slot for one in session.editions.every(newsletter.id) if one.id in firsts}
    strengths = {
        one.story.id: strength(one, newsletter, slots.get(one.first_in, edition.slot)).value for one in placements
    }
    return segment.Offer(
        slot=edition.slot, placements=placements, slots=slots, strengths=strengths, special=edition.special
    )


def remembered(session: Session, newsletter: Newsletter, edition: Edition, offered: segment.Offer) -> Remembered:
    """Return what must be asked of each person: which of the last editions they got, and where these stories were told.

    Few editions tell a story that is not earlier than what somebody got last: one that was stopped half-way and whose
    stories were new again, one that overtook another, and one beside the schedule: it is nobody's last edition, so that
    it puts off no other.
    """
    back = max(timedelta(weeks=newsletter.catch_up_weeks), segment.LONGEST)
    mailed = [one for one in session.editions.every(newsletter.id) if one.state in _MAILED and one.id != edition.id]
    slots = {one.id: one.slot for one in mailed}
    beside = {one.id for one in mailed if one.special}
    told = _telling(session, newsletter.id, edition.id, offered.placements)
    firsts = {one.story.id: offered.slots[one.first_in] for one in offered.placements if one.first_in}
    # who got an edition after the one in which a story stood first is not offered it
    surprising = {
        one: {story for story in stories if one in beside or story not in firsts or slots[one] < firsts[story]}
        for one, stories in told.items()
        if one in slots
    }
    recent = [one for one in mailed if one.slot >= edition.slot - back]
    last = [one for one in recent if not one.special]
    return Remembered(
        last=[(one.id, one.slot) for one in last],
        overlooked=_overlooked(session, last, recent),
        told={one: _by_variant(session, one, told[one], stories) for one, stories in surprising.items() if stories},
    )


def kinds(
    session: Session, newsletter: Newsletter, offered: segment.Offer, known: Remembered, now: datetime
) -> list[tuple[Recipient, int]]:
    """Return somebody of each kind of a newsletter's people, and how many are like them in all that matters here."""
    rules = [one.rule for one in newsletter.segments]
    return session.people.kinds(newsletter.id, rules, known, list(offered.slots.values()), now)


def told_elsewhere(session: Session, edition: Edition) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return which other editions told an edition's stories: edition -> its variants -> those that each held."""
    told = _telling(session, edition.newsletter, edition.id, session.editions.placements(edition.id))
    return {one: _by_variant(session, one, stories, set(stories)) for one, stories in told.items()}


def _overlooked(session: Session, editions: Sequence[Edition], others: Sequence[Edition]) -> dict[str, list[str]]:
    """Return which editions could tell nothing of another before, since that began to leave after they were drafted."""
    began: dict[str, datetime] = {}
    for one in others:
        for event in session.editions.history(one.id):
            if event.what == EditionState.SENDING:
                began.setdefault(one.id, event.at)
    found = {
        one.id: [
            other.id
            for other in others
            if other.state in _TOLD and other.slot < one.slot and one.drafted_at < began.get(other.id, one.drafted_at)
        ]
        for one in editions
    }
    # what was drafted in the same moment may hold it all the same
    held = {one: {place.first_in for place in session.editions.placements(one)} for one in found if found[one]}
    return {one: kept for one in held if (kept := [other for other in found[one] if other not in held[one]])}


def _telling(
    session: Session, newsletter: str, edition: str, placements: Sequence[Placement]
) -> dict[str, dict[str, set[str]]]:
    """Return which other editions told some stories, whichever insight led them there.

    Edition -> the story in question -> what it is called there.
    """
    story_of = {insight.id: one.story.id for one in placements for insight in one.story.insights}
    found: dict[str, dict[str, set[str]]] = {}
    for where, story, insight in session.editions.telling(newsletter, list(story_of)):
        if where != edition:
            found.setdefault(where, {}).setdefault(story_of[insight], set()).add(story)
    return found


def _by_variant(
    session: Session, edition: str, told: Mapping[str, set[str]], stories: set[str]
) -> dict[str, frozenset[str]]:
    """Return which of some stories each variant of an edition held; told: what they are called there."""
    return {
        slug: frozenset(story for story in stories if not told[story].isdisjoint(held))
        for slug, held in session.editions.lists(edition).items()
    }
