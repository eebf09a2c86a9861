"""Choosing: which stories go into an edition, in what order they stand, and why the others wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import OTHER, Newsletter, Placement, Story
from digest.stages.layout.strength import strongest_first


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What goes into an edition, in its order, and what waits for the next one."""

    kept: tuple[Placement, ...]
    #: the strongest first, each with why it waits, in words for staff
    waiting: tuple[tuple[Placement, str], ...] = ()


def fresh(stories: Iterable[Story], newsletter: Newsletter, slot: datetime) -> tuple[Story, ...]:
    """Return the stories that are not too old for an edition: one telling of it within the days is enough."""
    if not newsletter.maximum_age_days:
        return tuple(stories)
    oldest = slot - timedelta(days=newsletter.maximum_age_days)
    return tuple(story for story in stories if any(one.published >= oldest for one in story.insights))


def choose(placements: Iterable[Placement], newsletter: Newsletter, slot: datetime) -> Choice:
    """Decide what goes in, within the limits.

    The strongest stay. Each theme's strongest goes in before a second of another, since who chose
    that theme alone would get nothing.
    """
    candidates: list[Placement] = []
    waiting: list[tuple[Placement, str]] = []
    firsts: set[str] = set()
    seen: Counter[str] = Counter()
    for placement in strongest_first(placements, newsletter, slot):
        if seen[placement.theme] < newsletter.maximum_per_theme:
            candidates.append(placement)
        else:
            waiting.append((placement, f"{newsletter.maximum_per_theme} under its theme are stronger"))
        if not seen[placement.theme] and placement.theme != OTHER:
            firsts.add(placement.story.id)
        seen[placement.theme] += 1
    candidates.sort(key=lambda one: (not one.pinned, one.story.id not in firsts))
    most = newsletter.maximum_stories
    waiting += [(one, f"{most} in all are stronger, or the first of their themes") for one in candidates[most:]]
    return Choice(kept=in_order(candidates[:most], newsletter), waiting=tuple(waiting))


def in_order(
    placements: Iterable[Placement], newsletter: Newsletter, first: Sequence[str] = ()
) -> tuple[Placement, ...]:
    """Return stories as they stand in an edition: by theme as configured, where a person put them, then newest first.

    first: ids of themes that go before the others, as the segment or a person wants them.
    """
    order = dict.fromkeys([*first, *(theme.id for theme in newsletter.themes)])
    ranks = {theme: rank for rank, theme in enumerate(order)}

    def standing(one: Placement) -> tuple[int, bool, int, float, str]:
        rank = ranks.get(one.theme, len(ranks))
        return rank, not one.place, one.place, -one.shown.published.timestamp(), one.story.id

    return tuple(sorted(placements, key=standing))


def in_full(ranked: Sequence[Placement], newsletter: Newsletter) -> frozenset[str]:
    """Return the ids of the stories that stand with their summary: the strongest, each theme's strongest first.

    ranked: all stories but the one at the top, the strongest first. The others stand in brief. One alone does not:
    a list of one is no list.
    """
    most = newsletter.stories_in_full
    if len(ranked) <= most + 1:
        return frozenset(one.story.id for one in ranked)
    firsts: dict[str, str] = {}
    for one in ranked:
        firsts.setdefault(one.theme, one.story.id)
    ordered = sorted(ranked, key=lambda one: firsts[one.theme] != one.story.id)
    return frozenset(one.story.id for one in ordered[:most])
