from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.domain.errors import FetchError, Gone
from digest.domain.model import Article, Gathered, Item, Newsletter, Reading, Source, Validators
from digest.domain.ports import SourceState
from digest.jobs.harvest import Harvest, Harvested, conditions, due, harvest, stale
from digest.stages.health import Condition
from tests.jobs.conftest import Workbench

Gather = Callable[[Source, Validators], Gathered]
DAY = timedelta(days=1)


def reading(*titles: str, folder: str = "news") -> Gathered:
    items = tuple(Item(title=title, link=f"https://e.example.org/{folder}/{title}") for title in titles)
    return Gathered(reading=Reading(items=items), validators=Validators(etag="v1"))


def asked(bench: Workbench, gather: Gather, newsletter: Newsletter | None = None, **more: Any) -> list[Harvested]:
    work = Harvest(store=bench.app.store, clock=bench.clock, gather=gather, **more)
    return harvest(work, newsletter or bench.newsletter)


def state(bench: Workbench, source: str = "ours") -> SourceState:
    with bench.app.store.reading() as session:
        return session.insights.states()[source]


def titles(bench: Workbench, source: str = "ours") -> list[str]:
    with bench.app.store.reading() as session:
        return sorted(one.title for one in session.insights.unused("news", [source]))


def fails(fault: Exception) -> Gather:
    def gather(source: Source, known: Validators) -> Gathered:
        raise fault

    return gather


def changed(newsletter: Newsletter, **values: Any) -> Newsletter:
    """The newsletter with another setting in each of its sources."""
    return replace(newsletter, sources=tuple(replace(source, **values) for source in newsletter.sources))


def test_one_source_that_fails_spoils_no_other(bench: Workbench) -> None:
    def gather(source: Source, known: Validators) -> Gathered:
        if source.id == "ours":
            raise FetchError("It answered 500.", "Wait.")
        return reading("one", "two")

    failed, good = asked(bench, gather)
    assert failed.findings[0].what == "It answered 500."
    assert good.new == 2
    assert state(bench).failing_since == bench.clock()
    assert state(bench, "theirs").failing_since is None


def test_not_even_a_fault_of_the_program_takes_the_other_sources_with_it(bench: Workbench) -> None:
    def gather(source: Source, known: Validators) -> Gathered:
        if source.id == "ours":
            raise ZeroDivisionError("unforeseen")
        return reading("one")

    failed, good = asked(bench, gather)
    assert "ZeroDivisionError: unforeseen" in failed.findings[0].what
    assert good.new == 1


def test_a_stopped_harvest_keeps_what_the_sources_before_gave(bench: Workbench) -> None:
    def gather(source: Source, known: Validators) -> Gathered:
        if source.id == "theirs":
            raise KeyboardInterrupt
        return reading("one")

    with pytest.raises(KeyboardInterrupt):
        asked(bench, gather, at_once=1)
    assert titles(bench) == ["one"]


