"""Dedupe: insights that tell the same become one story with "also at"."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import timedelta

from rapidfuzz import fuzz

from digest.domain.model import Insight, Story

#: rapidfuzz scores (0 to 100) from which two insights tell the same; measured on labelled pairs of news:
#: precision .997, recall .993 (DESIGN.md, "Near-duplicates")
SAME_WORDS = 85
SAME_TITLE = 90
#: a text of fewer different words is part of many longer ones without telling the same (its title alone
#: counts); the figures above are the same with it
LEAST_WORDS = 5
#: a yearly report has the same title as the year before
WITHIN = timedelta(days=14)


def stories(insights: Sequence[Insight]) -> tuple[Story, ...]:
    """Merge insights into stories, oldest lead first; of two that tell the same the older leads."""
    groups: list[list[Insight]] = []
    for insight in sorted(insights, key=lambda one: (one.published, one.id)):
        home = next((group for group in groups if any(same(insight, member) for member in group)), None)
        if home is None:
            groups.append([insight])
        else:
            home.append(insight)
    return tuple(Story(lead=group[0], also=tuple(group[1:])) for group in groups)


def parted(
    candidates: Sequence[Story], told: Sequence[Insight], addresses: Container[str]
) -> tuple[tuple[Story, ...], tuple[Story, ...]]:
    """Part the candidates into those that are new and those that tell again what stood in an edition before.

    told: insights of the last editions, compared by their words; addresses: canonical ones of all editions.
    """
    again = [story for story in candidates if _is_told(story, told, addresses)]
    return tuple(story for story in candidates if story not in again), tuple(again)


def _is_told(story: Story, told: Sequence[Insight], addresses: Container[str]) -> bool:
    return any(
        (insight.canonical and insight.canonical in addresses) or any(same(insight, old) for old in told)
        for insight in story.insights
    )


def same(one: Insight, other: Insight) -> bool:
    """Tell whether two insights tell the same: the same address, or nearly the same words within two weeks."""
    if one.canonical and one.canonical == other.canonical:
        return True
    if abs(one.published - other.published) > WITHIN:
        return False
    if fuzz.token_sort_ratio(one.title.casefold(), other.title.casefold()) >= SAME_TITLE:
        return True
    words = _words(one), _words(other)
    telling = min(len(set(text.split())) for text in words) >= LEAST_WORDS
    return telling and fuzz.token_set_ratio(*words) >= SAME_WORDS


def _words(insight: Insight) -> str:
    return f"{insight.title} {insight.summary}".casefold()
