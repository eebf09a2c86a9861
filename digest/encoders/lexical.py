"""The lexical encoder: TF-IDF over stemmed words. It knows no synonyms, needs no weights and is always there."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
#: words that tell nothing about a theme
_STOP = frozenset(
    [
        "a",
        "about",
        "above",
        "across",
        "after",
        "again",
        "against",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "around",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "down",
        "during",
        "each",
        "every",
        "few",
        "first",
        "for",
        "from",
        "further",
        "get",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "last",
        "like",
        "made",
        "make",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "myself",
        "new",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "ourselves",
        "out",
        "over",
        "own",
        "per",
        "said",
        "same",
        "say",
        "says",
        "she",
        "should",
        "since",
        "so",
        "some",
        "such",
        "take",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "themselves",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "three",
        "through",
        "to",
        "too",
        "two",
        "under",
        "until",
        "up",
        "upon",
        "us",
        "use",
        "used",
        "very",
        "was",
        "way",
        "we",
        "well",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "year",
        "years",
        "yet",
        "you",
        "your",
        "yours",
        "yourself",
        "yourselves",
    ]
)


class LexicalEncoder:
    """TF-IDF (Salton and Buckley 1988) with sublinear term frequency; weights come from the texts given."""

    def __init__(self, language: str = "english") -> None:
        stemmer = snowballstemmer.stemmer(language)
        self._stem = lru_cache(maxsize=50_000)(stemmer.stemWord)

    def vectors(self, texts: Sequence[str]) -> list[Mapping[int, float]]:
        """Return one sparse unit vector a text; a text without a telling word gets the empty vector."""
        counted = [Counter(self._stems(text)) for text in texts]
        spread = Counter(stem for counts in counted for stem in counts)
        # sorted, so that a stem has the same index at every run
        index = {stem: number for number, stem in enumerate(sorted(spread))}
        return [
            _unit(
                {
                    index[stem]: (1 + math.log(count)) * (1 + math.log((1 + len(texts)) / (1 + spread[stem])))
                    for stem, count in sorted(counts.items())
                }
            )
            for counts in counted
        ]

    def _stems(self, text: str) -> list[str]:
        words = (word.strip("'’-").casefold() for word in _WORD.findall(text))
        return [self._stem(word) for word in words if word not in _STOP and len(word) > 1]


def _unit(vector: dict[int, float]) -> dict[int, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {key: weight / length for key, weight in vector.items()} if length else {}
