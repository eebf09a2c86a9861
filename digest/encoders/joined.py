"""Joined: the meaning of a sentence and the meaning of its words, as one vector."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from digest.encoders import MEANINGS, minilm, wordllama
from digest.stages.group import Encoder, Limits

#: how much the words count beside the sentence (measured, DESIGN.md "Themes")
WORDS = 0.3


class JoinedEncoder(Encoder):
    """The likeness of two texts is (MiniLM's + 0.3 · WordLlama's) / 1.3."""

    name = f"MiniLM {minilm.SHA256[:12]}, WordLlama {version('wordllama')} by {WORDS}"
    limits = Limits(
        other_below=-0.05,
        weak_below=-0.03,
        check_within=0.05,
        alike=0.9,
        akin=0.5,
        ruled=0.6,
        named=0.3,
        competes=True,
        languages=MEANINGS,
    )

    def __init__(self) -> None:
        self._sentences = minilm.MiniLM()
        self._words = wordllama.WordLlama()

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, in the same order.

        Raises EncoderError where weights are missing or broken.
        """
        sentences, words = self._sentences.vectors(texts), self._words.vectors(texts)
        joined: NDArray[np.float32] = np.hstack([sentences, words * np.float32(np.sqrt(WORDS))])
        return joined / np.float32(np.sqrt(1 + WORDS))

    def load(self) -> None:
        """Read all weights now.

        Raises EncoderError where some are missing or broken.
        """
        # one after the other, since each needs much memory for a moment
        self._sentences.load()
        self._words.load()
