from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digest import encoders
from digest.domain.errors import EncoderError
from digest.domain.model import Theme
from digest.encoders import minilm, packaged, wordllama
from digest.encoders.joined import JoinedEncoder
from digest.encoders.lexical import LexicalEncoder
from digest.stages.group.catalogue import TOPICS

TEXTS = [
    "Nurseries and childcare for the youngest",
    "Where toddlers spend their mornings",
    "The price of crude oil rose again",
    "",
    "🎉",
    "的",
    "x" * 20_000,
    "word " * 5_000,
]


@pytest.fixture(scope="module")
def encoder() -> JoinedEncoder:
    return JoinedEncoder()


def test_every_vector_has_unit_length_whatever_the_text(encoder: JoinedEncoder) -> None:
    vectors = encoder.vectors(TEXTS)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    # a text without a word has no words' half
    assert np.allclose(np.delete(lengths, 3), 1, atol=1e-5)
    assert 0 < lengths[3] <= 1


def test_meaning_counts_where_no_word_is_shared(encoder: JoinedEncoder) -> None:
    one, alike, other = encoder.vectors(TEXTS[:3])
    assert one @ alike > one @ other + 0.2


def test_a_text_has_the_same_vector_whatever_stands_beside_it(encoder: JoinedEncoder) -> None:
    together = encoder.vectors(TEXTS)
    assert (encoder.vectors(TEXTS[::-1])[::-1] == together).all()
    for place, text in enumerate(TEXTS):
        assert (encoder.vectors([text])[0] == together[place]).all()


def test_every_run_gives_the_same_vectors() -> None:
    program = (
        "import hashlib; from digest.encoders.joined import JoinedEncoder as E;"
        f"print(hashlib.sha256(E().vectors({TEXTS[:4]}).tobytes()).hexdigest())"
    )
    said = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    }
    assert len(said) == 1


def test_words_have_the_vectors_that_their_library_gives_them() -> None:
    library = pytest.importorskip("wordllama")
    made = library.WordLlama.load(cache_dir=Path(library.__file__).parent, disable_download=True)
    for text in TEXTS[:3]:
        assert np.allclose(wordllama.WordLlama().vectors([text])[0], made.embed([text], norm=True)[0], atol=1e-3)


def test_the_kept_vectors_of_topics_are_those_that_the_weights_give() -> None:
    kept, made = minilm.MiniLM().vectors(TOPICS), minilm.MiniLM(known={}).vectors(TOPICS)
    assert len(set(TOPICS)) == len(TOPICS)
    # kinds of processors round eight-bit numbers a little differently
    assert (np.sum(kept * made, axis=1) > 0.98).all(), "run tools/topics.py"


@pytest.mark.parametrize("content", [None, b"", b"no weights", b"\x08\x07" * 1000])
def test_missing_or_broken_weights_are_said_and_words_group_instead(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.onnx"
    if content is not None:
        file.write_bytes(content)
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(packaged.importlib.util, "find_spec", lambda name: spec)
    encoders._by_meaning.cache_clear()
    with pytest.raises(EncoderError, match="MiniLM"):
        minilm.MiniLM().load()
    chosen = encoders.chosen([Theme(id="n", name="Nurseries")])
    encoders._by_meaning.cache_clear()
    assert isinstance(chosen.encoder, LexicalEncoder)
    assert chosen.findings[0].what.startswith("Insights are grouped by keywords and common words only. The weights of")


@pytest.mark.parametrize("name", [wordllama._WEIGHTS, wordllama._TOKENS])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 100])
def test_a_missing_or_broken_table_is_said(
    name: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = Path(str(wordllama._file(name))).parents[1]
    for other in (wordllama._WEIGHTS, wordllama._TOKENS):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        if other != name:
            (tmp_path / other).symlink_to(true / other)
        elif content is not None:
            (tmp_path / other).write_bytes(content)
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(packaged.importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(EncoderError, match="WordLlama"):
        wordllama.WordLlama().load()


def test_where_all_is_there_texts_are_compared_by_meaning() -> None:
    chosen = encoders.chosen(())
    assert isinstance(chosen.encoder, JoinedEncoder)
    assert chosen.findings == ()
