from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from digest.domain.model import Insight, Source
from digest.stages.vanish import look

Make = Callable[..., Insight]
PAGE = Source(id="ours", kind="page", address="https://a.example/news")
FEED = Source(id="ours", kind="feed", address="https://a.example/feed")
LAST = datetime(2026, 11, 3, tzinfo=UTC)


def of(make: Make, folder: str, *names: str) -> list[Insight]:
    return [make(f"About {name}", canonical=f"{folder}/{name}") for name in names]


def all_new(found: list[Insight]) -> frozenset[str]:
    return frozenset(one.id for one in found)


def test_a_source_that_never_gave_anything_has_lost_nothing(insight: Make) -> None:
    found = of(insight, "a.example/news", "one")
    assert look(PAGE, None, found, all_new(found), []) is None
    assert look(PAGE, None, [], frozenset(), []) is None


@pytest.mark.parametrize("source", [PAGE, FEED])
def test_silence_is_told_with_the_last_good_day(source: Source) -> None:
    lost = look(source, LAST, [], frozenset(), [])
    assert lost is not None
    assert not lost.taken
    assert "3 November 2026" in lost.finding.what


def test_a_page_with_one_known_entry_is_as_it_was(insight: Make) -> None:
    found = of(insight, "a.example/news", "one", "two", "three")
    assert look(PAGE, LAST, found, frozenset({found[0].id, found[1].id}), found[2:]) is None


def test_entries_none_of_which_is_known_may_be_a_menu_and_are_not_taken(insight: Make) -> None:
    known = of(insight, "a.example/news", "one", "two")
    menu = of(insight, "a.example", "about-us", "contact-us", "get-involved")
    lost = look(PAGE, LAST, menu, all_new(menu), known)
    assert lost is not None
    assert not lost.taken
    assert (lost.finding.code, "3 November 2026" in lost.finding.what) == ("collect.changed", True)
    assert "“About about-us”" in lost.finding.why
    assert "digest sources accept ours" in lost.finding.mend


def test_at_the_root_of_a_site_its_sections_stand_too_so_standing_there_proves_nothing(insight: Make) -> None:
    known = of(insight, "a.example", "one", "two")
    menu = of(insight, "a.example", "about-us", "contact-us")
    lost = look(PAGE, LAST, menu, all_new(menu), known)
    assert lost is not None
    assert not lost.taken


def test_after_a_long_holiday_a_page_of_new_articles_is_taken_and_told(insight: Make) -> None:
    known = of(insight, "a.example/news", "one", "two")
    fresh = of(insight, "a.example/news", "three", "four", "five")
    lost = look(PAGE, LAST, fresh, all_new(fresh), known)
    assert lost is not None
    assert (lost.taken, lost.finding.code) == (True, "collect.all-new")


def test_a_feed_may_change_all_its_entries(insight: Make) -> None:
    found = of(insight, "b.example", "one")
    assert look(FEED, LAST, found, all_new(found), of(insight, "a.example/news", "two")) is None
