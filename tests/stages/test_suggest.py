from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from digest.domain.model import OTHER, Insight, Story, Theme
from digest.encoders import chosen
from digest.encoders.lexical import LexicalEncoder
from digest.stages.group import Encoder, Ways
from digest.stages.group.clusters import MOST, clusters, spread
from digest.stages.group.suggest import Suggested, suggest
from digest.stages.group.telling import telling
from tests.stages.conftest import NOON

Make = Callable[..., Insight]
#: what three kinds of insights speak of
KINDS = {
    "nursery": ("nursery", "toddlers", "childminders", "play", "babies", "early years"),
    "leaders": ("headteacher", "governors", "leadership", "trust boards", "succession", "deputy heads"),
    "sums": ("fractions", "algebra", "geometry", "numeracy", "times tables", "maths hubs"),
}
#: so that no two of them tell the same
PLACES = (
    "Ambleby",
    "Brackwell",
    "Cotterham",
    "Dunsley",
    "Eastrow",
    "Fenwick",
    "Garstow",
    "Holmby",
    "Iverdon",
    "Jarlow",
)
EARLY = Theme(id="early", name="Nurseries", keywords=tuple(KINDS["nursery"]))


def _told(make: Make, each: int = 10) -> list[Insight]:
    chance = random.Random(1)
    return [
        make(
            f"{' and '.join(chance.sample(words, 4))}".capitalize(),
            f"{chance.choice(words)}, in {PLACES[number]} and {PLACES[number - 3]}, {PLACES[number]}hampton.",
            id=f"{kind}{number:02}",
        )
        for kind, words in KINDS.items()
        for number in range(each)
    ]


def _suggest(insights: Sequence[Insight], *themes: Theme, beside: Sequence[str] = ()) -> Suggested:
    encoder = LexicalEncoder([f"{theme.name}. {theme.description}" for theme in themes])
    return _by(encoder, insights, *themes, beside=beside)


def _by(encoder: Encoder, insights: Sequence[Insight], *themes: Theme, beside: Sequence[str] = ()) -> Suggested:
    return suggest([Story(lead=one) for one in insights], Ways(themes=themes, meanings={}), encoder, beside)


def test_each_kind_of_insights_becomes_a_theme_with_its_own_words(insight: Make) -> None:
    found = _suggest(_told(insight)).suggestions
    assert len(found) == 3
    for one in found:
        (kind,) = [kind for kind, words in KINDS.items() if set(one.keywords) & set(words)]
        assert one.stories == 10
        assert len(one.examples) == 5
        assert any(word in one.name.casefold() for word in KINDS[kind])
        assert one.name[0].isupper()


def test_the_order_of_insights_changes_nothing(insight: Make) -> None:
    told = _told(insight)
    wanted = _suggest(told, EARLY)
    for seed in range(3):
        assert _suggest(random.Random(seed).sample(told, len(told)), EARLY) == wanted


def test_it_is_told_where_the_insights_stand_now_and_which_theme_one_is_already(insight: Make) -> None:
    found = {one.id: one for one in _suggest(_told(insight), EARLY).suggestions}
    early = found.pop("early")
    assert (early.name, early.known, early.overlap) == ("Nurseries", "early", (("early", 10),))
    assert len(found) == 2
    assert all(one.overlap == ((OTHER, 10),) and not one.known for one in found.values())


def test_names_and_ids_are_never_the_same_nor_those_of_a_present_theme(insight: Make) -> None:
    told = _told(insight)
    bare = _suggest(told).suggestions
    # themes that are called the same, but gather nothing
    taken = [Theme(id=one.id, name=one.name, keywords=("zzz",)) for one in bare]
    found = _by(_Blind(), told, *taken).suggestions
    assert len({one.name.casefold() for one in (*bare, *found)}) == len(bare) + len(found)
    assert len({one.id for one in (*bare, *found)}) == len(bare) + len(found)


class _Blind(LexicalEncoder):
    """Sees no likeness high enough for a theme."""

    limits = replace(LexicalEncoder.limits, other_below=9.0)


def test_under_twelve_nothing_is_suggested_and_the_number_is_told(insight: Make) -> None:
    assert _suggest(_told(insight)[:11]) == Suggested(stories=11)


def test_ten_copies_make_no_theme(insight: Make) -> None:
    copies = [
        insight("The newsletter of our choir", "Song after song.", published=NOON - timedelta(days=20 * n))
        for n in range(10)
    ]
    found = _suggest([*_told(insight), *copies])
    assert found.stories == 31
    assert not any("choir" in " ".join((one.name, *one.keywords)) for one in found.suggestions)


