"""What people did and what rules say comes before the score. Likenesses here are those of common words."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from digest.domain.model import OTHER, Newsletter, Review, Reviewed, Rule, Sender, Theme
from digest.encoders.lexical import LexicalEncoder
from digest.stages.group import Judgement, Subject, Ways, judge, ways
from digest.stages.group.abbreviations import SECTOR, written_out

THEMES = (
    Theme(id="early", name="Early years", description="Babies, toddlers and nurseries.", keywords=("nursery",)),
    Theme(id="lead", name="Leadership", description="How heads and governors lead.", keywords=("headteacher",)),
    Theme(id="place", name="Place", description="Councils, buses, libraries and towns.", keywords=("council", "bus")),
)


def _judge(title: str, summary: str = "", themes: tuple[Theme, ...] = THEMES, **given: Any) -> Judgement:
    subject = Subject(title=title, summary=summary, source=given.pop("source", "ours"))
    grouping = Ways(**{"themes": themes, "meanings": {}, **given})
    encoder = LexicalEncoder([f"{theme.name}. {theme.description}" for theme in themes])
    return judge([subject], grouping, encoder)[0]


def _moved(title: str, theme: str, summary: str = "", **given: Any) -> Reviewed:
    return Reviewed(title=title, summary=summary, theme=theme, **{"review": Review.MOVED, **given})


def test_what_staff_moved_stays_there_and_so_does_a_near_copy() -> None:
    told = (_moved("The council opens a nursery on the old bus route", "early"),)
    same, near = "The council opens a nursery on the old bus route", "Council opens nursery on the old bus route"
    for title, what in ((same, "it"), (near, f"“{same}”")):
        found = _judge(title, reviewed=told)
        assert (found.theme, found.check) == ("early", False)
        assert found.reasons == (f"you moved {what} here",)


def test_who_kept_it_is_named() -> None:
    told = (_moved("A nursery in the council's bus", "place", review=Review.KEPT, who="Ada"),)
    assert _judge("A nursery in the council's bus", reviewed=told).reasons == ("Ada kept it here",)


def test_what_merely_stood_in_an_edition_pulls_its_theme_and_binds_nobody() -> None:
    title, words = "The headteacher writes", "A headteacher on how heads lead, and governors"
    told = _moved(title, "early", words, review=Review.LEFT)
    assert _judge(title, words, reviewed=(told,)).theme == "lead"
    assert _judge(title, words, reviewed=(replace(told, review=Review.KEPT),)).theme == "early"
    left = replace(told, theme="lead")
    assert _judge(title, words, reviewed=(left,)).score > _judge(title, words).score


def test_of_two_decisions_about_the_same_the_later_holds() -> None:
    told = (_moved("The nursery bus", "early"), _moved("The nursery bus", "place"))
    assert _judge("The nursery bus", reviewed=told).theme == "place"
    assert _judge("The nursery bus", reviewed=told[::-1]).theme == "early"


def test_what_staff_put_under_other_stays_there() -> None:
    found = _judge("A nursery for toddlers", reviewed=(_moved("A nursery for toddlers", OTHER),))
    assert (found.theme, found.best, found.check) == (OTHER, "early", False)


def test_insights_that_staff_placed_pull_the_theme_and_are_the_reason() -> None:
    story = "Otters and herons in the estuary"
    assert _judge(story).theme == OTHER
    told = tuple(_moved(f"Otters seen in the estuary {part}", "place") for part in ("again", "at night", "by boat"))
    found = _judge(story, reviewed=told)
    assert found.theme == "place"
    assert "like 3 insights you put here" in found.reasons
    assert "like an insight you put here" in _judge(story, reviewed=told[:1]).reasons


def test_what_was_put_under_a_theme_that_is_gone_tells_nothing() -> None:
    letter = Newsletter(id="n", name="N", sender=Sender(name="", address=""), themes=THEMES)
    told = [_moved("A nursery", "a-theme-of-last-year"), _moved("A bus", OTHER), _moved("A head", "lead")]
    assert [one.theme for one in ways(letter, told).reviewed] == [OTHER, "lead"]


@pytest.mark.parametrize(
    ("rule", "holds", "fails"),
    [
        (Rule(theme="lead", words=("nursery",)), "Two nurseries", "Two schools and toddlers"),
        (Rule(theme="lead", words=("nursery", "old bus")), "A bus, old: now a nursery", "A nursery"),
        (Rule(theme="lead", like="Toddlers in the woods"), "A day with toddlers in the woods", "Heads and a bus"),
    ],
)
def test_a_rule_goes_before_the_score_and_is_named(rule: Rule, holds: str, fails: str) -> None:
    found = _judge(holds, rules=(rule,))
    assert (found.theme, found.check) == ("lead", False)
    assert found.reasons[0].startswith("your rule: insights ")
    assert _judge(fails, rules=(rule,)).theme != "lead"


def test_a_rule_may_be_of_one_source_only() -> None:
    rule = Rule(theme="place", source="town-hall")
    found = _judge("A nursery", source="town-hall", rules=(rule,))
    assert (found.theme, found.runner_up) == ("place", "early")
    assert found.reasons == ("your rule: what comes from town-hall always here",)
    assert _judge("A nursery", source="ours", rules=(rule,)).theme == "early"


def test_rules_are_asked_in_their_order_and_after_staff() -> None:
    rules = (Rule(theme="lead", words=("nursery",)), Rule(theme="place", words=("nursery",)))
    assert _judge("A nursery opens", rules=rules).theme == "lead"
    assert _judge("A nursery opens", rules=rules, reviewed=(_moved("A nursery opens", "early"),)).theme == "early"


def test_a_rule_may_send_things_to_other() -> None:
    assert _judge("Vacancy: a nursery nurse", rules=(Rule(theme=OTHER, words=("vacancy",)),)).theme == OTHER


def test_examples_pull_a_theme() -> None:
    themes = (*THEMES, Theme(id="wild", name="Wildlife", examples=("Otters and herons in the estuary",)))
    assert _judge("A heron by the estuary", themes=themes).theme == "wild"
    bare = (*THEMES, Theme(id="wild", name="Wildlife"))
    assert _judge("A heron by the estuary", themes=bare).theme == OTHER


def test_an_abbreviation_is_written_out_once_and_only_as_it_stands() -> None:
    meanings = {"SEND": "special needs", "MAT": "trust", "HE": ""}
    said = written_out("SEND in MATs; more SEND. Send the MATERIAL, mat! HE", meanings)
    assert said == "SEND (special needs) in MATs (trust); more SEND. Send the MATERIAL, mat! HE"
    assert written_out("SEND", {}) == "SEND"


def test_abbreviations_find_their_theme_and_a_workspace_adds_and_removes_some() -> None:
    themes = (*THEMES, Theme(id="needs", name="Special educational needs"))
    assert _judge("What SEND means now", themes=themes).theme == OTHER
    assert _judge("What SEND means now", themes=themes, meanings=SECTOR).theme == "needs"
    letter = Newsletter(
        id="n", name="N", sender=Sender(name="", address=""), abbreviations={"SEND": "", "OFT": "otters for towns"}
    )
    meanings = ways(letter).meanings
    assert (meanings["SEND"], meanings["OFT"], meanings["MAT"]) == ("", "otters for towns", SECTOR["MAT"])


@pytest.mark.parametrize(
    "text",
    ["", "🎉🎉", "x" * 50_000, "word " * 10_000, "\x00\x01", "的 是", "<script>alert(1)</script>", "((((((", "\\d+"],
)
def test_any_text_gets_a_place_and_a_reason(text: str) -> None:
    found = _judge(text, text, rules=(Rule(theme="lead", words=("nursery",)),), reviewed=(_moved("A bus", "place"),))
    assert found.reasons


def test_one_theme_and_sixty_themes_work() -> None:
    assert _judge("A nursery", themes=THEMES[:1]).theme == "early"
    many = tuple(Theme(id=f"t{number}", name=f"Topic {chr(65 + number)}{number}") for number in range(60))
    assert _judge("About topic C2", themes=many).theme == "t2"


def test_a_place_does_not_depend_on_neighbours_or_order() -> None:
    words = ("nursery", "toddlers", "heads", "governors", "council", "libraries", "quarks", "SEND", "towns", "bus")
    subjects = [Subject(title=" ".join(random.Random(seed).choices(words, k=5))) for seed in range(30)]
    grouping = Ways(
        themes=THEMES, meanings=SECTOR, reviewed=(_moved("The bus of quarks", "lead"), _moved("Towns", OTHER))
    )
    encoder = LexicalEncoder([theme.description for theme in THEMES])
    together = judge(subjects, grouping, encoder)
    assert [judge([one], grouping, encoder)[0] for one in subjects] == together
    assert judge(subjects[::-1], grouping, encoder) == together[::-1]
