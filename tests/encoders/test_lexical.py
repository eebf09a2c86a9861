from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.encoders.lexical import LexicalEncoder

TEXTS = st.lists(st.text(alphabet="abé 的1'-\n", max_size=30) | st.text(max_size=30), max_size=6)


def _dot(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    return sum(weight * other.get(key, 0.0) for key, weight in one.items())


@given(TEXTS)
def test_every_vector_has_unit_length_or_is_empty(texts: list[str]) -> None:
    vectors = LexicalEncoder().vectors(texts)
    assert len(vectors) == len(texts)
    for vector in vectors:
        assert not vector or math.sqrt(_dot(vector, vector)) == pytest.approx(1)
        assert all(weight > 0 for weight in vector.values())


@given(TEXTS)
def test_likeness_is_from_0_to_1_and_the_same_both_ways(texts: list[str]) -> None:
    vectors = LexicalEncoder().vectors(texts)
    for one in vectors:
        for other in vectors:
            assert -1e-9 <= _dot(one, other) <= 1 + 1e-9
            assert _dot(one, other) == pytest.approx(_dot(other, one))


@given(TEXTS, st.randoms(use_true_random=False))
def test_a_text_has_the_same_vector_wherever_it_stands(texts: list[str], dice: object) -> None:
    order = list(range(len(texts)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    straight, mixed = LexicalEncoder().vectors(texts), LexicalEncoder().vectors([texts[at] for at in order])
    assert mixed == [straight[at] for at in order]


def test_a_text_is_like_itself_and_its_inflections_and_unlike_others() -> None:
    one, same, inflected, other = LexicalEncoder().vectors(
        [
            "A nursery teaches reading",
            "A nursery teaches reading",
            "Nurseries; taught? Teaching, READ",
            "Buses and bread",
        ]
    )
    assert _dot(one, same) == pytest.approx(1)
    assert _dot(one, inflected) > 0.5
    assert _dot(one, other) == 0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    texts = ["school otter", *["school"] * 9, "otter", "school"]
    vectors = LexicalEncoder().vectors(texts)
    assert _dot(vectors[0], vectors[-2]) > _dot(vectors[0], vectors[-1])


@pytest.mark.parametrize("text", ["", " \n", "the and of", "🎉🎉", "123 456", "a b c", "--- '’"])
def test_a_text_without_a_telling_word_has_no_vector(text: str) -> None:
    assert LexicalEncoder().vectors([text, "a nursery"])[0] == {}


def test_no_texts_have_no_vectors() -> None:
    assert LexicalEncoder().vectors([]) == []


def test_every_run_gives_the_same_vectors() -> None:
    texts = ["buses and otters of the town", "otters", "a town"]
    program = f"from digest.encoders.lexical import LexicalEncoder as E; print(E().vectors({texts}))"
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
