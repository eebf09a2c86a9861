"""Suggest: themes that some months' stories would make by themselves, for people to edit. Nothing here is published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from digest.domain.model import OTHER, Story
from digest.stages.group import Ways, place
from digest.stages.group.clusters import Labels, Numbers, centres, clusters, spread
from digest.stages.group.encoder import Encoder
from digest.stages.group.naming import Named, Namer
from digest.stages.group.prototypes import Vectors, encoded, text_of

#: with fewer stories nothing can be said
LEAST_STORIES = 12
#: a group of fewer is no theme
LEAST_EACH = 3
EXAMPLES = 5
#: characters of a title that may stand as an example
LONGEST_EXAMPLE = 160
#: a group is a present theme if this share of it stands there, with half of all that stands there
SAME_THEME = 2 / 3

# what has no two letters beside each other says nothing
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A theme that might be."""

    #: those of the present theme where it is one
    id: str
    name: str
    description: str
    keywords: tuple[str, ...]
    #: titles, the most typical first
    examples: tuple[str, ...]
    stories: int
    #: (id of a present theme or OTHER, how many of the stories stand there now), most first
    overlap: tuple[tuple[str, int], ...]
    #: id of the present theme that it is; empty where it is none
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What some stories suggest."""

    #: how many different ones there were
    stories: int
    suggestions: tuple[Suggestion, ...] = ()


def suggest(stories: Sequence[Story], grouping: Ways, encoder: Encoder, beside: Collection[str] = ()) -> Suggested:
    """Suggest themes for stories; the same ones in whatever order the stories come.

    beside: names that say nothing of a theme, as of the sources. Raises EncoderError where the encoder cannot be
    loaded.
    """
    different, vectors = _different(stories, grouping, encoder)
    if len(different) < LEAST_STORIES:
        return Suggested(stories=len(different))
    middle = vectors.mean(axis=0, dtype=np.float64)
    seen = spread(vectors, middle)
    labels = clusters(seen)
    texts = [text_of(one.lead.title, one.lead.summary) for one in different]
    namer = Namer.of(texts, labels, grouping, encoder, middle, centres(seen, labels), beside)
    themes = [placed.theme for placed in place(different, grouping, encoder)]
    made = []
    for label in np.argsort(-np.bincount(labels), kind="stable").tolist():
        places = _typical(seen, labels, label)
        if len(places) < LEAST_EACH:
            continue
        overlap = Counter(themes[at] for at in places).most_common()
        known = _known(overlap, len(places), themes)
        named = namer.name(label, known)
        if named is not None:
            titles = [different[at].lead.title for at in places]
            made.append(_suggestion(named, titles, overlap, known))
    return Suggested(stories=len(different), suggestions=tuple(made))


def _suggestion(named: Named, titles: Sequence[str], overlap: Sequence[tuple[str, int]], known: str) -> Suggestion:
    examples = list(dict.fromkeys(title for title in titles if len(title) <= LONGEST_EXAMPLE))
    return Suggestion(
        id=named.id,
        name=named.name,
        description=named.description,
        keywords=named.keywords,
        examples=tuple(examples[:EXAMPLES]),
        stories=len(titles),
        overlap=tuple(overlap),
        known=known,
    )


def _different(stories: Sequence[Story], grouping: Ways, encoder: Encoder) -> tuple[list[Story], Vectors]:
    """Return the stories that say something, each once: ten that tell the same make no theme."""
    with_words = [one for one in stories if _LETTERS.search(f"{one.lead.title} {one.lead.summary}")]
    ordered = sorted(with_words, key=lambda one: (one.lead.title, one.lead.summary, one.id))
    vectors = encoded(encoder, [text_of(one.lead.title, one.lead.summary) for one in ordered], grouping.meanings)
    copies = np.triu(vectors @ vectors.T >= encoder.limits.alike, 1).any(axis=0)
    kept = np.flatnonzero(~copies & vectors.any(axis=1))
    return [ordered[at] for at in kept], vectors[kept]


def _typical(seen: Numbers, labels: Labels, label: int) -> Sequence[int]:
    """Return the places of a group's stories, those nearest to its centre first."""
    places = np.flatnonzero(labels == label)
    nearness = seen[places] @ centres(seen[places], np.zeros(len(places), dtype=np.intp))[0]
    ordered: list[int] = places[np.argsort(-nearness, kind="stable")].tolist()
    return ordered


def _known(overlap: Sequence[tuple[str, int]], size: int, themes: Sequence[str]) -> str:
    """Return the present theme that a group is: most of it stands there, and most of what stands there is in it."""
    theme, count = overlap[0]
    same = theme != OTHER and count >= SAME_THEME * size and 2 * count > themes.count(theme)
    return theme if same else ""
