"""Strength: which story is the strongest, wherever that is asked: for the top, the subject, and what limits leave out.

    strength = theme's weight x freshness x sureness of the date x telling
    freshness = 1/2 ^ (days before the slot / 7), telling = 1 + 1/2 a further source, of at most three

Products, so that each part can be said in days: half as strong is a week older. In a ranking, each story that a
source gave before lowers its next one. How strongly a story belongs to its theme is another question, and
another number (`Placement.score`): it makes no story more important.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import OTHER, DateFrom, Insight, Newsletter, Placement

#: a story of this age is half as strong as one of the slot's own day
HALF_LIFE = timedelta(days=7)
#: how far its date is believed; one without a date counts like a sure one that is a week older
SURENESS = {DateFrom.STATED: 1.0, DateFrom.PAGE: 0.95, DateFrom.GUESSED: 0.8, DateFrom.FIRST_SEEN: 0.5}
#: what each further source adds that tells a story; more than these are copies of one another
A_FURTHER_SOURCE = 0.5
FURTHER_SOURCES = 3
#: a source that gave a story: its next one counts so much of its strength, which is two days of age
A_STEP = 0.8
#: what stands under no theme was asked for by nobody
OTHER_WEIGHT = 0.5
#: dates without a time lie at noon, which may be after the slot; what lies further ahead tells of something to come
AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How strong a story is; `reasons` are in words for staff, those that say most first."""

    value: float
    reasons: tuple[str, ...]


def strength(placement: Placement, newsletter: Newsletter, slot: datetime) -> Strength:
    """Weigh one story as it is by itself."""
    lead = placement.shown
    tellers = len({insight.source for insight in placement.story.insights})
    weight = _weight(placement.theme, newsletter)
    age, date_from = _age(lead, slot)
    value = (
        weight
        * 0.5 ** (age / HALF_LIFE)
        * SURENESS[date_from]
        * (1 + A_FURTHER_SOURCE * min(tellers - 1, FURTHER_SOURCES))
    )
    reasons = (
        "pinned by hand" if placement.pinned else "",
        f"told by {tellers} sources" if tellers > 1 else "",
        _age_in_words(lead, age, date_from),
        "it stands under no theme" if placement.theme == OTHER else "",
        f"its theme weighs {weight:g}" if placement.theme != OTHER and weight != 1 else "",
    )
    return Strength(value=value, reasons=tuple(reason for reason in reasons if reason))


def strongest_first(placements: Iterable[Placement], newsletter: Newsletter, slot: datetime) -> tuple[Placement, ...]:
    """Rank stories: pinned ones, then the strongest, where each story that a source gave lowers its next one.

    Ties go by id; the order in which they are given does not matter.
    """
    weighed = [(not one.pinned, -strength(one, newsletter, slot).value, one.story.id, one) for one in placements]
    # a step lowers all that a source still has alike, so that only its first is to be compared with others'
    waiting: dict[str, deque[tuple[bool, float, str, Placement]]] = {}
    for entry in sorted(weighed, key=lambda entry: entry[:3]):
        waiting.setdefault(entry[3].story.lead.source, deque()).append(entry)
    given: Counter[str] = Counter()

    def standing(source: str) -> tuple[bool, float, str]:
        unpinned, value, story, _ = waiting[source][0]
        return unpinned, value * A_STEP ** given[source], story

    ranked = []
    while waiting:
        source = min(waiting, key=standing)
        ranked.append(waiting[source].popleft()[3])
        given[source] += 1
        if not waiting[source]:
            del waiting[source]
    return tuple(ranked)


def top_of(ranked: Sequence[Placement], first: Sequence[str] = ()) -> Placement:
    """Return the story for the top: the strongest whose theme is sure, unless one is pinned or none is sure.

    first: ids of themes that the segment wants before the others; one of theirs is taken where there is one.
    """
    likely = [one for one in ranked if one.pinned or is_sure(one)]
    return next((one for one in likely if one.pinned or one.theme in first), (likely or ranked)[0])


def is_sure(placement: Placement) -> bool:
    """Tell whether nobody need look where a story belongs: it stands under a theme, and not marked."""
    return placement.theme != OTHER and not placement.check


def _weight(theme: str, newsletter: Newsletter) -> float:
    return next((known.weight for known in newsletter.themes if known.id == theme), OTHER_WEIGHT)


def _age(lead: Insight, slot: datetime) -> tuple[timedelta, DateFrom]:
    if lead.published <= slot + AHEAD:
        return max(slot - lead.published, timedelta()), lead.date_from
    # the day of an event, or a slip: it says nothing of how new the story is
    return max(slot - lead.first_seen, timedelta()), DateFrom.FIRST_SEEN


def _age_in_words(lead: Insight, age: timedelta, date_from: DateFrom) -> str:
    old = "less than a day old" if not age.days else "1 day old" if age.days == 1 else f"{age.days} days old"
    if date_from != lead.date_from:
        return f"its date lies ahead, so by when it was first seen {old}"
    doubts = {
        DateFrom.GUESSED: ", but its date is only a guess",
        DateFrom.FIRST_SEEN: " by when it was first seen, since it has no date",
    }
    return old + doubts.get(date_from, "")
