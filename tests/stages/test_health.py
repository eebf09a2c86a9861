from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.domain.model import Source
from digest.domain.ports import SourceState
from digest.stages.health import Condition, findings, health, may_be_asked, next_due

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = Source(id="ours", kind="page", address="https://a.example/news", name="Our news")


def state(**values: object) -> SourceState:
    return SourceState(source="ours", **values)  # type: ignore[arg-type]


def failing(failures: int, since: timedelta) -> SourceState:
    return state(last_asked=NOW, failures=failures, failing_since=NOW - since, fault="It answered 500.")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (state(), Condition.NEW),
        (state(last_asked=NOW), Condition.WELL),
        (failing(1, timedelta()), Condition.HICCUP),
        (failing(9, 2 * DAY), Condition.HICCUP),
        (failing(2, 9 * DAY), Condition.HICCUP),
        (failing(3, 3 * DAY), Condition.DEAD),
        (state(last_asked=NOW, gone=True, failures=1, failing_since=NOW), Condition.GONE),
    ],
)
def test_a_source_is_dead_only_when_it_failed_three_times_over_three_days(
    given: SourceState, expected: Condition
) -> None:
    assert health(SOURCE, given, 0, DAY, NOW).condition == expected


def test_a_hiccup_is_nobodys_business_and_a_dead_source_is() -> None:
    assert not list(findings([health(SOURCE, failing(1, timedelta()), 0, DAY, NOW)]))
    (finding,) = findings([health(SOURCE, failing(3, 4 * DAY), 0, DAY, NOW)])
    assert finding.what == "Our news has failed since 19 November 2026: It answered 500."
    assert "never answered" in finding.why
    assert "digest.toml" in finding.mend


@pytest.mark.parametrize(
    ("failures", "pause"),
    [
        (0, DAY),
        (1, timedelta(hours=1)),
        (2, timedelta(hours=2)),
        (5, timedelta(hours=16)),
        (9, 7 * DAY),
        (999, 7 * DAY),
    ],
)
def test_who_fails_is_asked_later_and_later(failures: int, pause: timedelta) -> None:
    since = NOW if failures else None
    assert next_due(state(last_asked=NOW, failures=failures, failing_since=since), DAY, NOW) == NOW + pause


def test_who_asks_for_patience_gets_it_and_who_is_gone_is_left() -> None:
    waiting = state(last_asked=NOW, wait_until=NOW + 5 * DAY)
    assert next_due(waiting, DAY, NOW) == NOW + 5 * DAY
    assert not may_be_asked(waiting, NOW + 4 * DAY)
    assert may_be_asked(waiting, NOW + 5 * DAY)
    assert next_due(state(gone=True), DAY, NOW) is None
    assert next_due(state(), DAY, NOW) == NOW


def test_insights_are_counted_a_week() -> None:
    assert health(SOURCE, state(last_asked=NOW), 12, DAY, NOW).a_week == 1.5
