"""Keywords: where a theme's keywords stand in a title and a summary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from digest.stages.group.words import forms, is_unspaced

#: hits that count at most in a summary; a title's hits count double
SUMMARY_HITS = 2
TITLE_FACTOR = 2
PHRASE_FACTOR = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Keywords that were found, in their order, and how much they weigh together (0 to 1)."""

    keywords: tuple[str, ...] = ()
    weight: float = 0.0


def hits(keywords: Sequence[str], title: Sequence[str], summary: Sequence[str], language: str = "en") -> Hits:
    """Look for keywords in the stems of a title and a summary, which are of a language."""
    found = []
    total = 0.0
    for keyword in keywords:
        ways = forms(keyword, language)
        count = TITLE_FACTOR * _count(ways, title) + min(SUMMARY_HITS, _count(ways, summary))
        if count:
            found.append(keyword)
            total += count * (PHRASE_FACTOR if len(ways[0]) > 1 else 1.0)
    return Hits(keywords=tuple(found), weight=1 - math.exp(-total / 2))


def holds(words: Sequence[str], wanted: str, language: str = "en") -> bool:
    """Tell whether all words of a text are among the stems of another, in any order."""
    ways = forms(wanted, language)
    return not ways or any(all(_count(((word,),), words) for word in way) for way in ways)


def _count(ways: Sequence[Sequence[str]], words: Sequence[str]) -> int:
    count = 0
    for wanted in ways:
        if len(wanted) == 1 and is_unspaced(wanted[0]):
            count += sum(word.count(wanted[0]) for word in words)
        else:
            width = len(wanted)
            count += sum(words[at : at + width] == wanted for at in range(len(words) - width + 1))
    return count
