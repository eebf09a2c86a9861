"""Encoder: what the grouping needs of whoever compares texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an encoder's likenesses mean; each spreads them in its own way (measured, DESIGN.md "Themes")."""

    #: a best theme with less confidence than this is no better than none: the story stands under Other
    other_below: float
    #: a best theme with less confidence than this has little that speaks for it
    weak_below: float
    #: a runner-up this close wants a person's eye
    check_within: float
    #: two texts this alike tell the same
    alike: float
    #: two texts this alike are of one kind: what staff did with one is named as a reason for the other
    akin: float
    #: two texts this alike are one kind for a rule, which binds: of those it catches, three in four are of one theme
    ruled: float
    #: a likeness to a theme from which its description is named as a reason
    named: float
    #: the catalogue of general topics competes with the themes; without it confidence is the score itself
    competes: bool
    #: primary subtags of the languages whose meaning it knows; empty where it compares words, whatever their language
    languages: frozenset[str] = frozenset()

    def reads(self, language: str) -> bool:
        """Tell whether its likenesses mean anything for texts in a language."""
        return not self.languages or language in self.languages


class Encoder(Protocol):
    """Turns texts into unit vectors, so that the dot product of two is their likeness (-1 to 1)."""

    @property
    def name(self) -> str:
        """The name of its weights, under which vectors may be kept; empty where they depend on more than the text."""
        ...

    @property
    def limits(self) -> Limits:
        """What its likenesses mean."""
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, in the same order, or zeros for a text that it cannot read.

        A text has the same vector whatever stands beside it. Raises EncoderError where it cannot be loaded.
        """
        ...
