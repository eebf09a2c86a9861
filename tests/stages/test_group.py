from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from digest.domain.model import OTHER, Insight, Placement, Story, Theme
from digest.encoders.lexical import LexicalEncoder
from digest.stages.group import Ways, place

Make = Callable[..., Insight]
THEMES = (
    Theme(
        id="early",
        name="Early years",
        description="Babies, toddlers and nurseries.",
        keywords=("nursery", "under fives"),
        categories=("Nurseries",),
    ),
    Theme(
        id="lead",
        name="Leadership",
        description="How heads and governors lead and support each other.",
        keywords=("headteacher", "governor"),
    ),
    Theme(id="place", name="Place", description="Councils, buses, libraries and towns.", keywords=("council", "bus")),
)


def _place(*insights: Insight, themes: tuple[Theme, ...] = THEMES) -> tuple[Placement, ...]:
    return _stories([Story(lead=one) for one in insights], themes)


def _stories(stories: list[Story], themes: tuple[Theme, ...]) -> tuple[Placement, ...]:
    encoder = LexicalEncoder([f"{theme.name}. {theme.description}" for theme in themes])
    return place(stories, Ways(themes=themes, meanings={}), encoder)


def _one(insight: Insight, themes: tuple[Theme, ...] = THEMES) -> Placement:
    return _place(insight, themes=themes)[0]


@pytest.mark.parametrize(
    ("title", "theme", "keyword"),
    [
        ("Three nurseries open", "early", "nursery"),  # stemmed
        ("A morning with under-fives", "early", "under fives"),  # a phrase, over a hyphen
        ("GOVERNORS wanted", "lead", "governor"),
        ("Councils agree", "place", "council"),
    ],
)
def test_a_keyword_is_found_in_any_form_and_named_as_the_reason(
    insight: Make, title: str, theme: str, keyword: str
) -> None:
    placed = _one(insight(title))
    assert placed.theme == theme
    assert f"keyword “{keyword}”" in placed.reasons


def test_a_keyword_is_no_part_of_another_word(insight: Make) -> None:
    placed = _one(insight("Business as usual", "A busy omnibus."))
    assert "“bus”" not in " ".join(placed.reasons)


def test_several_keywords_are_named_together_in_their_order(insight: Make) -> None:
    placed = _one(insight("The council pays for the bus"))
    assert placed.reasons[0] == "keywords “council”, “bus”"


def test_the_category_of_the_source_counts_and_is_named_first(insight: Make) -> None:
    placed = _one(insight("Something about nothing", categories=("nurseries",)))
    assert placed.theme == "early"
    assert placed.reasons[0] == "its source files it under “nurseries”"


def test_a_category_that_is_the_themes_name_counts_too(insight: Make) -> None:
    assert _one(insight("Something about nothing", categories=("LEADERSHIP",))).theme == "lead"


def test_the_category_of_a_second_source_counts(insight: Make) -> None:
    story = Story(lead=insight("Something about nothing"), also=(insight("x", categories=("Nurseries",)),))
    assert _stories([story], THEMES)[0].theme == "early"


def test_a_word_in_the_title_weighs_more_than_in_the_summary(insight: Make) -> None:
    in_title = _one(insight("The governor", "It went well."), THEMES)
    in_summary = _one(insight("It went well", "The governor."), THEMES)
    assert in_title.score > in_summary.score


def test_what_fits_no_theme_stands_under_other_and_says_why(insight: Make) -> None:
    placed = _one(insight("Quantum chromodynamics", "Gluons bind quarks."))
    assert placed.theme == OTHER
    assert placed.reasons[0].startswith("nothing in it speaks of any theme")
    assert not placed.check


@pytest.mark.parametrize("title", ["🎉🎉🎉", "!!!", "123", "的"])
def test_a_story_without_a_word_stands_under_other(insight: Make, title: str) -> None:
    assert _one(insight(title)).theme == OTHER


def test_a_close_runner_up_asks_for_a_look_and_is_named(insight: Make) -> None:
    themes = (Theme(id="b", name="Boats", keywords=("boat",)), Theme(id="t", name="Trains", keywords=("train",)))
    placed = _one(insight("Trains and boats"), themes=themes)
    assert (placed.theme, placed.runner_up, placed.check) == ("b", "t", True)
    assert placed.reasons[-1] == "Trains is nearly as likely"
    assert not _one(insight("Trains and boats", "About a train."), themes=themes).check


def test_a_clear_case_asks_for_no_look(insight: Make) -> None:
    placed = _one(insight("A nursery for toddlers", "Babies and under-fives in nurseries.", categories=("Nurseries",)))
    assert (placed.theme, placed.check) == ("early", False)


def test_without_themes_everything_is_other(insight: Make) -> None:
    placed = _one(insight("A nursery"), themes=())
    assert (placed.theme, placed.reasons, placed.check) == (OTHER, ("no themes are set up",), False)


def test_of_two_themes_with_the_same_words_the_first_configured_wins_and_a_person_looks(insight: Make) -> None:
    twins = tuple(Theme(id=name, name="Nurseries", keywords=("nursery",)) for name in ("second-name", "a-first-name"))
    placed = _one(insight("A nursery opens"), themes=twins)
    assert (placed.theme, placed.runner_up, placed.check) == ("second-name", "a-first-name", True)


def test_a_theme_that_is_only_a_name_still_gathers_its_stories(insight: Make) -> None:
    assert _one(insight("Leadership in small schools"), themes=(Theme(id="x", name="Leadership"),)).theme == "x"


def test_placements_do_not_depend_on_the_order_of_stories(insight: Make) -> None:
    words = ("nursery", "toddlers", "headteacher", "governors", "council", "libraries", "quarks", "heads", "towns")
    told = [insight(" ".join(random.Random(seed).choices(words, k=5))) for seed in range(40)]
    wanted = {placed.story.id: placed for placed in _place(*told)}
    for seed in range(5):
        mixed = random.Random(seed).sample(told, len(told))
        placed = _place(*mixed)
        assert [one.story.id for one in placed] == [one.id for one in mixed]
        for one in placed:
            known = wanted[one.story.id]
            assert (one.theme, one.reasons, one.check, one.runner_up) == (
                known.theme,
                known.reasons,
                known.check,
                known.runner_up,
            )
            assert one.score == pytest.approx(known.score, abs=1e-12)


def test_every_placement_says_why(insight: Make) -> None:
    assert all(placed.reasons for placed in _place(insight("The bus"), insight("Zzz"), insight("Towns and heads")))
