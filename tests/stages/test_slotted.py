from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stages.slotted import faults, filled, marked, marker

NONCE = "0123456789abcdef"


def _filled(text: str, escape: bool = False, nonce: str = NONCE, **values: str) -> str:
    return filled(marked(text, nonce), nonce, values, escape)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("Hello {{ first_name }}!", "Ann", "Hello Ann!"),
        ("Hello {{first_name}}!", "Ann", "Hello Ann!"),
        ("Hello {{ first_name | there }}!", "Ann", "Hello Ann!"),
        ("Hello {{ first_name | there }}!", "", "Hello there!"),
        ("Hello {{ first_name|dear friend ’Łö }}!", "", "Hello dear friend ’Łö!"),
        ("Hello {{ first_name }}!", "", "Hello !"),
        ("{{ first_name }}{{ first_name | x }}", "Ann", "AnnAnn"),
        ("nothing here", "Ann", "nothing here"),
    ],
)
def test_placeholders_are_filled_with_a_name_or_its_fallback(text: str, name: str, said: str) -> None:
    assert list(faults(text)) == []
    assert _filled(text, first_name=name) == said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ firstname }}", "{{ firstname }} is no placeholder"),
        ("{{ 7*7 }}", "{{ 7*7 }} is no placeholder"),
        ("{{ }}", "is no placeholder"),
        ("{{ unsubscribe }}", "is no placeholder"),
        ("{{ address }}", "is no placeholder"),
        ("{{ first_name", "braces stand alone"),
        ("first_name }}", "braces stand alone"),
        ("{{ first_name | a | b }} {{", "braces stand alone"),
    ],
)
def test_a_wrong_placeholder_is_told(text: str, says: str) -> None:
    (what,) = faults(text)
    assert says in what


def test_names_are_escaped_in_html_and_only_there() -> None:
    name = '<b>"O\'Neil" & sons</b>'
    assert _filled("{{ first_name }}", escape=True, first_name=name) == (
        "&lt;b&gt;&quot;O&#x27;Neil&quot; &amp; sons&lt;/b&gt;"
    )
    assert _filled("{{ first_name }}", escape=False, first_name=name) == name


def test_a_fallback_is_escaped_in_html_too() -> None:
    assert _filled("{{ first_name | <you> }}", escape=True) == "&lt;you&gt;"


def test_collected_text_that_spells_a_marker_stays_as_it_is() -> None:
    spelled = marker("unsubscribe", "fedcba9876543210") + "[[digest:unsubscribe.:]][[digest:unsubscribe.:.*]]"
    assert filled(spelled, NONCE, {"unsubscribe": "https://secret"}, escape=True) == spelled


def test_a_name_that_spells_a_marker_is_not_filled_in_turn() -> None:
    assert _filled("{{ first_name }}", first_name=marker("last_name", NONCE), last_name="Bell") == (
        marker("last_name", NONCE)
    )


@given(st.text(), st.text(alphabet="ab<>&[]:.{ \n", max_size=20))
def test_every_fallback_comes_back_as_it_went_in(fallback: str, around: str) -> None:
    fallback = fallback.encode("utf8", "ignore").decode()
    text = f"{around}{marker('first_name', NONCE, fallback)}{around}"
    # with one kind of line end, as names have
    kept = fallback.replace("\r\n", "\n").replace("\r", "\n")
    assert filled(text, NONCE, {}, escape=False) == f"{around}{kept}{around}"
