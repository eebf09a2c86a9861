"""Naming: what a group of texts is called, in words that a person understands without having read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from digest.domain.model import OTHER
from digest.stages.group import Ways
from digest.stages.group.catalogue import TOPICS
from digest.stages.group.clusters import Labels, Numbers, spread
from digest.stages.group.encoder import Encoder
from digest.stages.group.prototypes import encoded
from digest.stages.group.stopwords import STOP
from digest.stages.group.telling import Key, Phrase, telling
from digest.stages.group.words import stems

#: phrases of a group that are held against its centre
TRIED = 20
KEYWORDS = 6
#: a general topic names a group that is this near to it, or a little less near where two of its words tell of the
#: group (measured, DESIGN.md "Themes")
NAMED_BY_TOPIC = 0.55
NAMED_BY_ITS_WORDS = 0.45
#: phrases whose words speak for a topic
LOOKED_AT = 8
#: a phrase is a name's second half where it weighs this share of the first
SECOND = 0.25
#: a phrase that is less like its group than this names nothing
LEAST_LIKE = 0.15
ID_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a group is called, and what could stand in digest.toml about it."""

    id: str
    name: str
    description: str
    keywords: tuple[str, ...]


class Namer:
    """Names groups one after the other; no two alike, and none like a theme that there is."""

    def __init__(self, grouping: Ways, phrases: Sequence[Sequence[Phrase]], topics: Numbers) -> None:
        """phrases: of each group, the best first; topics: how near each topic is to each group."""
        self._themes = {theme.id: theme for theme in grouping.themes}
        self._phrases = phrases
        self._topics = topics
        self._ids = {OTHER.casefold(), *self._themes}
        self._names = {frozenset(stems(theme.name)) for theme in grouping.themes}

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        labels: Labels,
        grouping: Ways,
        encoder: Encoder,
        middle: Numbers,
        centres: Numbers,
        beside: Collection[str],
    ) -> Namer:
        """Make what names the groups of some texts."""
        phrases = []
        for found, centre in zip(telling(texts, labels.tolist(), beside), centres, strict=True):
            tried = found[:TRIED]
            vectors = encoded(encoder, [one.words for one in tried], grouping.meanings)
            likenesses = spread(vectors, middle) @ centre if tried else ()
            weighed = [
                replace(one, weight=one.weight * float(like))
                for one, like in zip(tried, likenesses, strict=True)
                if like > LEAST_LIKE
            ]
            phrases.append(sorted(weighed, key=lambda one: (-one.weight, one.key)))
        return cls(grouping, phrases, spread(encoder.vectors(TOPICS), middle) @ centres.T)

    def name(self, label: int, known: str = "") -> Named | None:
        """Name a group; None where nothing tells it from the others.

        known: id of the present theme that it is.
        """
        phrases = [one for at, one in enumerate(self._phrases[label]) if not _is_said(one, self._phrases[label][:at])]
        theme = self._themes.get(known)
        name = theme.name if theme else next((one for one in self._names_for(label, phrases) if self._is_free(one)), "")
        if not name:
            return None
        made = Named(
            id=known or self._id(name),
            name=name,
            description=(theme.description if theme else "") or _sentence([one.words for one in phrases[:4]]),
            keywords=tuple(one.words for one in phrases[:KEYWORDS]),
        )
        self._ids.add(made.id)
        self._names.add(frozenset(stems(name)))
        return made

    def _names_for(self, label: int, phrases: Sequence[Phrase]) -> Iterator[str]:
        """Yield names for a group, the best first."""
        nearness = self._topics[:, label]
        words = {stem for one in phrases[:LOOKED_AT] for stem in one.key}
        for at in sorted(range(len(TOPICS)), key=lambda at: (-nearness[at], at))[:2]:
            said = len(words.intersection(stems(TOPICS[at])) - STOP)
            if nearness[at] >= (NAMED_BY_ITS_WORDS if said >= 2 else NAMED_BY_TOPIC):
                yield TOPICS[at]
        # a word such as “appointed” says what happened, no more; a name such as Ofsted may end like it
        nouns = [one for one in phrases if one.words[0].isupper() or not one.words.endswith("ed")]
        for at, one in enumerate(nouns):
            for other in nouns[at + 1 :] if " and " not in one.words else ():
                if _go_together(one, other):
                    yield _heading(f"{one.words} and {other.words}")
            yield _heading(one.words)

    def _is_free(self, name: str) -> bool:
        return frozenset(stems(name)) not in self._names

    def _id(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name.casefold().replace("’", "").replace("'", ""))
        slug = "-".join(word for word in re.findall(r"[a-z0-9]+", plain) if word not in STOP) or "theme"
        numbered = (f"{slug[: ID_CHARACTERS - 4].strip('-')}-{number}" for number in count(2))
        return next(one for one in chain([slug[:ID_CHARACTERS].strip("-")], numbered) if one not in self._ids)


def _is_said(phrase: Phrase, before: Sequence[Phrase]) -> bool:
    """Tell whether a phrase only says again what a better one says."""
    return any(_holds(phrase.key, one.key) or _holds(one.key, phrase.key) for one in before)


def _holds(whole: Key, part: Key) -> bool:
    return set(part) <= set(whole)


def _go_together(one: Phrase, other: Phrase) -> bool:
    """Tell whether two phrases make a name: they say different things, and neither says much less than the other."""
    akin = any(word.startswith(second) or second.startswith(word) for word in one.key for second in other.key)
    return " and " not in other.words and not akin and other.weight >= SECOND * one.weight


def _heading(words: str) -> str:
    return words[0].upper() + words[1:]


def _sentence(phrases: Sequence[str]) -> str:
    """Write phrases as one line."""
    if not phrases:
        return ""
    *before, last = phrases
    return _heading(f"{', '.join(before)} and {last}." if before else f"{last}.")
