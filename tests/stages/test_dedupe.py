from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.domain.model import Insight, Story
from digest.stages.dedupe import parted, same, stories

Make = Callable[..., Insight]
DAY = datetime(2026, 11, 1, tzinfo=UTC)
LEAD = "Two hundred nurseries now share one recipe book, and the children choose what is cooked on Fridays."


def test_two_sources_that_tell_the_same_become_one_story_and_the_older_leads(insight: Make) -> None:
    late = insight("Two hundred nurseries share one recipe book - The Herald", LEAD, published=DAY + timedelta(days=3))
    early = insight("Two hundred nurseries share one recipe book", LEAD, published=DAY)
    other = insight("A bus for the valley school", "It runs twice a day.", published=DAY)
    made = stories([late, other, early])
    assert {(story.lead.id, tuple(one.id for one in story.also)) for story in made} == {
        (early.id, (late.id,)),
        (other.id, ()),
    }


@pytest.mark.parametrize(("days", "merged"), [(0, True), (14, True), (15, False), (365, False)])
def test_a_yearly_report_is_a_new_story_every_year(insight: Make, days: int, merged: bool) -> None:
    first = insight("Annual report on attendance", LEAD, published=DAY)
    again = insight("Annual report on attendance", LEAD, published=DAY + timedelta(days=days))
    assert same(first, again) is same(again, first) is merged


def test_the_same_address_is_the_same_article_however_old(insight: Make) -> None:
    first = insight("A title", canonical="a.example/1", published=DAY)
    again = insight("Corrected beyond recognition", canonical="a.example/1", published=DAY + timedelta(days=90))
    assert same(first, again)


def test_two_insights_without_an_address_are_not_the_same_for_that(insight: Make) -> None:
    assert not same(insight("Otters return to the pond"), insight("A bus for the valley school"))


@pytest.mark.parametrize("title", ["Reading", "Attendance", "Our children", "🎉"])
def test_a_bare_title_is_not_swallowed_by_a_long_text_that_holds_its_words(insight: Make, title: str) -> None:
    long = insight("What sixty families told us", f"They spoke of {title} {title.lower()} first, then of our children.")
    assert not same(insight(title), long)


def test_stories_do_not_depend_on_the_order_of_sources(insight: Make) -> None:
    told = [
        insight(f"{kind} number {n} of the year", f"{LEAD} {kind} {n}", published=DAY + timedelta(days=n))
        for n, kind in enumerate(["Otters", "A bus", "Recipes", "Otters", "A minibus", "Recipe"])
    ]
    wanted = stories(told)
    for seed in range(10):
        assert stories(random.Random(seed).sample(told, len(told))) == wanted


def test_what_stood_in_an_edition_is_not_told_again_by_another_source(insight: Make) -> None:
    old = insight("Two hundred nurseries share one recipe book", LEAD)
    again = Story(lead=insight("Two hundred nurseries share one recipe book!", LEAD))
    hidden = Story(lead=insight("A quite different lead about otters"), also=(insight(old.title, LEAD),))
    new = Story(lead=insight("A bus for the valley school", "It runs twice a day."))
    assert parted([again, hidden, new], [old], set()) == ((new,), (again, hidden))
    assert parted([again, new], [], set()) == ((again, new), ())


def test_labelled_pairs_of_news_are_told_apart_as_measured(insight: Make, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "themes/neardup_govuk.jsonl").read_text().splitlines()]
    said = []
    for row in rows:
        one, other = (
            insight(
                row[side]["title"],
                row[side]["summary"],
                published=datetime.strptime(row[side]["published"], "%d %B %Y").replace(tzinfo=UTC),
            )
            for side in "ab"
        )
        said.append(same(one, other))
    right = sum(merged and row["label"] == 2 for merged, row in zip(said, rows, strict=True))
    assert len(rows) == 450
    assert right / sum(said) >= 0.99
    assert right / sum(row["label"] == 2 for row in rows) >= 0.99
