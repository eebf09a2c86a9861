"""The lexical encoder: TF-IDF over stemmed words. It knows no synonyms, needs no weights and is always there."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.stages.group import Encoder, Limits
from digest.stages.group.stopwords import STOP
from digest.stages.group.words import stemmer

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
#: places of a vector; two words of a text hardly ever share one
DIMENSIONS = 4096


class LexicalEncoder(Encoder):
    """TF-IDF (Salton and Buckley 1988) with sublinear term frequency.

    A word's weight comes from the texts given to the constructor, so that no text's vector depends on its neighbours;
    its place in the vector is a hash of it (Weinberger et al. 2009), so that no list of words is kept.
    """

    #: words' weights come from the themes, so no vector is good for long
    name = ""
    limits = Limits(
        other_below=0.08, weak_below=0.15, check_within=0.05, alike=0.9, akin=0.3, ruled=0.4, named=0.05, competes=False
    )

    def __init__(self, background: Sequence[str] = (), language: str = "en") -> None:
        """background: what the words' weights are taken from: the themes' descriptions; language: of the texts."""
        self._stem = stemmer(language) or str
        self._known = len(background)
        self._spread = Counter(stem for text in background for stem in set(self._stems(text)))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text; a text without a telling word gets the vector of zeros."""
        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for place, text in enumerate(texts):
            # sorted, so that sums are the same at every run
            for stem, count in sorted(Counter(self._stems(text)).items()):
                made[place, zlib.crc32(stem.encode()) % DIMENSIONS] += (1 + math.log(count)) * self._weight(stem)
            made[place] /= np.linalg.norm(made[place]) or 1.0
        return made

    def _weight(self, stem: str) -> float:
        return 1 + math.log((1 + self._known) / (1 + self._spread[stem]))

    def _stems(self, text: str) -> list[str]:
        words = (word.strip("'’-").casefold() for word in _WORD.findall(text))
        return [self._stem(word) for word in words if word not in STOP and len(word) > 1]
