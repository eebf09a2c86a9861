"""WordLlama: a table with a vector for each piece of a word; a text is the mean of its pieces.

WordLlama (Miller 2024, MIT) as the package wordllama brings it. Only its two files are read: importing it would set up
logging for the whole program and load a library for HTTP that nothing here needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from digest.domain.errors import EncoderError
from digest.encoders.packaged import file_of

DIMENSIONS = 256
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENS = "tokenizers/l2_supercat_tokenizer_config.json"


class WordLlama:
    """Turns texts into vectors of their words. The table is read with the first text."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, in the same order; a text without a word has the vector of zeros.

        Raises EncoderError where the table is missing or broken.
        """
        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for place, text in enumerate(texts):
            tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
            if tokens:
                mean = self._table[tokens].mean(axis=0, dtype=np.float32)
                made[place] = mean / (np.linalg.norm(mean) or 1.0)
        return made

    def load(self) -> None:
        """Read the table now.

        Raises EncoderError where it is missing or broken.
        """
        assert self._table.size
        assert self._tokenizer

    @cached_property
    def _table(self) -> NDArray[np.float16]:
        try:
            found: NDArray[np.float16] = load_file(_file(_WEIGHTS))["embedding.weight"]
        except (OSError, KeyError, SafetensorError) as fault:
            raise EncoderError("The table of WordLlama cannot be read.") from fault
        return found

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        try:
            made: Tokenizer = Tokenizer.from_file(str(_file(_TOKENS)))
        except Exception as fault:
            # the library raises Exception itself
            raise EncoderError("The vocabulary of WordLlama cannot be read.") from fault
        made.no_truncation()
        made.no_padding()
        return made


def _file(name: str) -> Path:
    return file_of("wordllama", name, "The table of WordLlama is")