def test_sources_are_asked_side_by_side_but_never_more_than_so_many(bench: Workbench) -> None:
    together: list[int] = []
    lock, running = threading.Lock(), 0

    def gather(source: Source, known: Validators) -> Gathered:
        nonlocal running
        with lock:
            running += 1
            together.append(running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return reading(source.id)

    many = tuple(replace(bench.newsletter.sources[0], id=f"s{number:02}") for number in range(12))
    results = asked(bench, gather, replace(bench.newsletter, sources=many), at_once=4)
    assert [one.source for one in results] == [one.id for one in many], "results stand in the order of the sources"
    assert max(together) == 4


def test_validators_and_insights_are_kept_together_and_asked_with_next_time(bench: Workbench) -> None:
    seen: list[str] = []

    def gather(source: Source, known: Validators) -> Gathered:
        seen.append(known.etag)
        return reading("one") if not known.etag else Gathered(reading=None, validators=known)

    first = asked(bench, gather)
    again = asked(bench, gather)
    assert seen == ["", "", "v1", "v1"]
    assert [one.new for one in first] == [1, 1]
    assert [(one.new, one.unchanged) for one in again] == [(0, True), (0, True)]


@pytest.mark.parametrize("setting", [{"address": "https://fernhill.example.org/blog"}, {"under": "/news/"}])
def test_a_source_that_is_asked_otherwise_is_asked_as_if_for_the_first_time(
    bench: Workbench, setting: dict[str, str]
) -> None:
    seen: list[str] = []

    def gather(source: Source, known: Validators) -> Gathered:
        seen.append(known.etag)
        return reading("one")

    asked(bench, gather)
    asked(bench, gather, changed(bench.newsletter, name="Another name"))
    asked(bench, gather, changed(bench.newsletter, **setting))
    assert seen == ["", "", "v1", "v1", "", ""]


def test_an_insight_seen_again_is_not_new_and_keeps_its_first_date(bench: Workbench) -> None:
    asked(bench, lambda source, _: reading("one"))
    bench.clock.forward(days=7)
    results = asked(bench, lambda source, _: reading("one", "two"))
    assert [one.new for one in results] == [1, 1]
    with bench.app.store.reading() as session:
        oldest = session.insights.unused("news", ["ours"])[0]
    assert oldest.first_seen == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_source_that_falls_silent_is_reported_every_time_with_its_last_good_day(bench: Workbench) -> None:
    asked(bench, lambda source, _: reading("one"))
    for _ in range(2):
        bench.clock.forward(days=7)
        results = asked(bench, lambda source, _: reading())
        assert "23 November 2026" in results[0].findings[0].what
    assert state(bench).validators == Validators(), "it is read anew each time"
    assert state(bench).failures == 2
    assert titles(bench) == ["one"]


def test_a_page_that_turns_into_a_menu_never_fills_a_digest(bench: Workbench) -> None:
    asked(bench, lambda source, _: reading("one", "two"))
    bench.clock.forward(days=7)
    menu = reading("About us", "Contact us", "Donate now", folder="")
    for _ in range(2):
        page, feed = asked(bench, lambda source, _: menu)
        assert [finding.code for finding in page.findings] == ["collect.changed"]
        assert page.new == 0
    assert titles(bench) == ["one", "two"]
    assert feed.new == 0, "it was taken the first time: a feed is no page"


def test_what_somebody_accepts_is_taken_and_the_source_is_well_again(bench: Workbench) -> None:
    asked(bench, lambda source, _: reading("one"))
    bench.clock.forward(days=7)
    moved = reading("three", "four", folder="stories")
    asked(bench, lambda source, _: moved)
    assert titles(bench) == ["one"]
    (page, _) = asked(bench, lambda source, _: moved, trusted=frozenset({"ours"}))
    assert page.new == 2
    assert titles(bench) == ["four", "one", "three"]
    assert (state(bench).failures, state(bench).fault) == (0, "")


def test_who_is_asked_for_patience_is_not_asked_again_before(bench: Workbench) -> None:
    busy = FetchError("It answered 429.", retry_after=2 * DAY)
    asked(bench, fails(busy))
    assert state(bench).wait_until == bench.clock() + 2 * DAY
    bench.clock.forward(days=1)
    results = asked(bench, lambda source, _: reading("one"))
    assert [(one.skipped, one.new) for one in results] == [(True, 0)] * 2
    assert "25 November 2026" in results[0].findings[0].what
    bench.clock.forward(days=1)
    assert [one.new for one in asked(bench, lambda source, _: reading("one"))] == [1, 1]
    assert state(bench).wait_until is None


def test_a_source_that_says_it_is_gone_is_told_at_once_and_left_until_its_address_changes(bench: Workbench) -> None:
    results = asked(bench, fails(Gone("It answered 410.", "Find another.")))
    assert results[0].findings[0].code == "source.gone"
    bench.clock.forward(days=30)
    assert all(one.skipped for one in asked(bench, lambda source, _: reading("one")))
    assert due(bench.app.store, bench.newsletter, bench.clock()) == []
    elsewhere = changed(bench.newsletter, address="https://fernhill.example.org/new")
    assert due(bench.app.store, elsewhere, bench.clock()) == ["ours", "theirs"]
    assert [one.new for one in asked(bench, lambda source, _: reading("one"), elsewhere)] == [1, 1]


def test_a_hiccup_is_a_note_and_three_failures_over_three_days_are_a_finding(bench: Workbench) -> None:
    codes = []
    for _ in range(4):
        codes.append(asked(bench, fails(FetchError("It answered 500.")))[0].findings[0].code)
        bench.clock.forward(days=1)
    assert codes == ["collect.failed", "collect.failed", "collect.failed", "source.dead"]
    assert conditions(bench.app.store, bench.newsletter, bench.clock())[0].condition == Condition.DEAD
    asked(bench, lambda source, _: reading("one"))
    assert conditions(bench.app.store, bench.newsletter, bench.clock())[0].condition == Condition.WELL


def test_between_drafts_each_source_is_due_once_a_day_and_one_that_fails_sooner(bench: Workbench) -> None:
    def gather(source: Source, known: Validators) -> Gathered:
        if source.id == "ours":
            raise FetchError("It answered 500.")
        return reading("one")

    assert due(bench.app.store, bench.newsletter, bench.clock()) == ["ours", "theirs"]
    asked(bench, gather)
    assert due(bench.app.store, bench.newsletter, bench.clock()) == []
    bench.clock.forward(hours=1)
    assert due(bench.app.store, bench.newsletter, bench.clock()) == ["ours"]
    bench.clock.forward(hours=23)
    assert due(bench.app.store, bench.newsletter, bench.clock()) == ["ours", "theirs"]


def test_where_a_source_has_moved_for_good_is_told(bench: Workbench) -> None:
    gathered = replace(reading("one"), moved_to="https://fernhill.example.org/insights")
    results = asked(bench, lambda source, _: gathered)
    assert "https://fernhill.example.org/insights" in results[0].findings[-1].what


def test_the_pages_of_new_articles_are_asked_once_and_fill_in_what_is_missing(bench: Workbench) -> None:
    pages: list[str] = []

    def article(source: Source, link: str) -> Article:
        pages.append(link)
        if link.endswith("two"):
            raise FetchError("It answered 404.")
        return Article(author="Ann Lee", image="https://e.example.org/a.jpg")

    wanted = changed(bench.newsletter, articles=True)
    results = asked(bench, lambda source, _: reading("one", "two"), wanted, article=article)
    assert sorted(pages) == [f"https://e.example.org/news/{name}" for name in ("one", "one", "two", "two")]
    assert [finding.code for finding in results[0].findings] == ["collect.articles"]
    with bench.app.store.reading() as session:
        authors = {one.title: one.author for one in session.insights.unused("news", ["ours"])}
    assert authors == {"one": "Ann Lee", "two": ""}
    pages.clear()
    asked(bench, lambda source, _: reading("one", "two"), wanted, article=article)
    assert pages == []
    with bench.app.store.reading() as session:
        again = {one.title: one.author for one in session.insights.unused("news", ["ours"])}
    assert again == authors, "a later reading loses nothing"


def test_what_only_its_own_page_could_name_comes_with_that_name_or_next_time(bench: Workbench) -> None:
    items = (Item(title="", link="https://e.example.org/a"), Item(title="", link="https://e.example.org/b"))
    sitemap = Gathered(reading=Reading(items=items, untitled=True))
    up = {"a"}

    def article(source: Source, link: str) -> Article:
        if link[-1] in up:
            return Article(title=f"The story of {link[-1]}")
        raise FetchError("It answered 503.")

    asked(bench, lambda source, _: sitemap, article=article)
    assert titles(bench) == ["The story of a"]
    up.add("b")
    asked(bench, lambda source, _: sitemap, article=article)
    assert titles(bench) == ["The story of a", "The story of b"]


def sitemap(count: int) -> Gathered:
    items = tuple(Item(title="", link=f"https://e.example.org/{number:03}") for number in range(count))
    return Gathered(reading=Reading(items=items, untitled=True), validators=Validators(etag="v1"))


def test_what_one_harvest_leaves_of_a_long_sitemap_the_next_ones_take(bench: Workbench) -> None:
    def article(source: Source, link: str) -> Article:
        return Article(title=f"Story {link[-3:]}")

    counts = []
    for _ in range(5):
        asked(bench, lambda source, _: sitemap(100), article=article)
        counts.append(len(titles(bench)))
        bench.clock.forward(days=1)
    assert counts == [30, 60, 90, 100, 100]
    assert state(bench).validators.etag == "v1", "when all is taken, it is asked as cheaply as ever"


def test_pages_that_fail_for_ever_keep_no_others_waiting(bench: Workbench) -> None:
    def article(source: Source, link: str) -> Article:
        if int(link[-3:]) < 30:
            raise FetchError("It answered 404.")
        return Article(title=f"Story {link[-3:]}")

    for _ in range(12):
        asked(bench, lambda source, _: sitemap(100), article=article)
        bench.clock.forward(days=1)
    assert len(titles(bench)) >= 60


def test_articles_whose_site_asks_for_patience_are_left_alone(bench: Workbench) -> None:
    pages: list[str] = []

    def article(source: Source, link: str) -> Article:
        pages.append(link)
        raise FetchError("It answered 429.", retry_after=2 * DAY)

    asked(bench, lambda source, _: sitemap(10), article=article)
    assert len(pages) == 2, "one of each source"
    assert all(one.skipped for one in asked(bench, lambda source, _: sitemap(10), article=article))


def test_a_source_that_is_back_after_all_is_asked_when_somebody_says_so(bench: Workbench) -> None:
    asked(bench, fails(Gone("It answered 410.")))
    (ours, _) = asked(bench, lambda source, _: reading("one"), trusted=frozenset({"ours"}))
    assert ours.new == 1
    assert not state(bench).gone
    assert not asked(bench, lambda source, _: reading("one", "two"))[0].skipped


def test_a_program_that_is_ending_asks_nobody_more(bench: Workbench) -> None:
    told: list[str] = []

    def gather(source: Source, known: Validators) -> Gathered:
        told.append(source.id)
        return reading(source.id)

    results = asked(bench, gather, at_once=1, stop=lambda: bool(told))
    assert told == ["ours"]
    assert [one.skipped for one in results] == [False, True]


def test_before_a_draft_all_are_asked_but_for_those_that_were_asked_just_now(bench: Workbench) -> None:
    assert stale(bench.app.store, bench.newsletter, bench.clock()) == ["ours", "theirs"]
    asked(bench, lambda source, _: reading("one"))
    assert stale(bench.app.store, bench.newsletter, bench.clock()) == []
    bench.clock.forward(minutes=31)
    assert stale(bench.app.store, bench.newsletter, bench.clock()) == ["ours", "theirs"]
