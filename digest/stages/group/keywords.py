"""Keywords: where a theme's keywords stand in a title and a summary."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

#: hits that count at most in a summary; a title's hits count double
SUMMARY_HITS = 2
TITLE_FACTOR = 2
PHRASE_FACTOR = 1.5

_WORD = re.compile(r"[^\W_]+")
_STEMMER = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Keywords that were found, in their order, and how much they weigh together (0 to 1)."""

    keywords: tuple[str, ...] = ()
    weight: float = 0.0


def stems(text: str) -> tuple[str, ...]:
    """Return the words of a text without their endings."""
    return tuple(_stem(word.casefold()) for word in _WORD.findall(text))


def hits(keywords: Sequence[str], title: Sequence[str], summary: Sequence[str]) -> Hits:
    """Look for keywords in the stems of a title and a summary."""
    found = []
    total = 0.0
    for keyword in keywords:
        wanted = _wanted(keyword)
        count = TITLE_FACTOR * _count(wanted, title) + min(SUMMARY_HITS, _count(wanted, summary))
        if count:
            found.append(keyword)
            total += count * (PHRASE_FACTOR if len(wanted) > 1 else 1.0)
    return Hits(keywords=tuple(found), weight=1 - math.exp(-total / 2))


@lru_cache(maxsize=5_000)
def _wanted(keyword: str) -> tuple[str, ...]:
    # each is looked for in every story
    return stems(keyword)


def _count(wanted: Sequence[str], words: Sequence[str]) -> int:
    if not wanted:
        return 0
    width = len(wanted)
    return sum(words[at : at + width] == wanted for at in range(len(words) - width + 1))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))
