from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import parse
from digest.domain.errors import ConfigurationError
from digest.stages.layout import MONTHS
from digest.stages.words import CATALOGUES, faults, speaking, unspoken
from digest.stages.words.catalogue import Catalogue
from tests.conftest import ROOT
from tests.jobs.conftest import CONFIGURATION

ENGLISH, WELSH = speaking("en", {}), speaking("cy", {})
#: what is said with a number, and so has a text for each plural
COUNTED = ("stories", "minutes", "more")
STAGES = ROOT / "digest" / "stages"
PLACES = [
    *(ROOT / "templates").rglob("*.j2"),
    *(STAGES / "layout").rglob("*.py"),
    STAGES / "notices.py",
    ROOT / "digest" / "web" / "public" / "joining.py",
]


def _said() -> Counter[str]:
    """The keys that templates and layout ask for."""
    return Counter(
        key for place in PLACES for key in re.findall(r'\bsay\(\s*"(\w+)"', place.read_text(encoding="utf8"))
    ) + Counter(MONTHS)


def _expected(catalogue: Catalogue) -> set[str]:
    plain = {key for key in _said() if key not in COUNTED}
    return plain | {f"{key}_{form}" for key in COUNTED for form in catalogue.forms}


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_catalogue_has_the_words_that_are_said_and_no_others(language: str) -> None:
    assert set(CATALOGUES[language].words) == _expected(CATALOGUES[language])


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_catalogue_has_the_same_parts_as_the_english_one(language: str) -> None:
    def parts(words: dict[str, str]) -> dict[str, set[str]]:
        return {re.sub(r"_[a-z]+$", "", key) if key.startswith(COUNTED) else key: set(re.findall(r"\{\w+\}", text))
                for key, text in words.items()}  # fmt: skip

    assert parts(dict(CATALOGUES[language].words)) == parts(dict(CATALOGUES["en"].words))


def test_templates_hold_no_words_of_their_own() -> None:
    for template in (ROOT / "templates").rglob("*.j2"):
        text = re.sub(
            r"\{% macro (dark|narrow).*?endmacro %\}", "", template.read_text(encoding="utf8"), flags=re.DOTALL
        )
        bare = re.sub(r"(?s)\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<style.*?</style>|<[^>]*>|&[#\w]+;", " ", text)
        assert re.findall(r"\b[A-Za-z]{2,}\b", bare) == [], template


@pytest.mark.parametrize(
    ("count", "english", "welsh"),
    [
        (0, "0 stories · 0 min read", "0 stori · Amser darllen: 0 munud"),
        (1, "1 story · 1 min read", "1 stori · Amser darllen: 1 munud"),
        (2, "2 stories · 2 min read", "2 stori · Amser darllen: 2 funud"),
        (3, "3 stories · 3 min read", "3 stori · Amser darllen: 3 munud"),
        (6, "6 stories · 6 min read", "6 stori · Amser darllen: 6 munud"),
        (22, "22 stories · 22 min read", "22 stori · Amser darllen: 22 munud"),
    ],
)
def test_numbers_take_the_plural_of_the_language(count: int, english: str, welsh: str) -> None:
    assert [" · ".join(say(key, count=count) for key in ("stories", "minutes")) for say in (ENGLISH, WELSH)] == [
        english,
        welsh,
    ]


@pytest.mark.parametrize(
    ("language", "numbers"),
    [("en", {"one": [1], "other": [0, 2, 3, 6, 11, 21]}),
     ("cy", {"zero": [0], "one": [1], "two": [2], "few": [3], "many": [6], "other": [4, 5, 7, 11, 12, 21, 100]})],
)  # fmt: skip
def test_the_plurals_are_those_of_cldr(language: str, numbers: dict[str, list[int]]) -> None:
    catalogue = CATALOGUES[language]
    assert set(catalogue.forms) == set(numbers)
    assert all(catalogue.plural(count) == form for form, counts in numbers.items() for count in counts)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-GB", "en"), ("EN-us", "en"), ("cy", "cy"), ("cy-GB", "cy"), (" cy_GB", "cy"), ("fr", "en")],
)
def test_a_tag_of_a_region_is_its_language_and_an_unknown_one_is_english(tag: str, language: str) -> None:
    assert speaking(tag, {}).language == language
    assert bool(unspoken(tag, {})) == (tag == "fr")
    assert unspoken(tag, CATALOGUES["en"].words) == ()


def test_missing_words_are_an_error_that_names_the_language() -> None:
    with pytest.raises(LookupError, match="“good_evening” in the language “cy”"):
        WELSH("good_evening")
    with pytest.raises(LookupError, match="“visit” need “organisation”"):
        WELSH("visit")


def test_own_words_take_the_place_of_the_programs() -> None:
    say = speaking("en", {"stories_other": "{count} bits", "visit": "Home", "number": "{number}, yes {number}"})
    assert say("stories", count=2) == "2 bits"
    assert say("stories", count=1) == "1 story"
    assert say("visit", organisation="Us") == "Home"
    assert say("number", number=3) == "3, yes 3"


@given(st.text())
def test_a_part_is_put_in_as_it_stands(name: str) -> None:
    assert ENGLISH("visit", organisation=name) == f"Visit {name}"
    assert speaking("en", {"visit": "{organisation}{organisation}"})("visit", organisation=name) == name * 2


@pytest.mark.parametrize(
    ("own", "what", "mend"),
    [
        ({"top_storey": "x"}, "The email has no words “top_storey”.", "Did you mean “top_story”?"),
        ({"zzzzzz": "x"}, "The email has no words “zzzzzz”.", "All are in docs/words.md."),
        ({"stories_two": "x"}, "The email has no words “stories_two”.", "Did you mean “stories_one”"),
        ({"visit": "{organization}"}, "“visit” has no part {organization}.", "There is {organisation}."),
        ({"date": "{day.__class__}"}, "“date” has no part {day.__class__}.", "There are {day}, {month}, {year}."),
        ({"top_story": "{title}"}, "“top_story” has no part {title}.", "Remove the braces."),
        ({"top_story": " "}, "“top_story” is empty.", "Give it a text, or remove the line."),
    ],
)
def test_wrong_own_words_are_told_with_what_is_near(own: dict[str, str], what: str, mend: str) -> None:
    ((key, told, how),) = faults("en", own)
    assert (key, told) == (next(iter(own)), what)
    assert how.startswith(mend)


def test_a_language_may_have_its_own_words_for_each_of_its_plurals() -> None:
    assert list(faults("cy", {"stories_two": "dwy stori", "top_story": "Y brif stori"})) == []


def test_the_line_of_a_wrong_word_is_named() -> None:
    text = CONFIGURATION.replace("[[newsletters]]", '[brand.words]\ntop_story = "A"\ntop_stry = "B"\n[[newsletters]]')
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    (finding,) = told.value.findings
    line = text.splitlines().index('top_stry = "B"') + 1
    assert finding.where == f"digest.toml:{line}"
    assert "top_story" in finding.mend
