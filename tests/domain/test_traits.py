from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.domain import traits

_TEXT = st.text(max_size=12)


@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=5), _TEXT, _TEXT)
def test_a_trait_stands_there_exactly_if_the_field_has_the_value(
    pairs: list[tuple[str, str]], field: str, value: str
) -> None:
    text = traits.written(pairs)
    for wanted in [*pairs, (field, value)]:
        has = any(
            (traits.folded(one), traits.folded(other)) == tuple(map(traits.folded, wanted)) for one, other in pairs
        )
        assert (traits.trait(*wanted) in text) == (has and traits.folded(wanted[1]) != "")
        of_field = any(traits.folded(one) == traits.folded(wanted[0]) and traits.folded(other) for one, other in pairs)
        assert (traits.beginning(wanted[0]) in text) == of_field


def test_what_is_empty_is_no_trait() -> None:
    assert traits.written([("role", ""), ("region", "\x1e")]) == ""


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_folds_as_the_long_one(text: str) -> None:
    assert traits.folded(text) == traits.folded(text + "é")[:-1]
