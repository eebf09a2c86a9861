from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.encoders.lexical import LexicalEncoder

TEXTS = st.lists(st.text(alphabet="abé 的1'-\n", max_size=30) | st.text(max_size=30), max_size=6)


@given(TEXTS)
def test_every_vector_has_unit_length_or_is_zero(texts: list[str]) -> None:
    vectors = LexicalEncoder().vectors(texts)
    assert len(vectors) == len(texts)
    for vector in vectors:
        assert not vector.any() or np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        assert (vector >= 0).all()


@given(TEXTS)
def test_likeness_is_from_0_to_1_and_the_same_both_ways(texts: list[str]) -> None:
    vectors = LexicalEncoder().vectors(texts)
    for one in vectors:
        for other in vectors:
            assert -1e-5 <= one @ other <= 1 + 1e-5
            assert one @ other == pytest.approx(other @ one)


@given(TEXTS, st.randoms(use_true_random=False))
def test_a_text_has_the_same_vector_wherever_it_stands(texts: list[str], dice: object) -> None:
    order = list(range(len(texts)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    straight, mixed = LexicalEncoder().vectors(texts), LexicalEncoder().vectors([texts[at] for at in order])
    assert (mixed == straight[order]).all()


def test_a_text_is_like_itself_and_its_inflections_and_unlike_others() -> None:
    one, same, inflected, other = LexicalEncoder().vectors(
        [
            "A nursery teaches reading",
            "A nursery teaches reading",
            "Nurseries; taught? Teaching, READ",
            "Buses and bread",
        ]
    )
    assert one @ same == pytest.approx(1)
    assert one @ inflected > 0.5
    assert one @ other == 0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    texts = ["school otter", *["school"] * 9, "otter", "school"]
    vectors = LexicalEncoder(texts).vectors(texts)
    assert vectors[0] @ vectors[-2] > vectors[0] @ vectors[-1]


@pytest.mark.parametrize("text", ["", " \n", "the and of", "🎉🎉", "123 456", "a b c", "--- '’"])
def test_a_text_without_a_telling_word_has_no_vector(text: str) -> None:
    assert not LexicalEncoder().vectors([text, "a nursery"])[0].any()


def test_no_texts_have_no_vectors() -> None:
    assert len(LexicalEncoder().vectors([])) == 0


def test_every_run_gives_the_same_vectors() -> None:
    texts = ["buses and otters of the town", "otters", "a town"]
    program = (
        f"from digest.encoders.lexical import LexicalEncoder as E; v = E({texts}).vectors({texts});"
        "print(v[v > 0].tolist())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1
    assert "0." in said.pop()
