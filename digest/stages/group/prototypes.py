"""Prototypes: one vector a theme, made of what its configuration says and of what staff did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.domain.model import OTHER, Reviewed, Theme
from digest.stages.group.abbreviations import written_out
from digest.stages.group.catalogue import TOPICS
from digest.stages.group.encoder import Encoder

#: how many insights that staff placed weigh as much as a theme's own words
OWN_WORDS = 3.0
#: a general topic this near to a configured theme does not compete with it
NEAR_THEME = 0.55
#: characters of a text that are compared; encoders read no more of it
MOST_CHARACTERS = 4000

Vectors = NDArray[np.float32]

_CLAUSES = re.compile(r"[.,;:]| and ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prototypes:
    """What stories are held against."""

    themes: Vectors
    #: what competes for Other: general topics, then what staff put there; empty where the encoder has none
    rivals: Vectors
    rival_names: tuple[str, ...]
    #: a vector for each reviewed insight, in their order
    reviewed: Vectors
    #: for each theme the places of those that staff put there
    placed: tuple[NDArray[np.intp], ...]


def prototypes(
    themes: Sequence[Theme], reviewed: Sequence[Reviewed], encoder: Encoder, meanings: Mapping[str, str]
) -> Prototypes:
    """Make the prototypes of these themes.

    reviewed: insights that staff moved, or looked at and left, oldest first; meanings: of abbreviations.
    """
    told = encoded(encoder, [text_of(one.title, one.summary) for one in reviewed], meanings)
    own = _own(themes, encoder, meanings)
    # a topic that is a theme's own does not become one by what staff moved
    rivals, names = _rivals(own, encoder) if encoder.limits.competes else (own[:0], ())
    elsewhere = [place for place, one in enumerate(reviewed) if one.theme == OTHER]
    if encoder.limits.competes and elsewhere:
        rivals = np.vstack([rivals, told[elsewhere]])
        names += tuple(reviewed[place].title for place in elsewhere)
    placed = [[place for place, one in enumerate(reviewed) if one.theme == theme.id] for theme in themes]
    return Prototypes(
        themes=_pulled(own, themes, reviewed, told),
        rivals=rivals,
        rival_names=names,
        reviewed=told,
        placed=tuple(np.array(places, dtype=np.intp) for places in placed),
    )


def encoded(encoder: Encoder, texts: Sequence[str], meanings: Mapping[str, str]) -> Vectors:
    """Return the vectors of texts, whose abbreviations are written out."""
    return encoder.vectors([written_out(text[:MOST_CHARACTERS], meanings) for text in texts])


def text_of(title: str, summary: str) -> str:
    """Return what is compared of an insight."""
    return f"{title}. {summary}"


def _own(themes: Sequence[Theme], encoder: Encoder, meanings: Mapping[str, str]) -> Vectors:
    """One vector a theme: its name, name with description, the description's clauses, keywords, examples."""
    parts = [_parts(theme) for theme in themes]
    texts = [text for groups in parts for group in groups for text in group]
    vectors = encoded(encoder, texts, meanings)
    rest = iter(vectors)
    made = np.empty((len(themes), vectors.shape[1]), dtype=np.float32)
    for place, groups in enumerate(parts):
        means = [_unit(np.sum([next(rest) for _ in group], axis=0)) for group in groups]
        made[place] = _unit(np.sum(means, axis=0))
    return made


def _parts(theme: Theme) -> list[list[str]]:
    clauses = [clause.strip() for clause in _CLAUSES.split(theme.description) if len(clause.strip()) > 2]
    named = f"{theme.name}. {theme.description}" if theme.description else theme.name
    groups = [[theme.name], [named], clauses, list(theme.keywords), list(theme.examples)]
    return [group for group in groups if group]


def _pulled(own: Vectors, themes: Sequence[Theme], reviewed: Sequence[Reviewed], told: Vectors) -> Vectors:
    ranks = {theme.id: rank for rank, theme in enumerate(themes)}
    made = own * np.float32(OWN_WORDS)
    for one, vector in zip(reviewed, told, strict=True):
        if one.theme in ranks:
            made[ranks[one.theme]] += vector
    return np.array([_unit(row) for row in made], dtype=np.float32).reshape(own.shape)


def _rivals(own: Vectors, encoder: Encoder) -> tuple[Vectors, tuple[str, ...]]:
    topics = encoder.vectors(TOPICS)
    if not len(own):
        return topics, TOPICS
    kept = [place for place, topic in enumerate(topics) if (own @ topic).max() < NEAR_THEME]
    return topics[kept], tuple(TOPICS[place] for place in kept)


def _unit(vector: Vectors) -> Vectors:
    """Give a vector length 1; zeros stay zeros."""
    length = np.linalg.norm(vector)
    return vector / length if length else vector
