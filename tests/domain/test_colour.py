from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.domain.colour import READABLE, contrast, ink_on

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#abcdef", "#abcdef", 1.0),
    ],
)
def test_contrast_is_what_the_guidelines_say(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.001


@given(COLOURS)
@example("#3c8c3c")
def test_text_on_any_accent_has_the_better_of_two_inks(ground: str) -> None:
    assert contrast(ink_on(ground), ground) >= READABLE
