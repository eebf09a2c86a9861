from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.domain.errors import FetchError
from digest.domain.model import Gathered, Item, Reading, Source, Validators
from digest.jobs.harvest import harvest
from tests.jobs.conftest import Workbench


def reading(*titles: str) -> Gathered:
    items = tuple(Item(title=title, link=f"https://e.example.org/{title}") for title in titles)
    return Gathered(reading=Reading(items=items), validators=Validators(etag="v1"))


def test_one_source_that_fails_spoils_no_other(bench: Workbench) -> None:
    def gather(source: Source, validators: Validators) -> Gathered:
        if source.id == "ours":
            raise FetchError("It answered 500.", "Wait.")
        return reading("one", "two")

    failed, good = harvest(bench.app.store, bench.clock, gather, bench.newsletter)
    assert failed.findings[0].what == "It answered 500."
    assert good.new == 2
    with bench.app.store.reading() as session:
        assert session.insights.state("ours").failing_since == bench.clock()
        assert session.insights.state("theirs").failing_since is None


def test_a_stopped_harvest_keeps_what_the_sources_before_gave(bench: Workbench) -> None:
    def gather(source: Source, validators: Validators) -> Gathered:
        if source.id == "theirs":
            raise KeyboardInterrupt
        return reading("one")

    with pytest.raises(KeyboardInterrupt):
        harvest(bench.app.store, bench.clock, gather, bench.newsletter)
    with bench.app.store.reading() as session:
        assert [one.title for one in session.insights.unused("news", ["ours"])] == ["one"]


def test_validators_and_insights_are_kept_together_and_asked_with_next_time(bench: Workbench) -> None:
    seen: list[str] = []

    def gather(source: Source, validators: Validators) -> Gathered:
        seen.append(validators.etag)
        return reading("one") if not validators.etag else Gathered(reading=None, validators=validators)

    first = harvest(bench.app.store, bench.clock, gather, bench.newsletter)
    again = harvest(bench.app.store, bench.clock, gather, bench.newsletter)
    assert seen == ["", "", "v1", "v1"]
    assert [one.new for one in first] == [1, 1]
    assert [(one.new, one.unchanged) for one in again] == [(0, True), (0, True)]


def test_an_insight_seen_again_is_not_new_and_keeps_its_first_date(bench: Workbench) -> None:
    harvest(bench.app.store, bench.clock, lambda source, _: reading("one"), bench.newsletter)
    bench.clock.forward(days=7)
    results = harvest(bench.app.store, bench.clock, lambda source, _: reading("one", "two"), bench.newsletter)
    assert [one.new for one in results] == [1, 1]
    with bench.app.store.reading() as session:
        oldest = session.insights.unused("news", ["ours"])[0]
    assert oldest.first_seen == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_source_that_falls_silent_is_reported_with_its_last_good_day(bench: Workbench) -> None:
    harvest(bench.app.store, bench.clock, lambda source, _: reading("one"), bench.newsletter)
    bench.clock.forward(days=7)
    results = harvest(bench.app.store, bench.clock, lambda source, _: reading(), bench.newsletter)
    assert "23 November 2026" in results[0].findings[0].what
