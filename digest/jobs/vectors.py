"""Vectors: a text that was compared before is not encoded again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from digest.domain.ports import Clock, Store
from digest.stages.group import Encoder, Limits

#: what nobody needed for so long is dropped: a theme's words change, editions grow old
KEPT = timedelta(days=400)
_NUMBERS = np.dtype("<f4")


class Remembering(Encoder):
    """An encoder whose vectors are kept in the store, by the name of its weights."""

    def __init__(self, encoder: Encoder, store: Store, clock: Clock) -> None:
        self._encoder = encoder
        self._store = store
        self._clock = clock

    @property
    def name(self) -> str:
        """The name of the weights behind it."""
        return self._encoder.name

    @property
    def limits(self) -> Limits:
        """What the likenesses of the encoder behind it mean."""
        return self._encoder.limits

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, in the same order; those that are new are kept.

        Raises EncoderError where it cannot be loaded.
        """
        if not self.name or not texts:
            return self._encoder.vectors(texts)
        keys = [hashlib.sha256(text.encode(errors="replace")).hexdigest() for text in texts]
        with self._store.reading() as session:
            known = session.vectors.recall(self.name, sorted(set(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            new = self._encoder.vectors(list(missing.values())).astype(_NUMBERS)
            made = {key: vector.tobytes() for key, vector in zip(missing, new, strict=True)}
            now = self._clock()
            with self._store.writing() as session:
                session.vectors.keep(self.name, made, sorted(known), now)
                session.vectors.forget(now - KEPT)
            known |= made
        return np.array([np.frombuffer(known[key], dtype=_NUMBERS) for key in keys], dtype=np.float32)