def test_insights_that_are_all_the_same_suggest_nothing(insight: Make) -> None:
    assert _suggest([insight("A choir sings", "Again.") for _ in range(40)]) == Suggested(stories=1)


def test_names_of_sources_people_and_months_are_no_keywords(insight: Make) -> None:
    told = [
        insight(one.title, f"Minister Jane Smith of the Fernhill Review spoke in November. {one.summary}", id=one.id)
        if one.id.startswith("nursery")
        else one
        for one in _told(insight)
    ]
    words = " ".join(
        word for one in _suggest(told, beside=["Fernhill Review"]).suggestions for word in (one.name, *one.keywords)
    )
    assert not {"Smith", "Jane", "Fernhill", "Review", "November", "Minister"} & set(words.replace(",", "").split())


@pytest.mark.parametrize("title", ["🎉🎉🎉", "Play", "x " * 25_000, "的", "\x00\x1b[31m", "a" * 50_000, "’s ’s", ""])
def test_whatever_titles_say_it_ends_and_says_little(insight: Make, title: str) -> None:
    found = _suggest([*_told(insight), *(insight(title) for _ in range(20))])
    assert len(found.suggestions) >= 2
    assert all(len(example) <= 200 for one in found.suggestions for example in one.examples)


def test_one_word_titles_without_summaries_are_grouped_too(insight: Make) -> None:
    assert _suggest([insight(f"Word{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(100)]).stories >= 90


def test_two_thousand_insights_take_a_few_seconds(insight: Make) -> None:
    chance = random.Random(3)
    vocabulary = [f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in ("nor", "tel", "sum", "rik", "pan", "dov")]
    told = [
        insight(" ".join(chance.choices(vocabulary, k=6)), " ".join(chance.choices(vocabulary, k=20)))
        for _ in range(2000)
    ]
    started = time.process_time()
    _suggest(told)
    assert time.process_time() - started < 15


def test_there_are_as_many_groups_as_there_are_kinds() -> None:
    chance = np.random.default_rng(2)
    for kinds in (2, 3, 5, 8):
        middles = chance.normal(size=(kinds, 64))
        vectors = np.repeat(middles, 12, axis=0) + chance.normal(size=(kinds * 12, 64)) * 0.5
        labels = clusters(spread(vectors, vectors.mean(axis=0)))
        assert labels.max() + 1 == kinds
        assert all(len(set(labels[at * 12 : at * 12 + 12].tolist())) == 1 for at in range(kinds))


def test_what_has_nothing_in_common_makes_no_more_than_twelve_groups() -> None:
    vectors = np.random.default_rng(2).normal(size=(300, 64))
    assert clusters(spread(vectors, vectors.mean(axis=0))).max() < MOST


def test_phrases_are_written_as_people_write_them_and_longer_ones_win() -> None:
    texts = [
        "Pupil Premium grows",
        "More pupil premium for schools",
        "The pupil premium",
        "Rain",
        "Sun and rain",
        "Rain again",
    ]
    found = telling(texts, [0, 0, 0, 1, 1, 1])
    assert [one.words for one in found[0]] == ["pupil premium"]
    assert [one.words for one in found[1]] == ["rain"]


@cache
def _real() -> Encoder:
    return chosen(()).encoder


def _rows(shared: Path, name: str, labels: Sequence[str] = ()) -> list[dict[str, str]]:
    lines = (shared / "themes" / f"{name}.jsonl").read_text(encoding="utf8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if not labels or row["label"] in labels]


def test_education_news_of_half_a_year_gets_themes_with_names_that_say_what_they_are(
    insight: Make, shared: Path
) -> None:
    told = [insight(row["title"], row["summary"], id=row["id"]) for row in _rows(shared, "edu")]
    found = _by(_real(), told).suggestions
    assert 8 <= len(found) <= MOST
    names = " ".join(one.name for one in found)
    for word in ("Pupil premium", "Ofsted", "Free schools", "Academies"):
        assert word in names


def test_charities_of_four_kinds_become_four_themes_that_are_those_kinds(insight: Make, shared: Path) -> None:
    kinds = ("animals", "religion", "sport", "early_years")
    rows = [row for kind in kinds for row in _rows(shared, "charity", [kind])[:25]]
    found = _by(_real(), [insight(row["title"], row["summary"], id=row["id"]) for row in rows]).suggestions
    label = {row["title"]: row["label"] for row in rows}
    assert {label[one.examples[0]] for one in found} == set(kinds)
    pure = sum(label[title] == label[one.examples[0]] for one in found for title in one.examples)
    assert pure >= 0.9 * sum(len(one.examples) for one in found)
