"""Keywords are found in the way of each language, and what is in another language than the newsletter is said."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digest.domain.model import OTHER, Newsletter, Review, Reviewed, Rule, Sender, Source, Theme
from digest.encoders.lexical import LexicalEncoder
from digest.stages.group import Judgement, Limits, Subject, Ways, judge, ways
from digest.stages.group.keywords import hits, holds
from digest.stages.group.languages import NAMES, name, primary
from digest.stages.group.words import SNOWBALL, forms, stemmer, stems

KEYWORDS = ("nursery", "meithrin", "crèche", "Kindergärten")
THEMES = (
    Theme(id="early", name="Early years", description="Babies, toddlers and nurseries.", keywords=KEYWORDS),
    Theme(id="lead", name="Leadership", description="How heads and governors lead.", keywords=("headteacher",)),
)


class EnglishOnly:
    """An encoder that takes all texts for alike, as one does that does not know their language."""

    limits = Limits(
        other_below=-0.05,
        weak_below=-0.03,
        check_within=0.05,
        alike=0.9,
        akin=0.5,
        ruled=0.6,
        named=0.3,
        competes=True,
        languages=frozenset(("en",)),
    )

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 0], dtype=np.float32), (len(texts), 1))


def _judge(title: str, language: str = "cy", encoder: Any = None, own: str = "en", **given: Any) -> Judgement:
    grouping = Ways(**{"themes": THEMES, "meanings": {}, "language": own, **given})
    return judge([Subject(title=title, language=language)], grouping, encoder or EnglishOnly())[0]


@pytest.mark.parametrize(
    ("language", "keyword", "text"),
    [
        ("en", "nursery", "Three nurseries open"),
        ("cy", "meithrin", "Cylch Meithrin newydd yn y pentref"),
        ("cy", "meithrin", "Ysgol Feithrin Penmaenmawr"),
        ("cy", "plant", "i blant bach"),
        ("cy", "plant", "fy mhlant"),
        ("cy", "cylch meithrin", "agor y gylch feithrin"),
        ("cy", "gardd", "yn yr ardd"),
        ("fr", "crèche", "Deux crèches ouvrent"),
        ("de", "Kindergärten", "Ein Kindergarten für alle"),
        ("de", "Straße", "IN DER STRASSE"),
        ("es", "guardería", "Nuevas guarderías"),
        ("pl", "przedszkole", "PRZEDSZKOLE w mieście"),
        ("tr", "ışık", "IŞIK ve çocuklar"),
        ("tr", "İstanbul", "istanbul okulları"),
        ("el", "σχολείο", "ΤΟ ΣΧΟΛΕΊΟ"),
        ("ru", "школа", "В двух школах"),
        ("ar", "مدرسة", "افتتاح مَدرَسَة جديدة"),
        ("he", "גן", "הגננת פתחה גַּן חדש"),
        ("hi", "विद्यालय", "नया विद्यालय खुला"),
        ("zh", "幼儿园", "三所新幼儿园在市中心开放"),
        ("ja", "保育園", "新しい保育園が開園しました"),
        ("th", "โรงเรียน", "เปิดโรงเรียนใหม่สามแห่ง"),
        ("ko", "학교", "새로운 학교에서 배우다"),
        ("xx", "Skola", "SKOLA, skola"),
    ],
)
def test_a_keyword_is_found_in_a_text_of_its_language(language: str, keyword: str, text: str) -> None:
    assert hits((keyword,), stems(text, language), (), language).keywords == (keyword,)
    assert holds(stems(text, language), keyword, language)


@pytest.mark.parametrize(
    ("language", "keyword", "text"),
    [
        ("en", "bus", "Business as usual"),
        ("cy", "plant", "Y plas mawr"),
        ("de", "Schule", "Der Schulze"),
        ("zh", "幼儿园", "小学在市中心"),
        ("en", "幼儿园", "A nursery"),
    ],
)
def test_a_keyword_is_not_found_where_it_does_not_stand(language: str, keyword: str, text: str) -> None:
    assert not hits((keyword,), stems(text, language), (), language).keywords


@pytest.mark.parametrize("language", ["en", "fr", "cy", "xx"])
def test_letters_and_their_accents_apart_are_the_same_word(language: str) -> None:
    apart = unicodedata.normalize("NFD", "La crèche")
    assert hits(("crèche",), stems(apart, language), (), language).keywords
    assert stems(apart, language) == stems("La crèche", language)


@given(st.text(max_size=40), st.text(max_size=20), st.sampled_from([*NAMES, "", "xx"]))
def test_any_text_has_stems_and_hits_weigh_from_0_to_1(text: str, keyword: str, language: str) -> None:
    words = stems(text, language)
    assert all(words)
    found = hits((keyword, text), words, stems(f"{keyword} {text}", language), language)
    assert 0 <= found.weight <= 1
    assert len(forms(keyword, language)) <= 4**3


def test_every_language_that_snowball_is_said_to_know_is_one_that_it_knows() -> None:
    assert all(stemmer(language) for language in SNOWBALL)
    assert stemmer("cy") is None


@pytest.mark.parametrize(
    ("tag", "language"), [("en-GB", "en"), ("CY", "cy"), ("zh_Hant", "zh"), ("nb-NO", "no"), ("", ""), (" fr ", "fr")]
)
def test_a_tag_is_known_by_its_language_alone(tag: str, language: str) -> None:
    assert primary(tag) == language


def test_a_language_without_a_name_is_called_by_its_tag() -> None:
    assert (name("cy"), name("tlh")) == ("Welsh", "“tlh”")


def test_an_insight_in_another_language_stands_by_its_keywords_and_is_marked_with_the_reason() -> None:
    found = _judge("Cylch Meithrin newydd")
    assert (found.theme, found.check) == ("early", True)
    assert found.reasons == ("keyword “meithrin”", "it is in Welsh, and this newsletter is in English")


def test_without_a_keyword_it_stands_under_other_however_alike_the_encoder_finds_it() -> None:
    found = _judge("Taith i'r mynydd")
    assert (found.theme, found.best, found.check) == (OTHER, "early", True)
    assert found.reasons[0].startswith("the program compares meanings in English only; keywords in Welsh under a theme")


def test_a_category_places_it_too() -> None:
    subject = Subject(title="Taith i'r mynydd", categories=("leadership",), language="cy")
    found = judge([subject], Ways(themes=THEMES, meanings={}), EnglishOnly())[0]
    assert (found.theme, found.check) == ("lead", True)


@pytest.mark.parametrize(
    ("language", "own"), [("", "en"), ("en", "en"), ("en-GB", "en"), ("cy", "cy"), ("", "cy"), ("nb", "no")]
)
def test_the_newsletters_own_language_is_not_marked(language: str, own: str) -> None:
    encoder = LexicalEncoder(["Early years"], own)
    found = _judge("A nursery in the nursery: Meithrin", language, encoder, own)
    assert not any("newsletter is in" in reason for reason in found.reasons)


def test_in_a_newsletter_of_another_language_english_is_marked() -> None:
    found = _judge("A nursery opens", "en", LexicalEncoder(["Blynyddoedd cynnar"], "cy"), "cy")
    assert (found.theme, found.check) == ("early", True)
    assert found.reasons[-1] == "it is in English, and this newsletter is in Welsh"


def test_what_staff_placed_holds_for_the_same_words_only_and_needs_no_mark() -> None:
    told = Reviewed(title="Taith i'r mynydd", summary="", theme="lead", review=Review.MOVED)
    found = _judge("Taith i'r mynydd", reviewed=(told,))
    assert (found.theme, found.check) == ("lead", False)
    assert found.reasons == (
        "you moved it here",
        "it is in Welsh, and this newsletter is in English",
    )
    assert _judge("Pobl y cwm", reviewed=(told,)).theme == OTHER


def test_a_rule_by_words_holds_and_one_by_likeness_does_not() -> None:
    found = _judge("Taith i blant bach", rules=(Rule(theme="lead", words=("plant",)),))
    assert (found.theme, found.check) == ("lead", True)
    assert found.reasons[0].startswith("your rule")
    assert _judge("Taith i blant bach", rules=(Rule(theme="lead", like="A trip"),)).theme == OTHER


def test_what_a_source_is_said_to_be_in_counts_unless_it_is_the_default() -> None:
    sources = tuple(
        Source(id=language, kind="feed", address="https://a.example/", language=language) for language in ("en", "cy")
    )
    letter = Newsletter(id="n", name="N", sender=Sender(name="", address=""), themes=THEMES, sources=sources)
    made = ways(letter, language="en-GB")
    assert (made.language, dict(made.sources)) == ("en", {"cy": "cy"})
