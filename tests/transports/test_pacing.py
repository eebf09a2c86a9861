"""How fast a server is sent mail, and how much of it in a day."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.transports.smtp.pacing import DAY, FIRST_SECONDS, MOST_SECONDS, Pace, Quota

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def test_messages_are_spread_evenly_over_a_minute() -> None:
    pace, now, gone = Pace(30), 100.0, []
    while len(gone) < 31:
        now += pace.wait(now)
        pace.go(now)
        gone.append(now)
    assert gone[30] - gone[0] == 60.0


def test_who_comes_late_makes_up_for_nothing() -> None:
    pace = Pace(60)
    pace.go(0.0)
    pace.go(500.0)
    assert pace.wait(500.0) == 1.0


def test_without_a_rate_nobody_waits() -> None:
    pace = Pace()
    pace.go(5.0)
    assert pace.wait(5.0) == 0


def test_refusals_slow_it_down_and_what_is_taken_speeds_it_up() -> None:
    pace = Pace()
    pace.refused(0.0)
    assert pace.wait(0.0) == FIRST_SECONDS
    for _ in range(20):
        pace.refused(0.0)
    assert pace.distance == MOST_SECONDS
    for _ in range(100):
        pace.taken()
    assert pace.distance == 0


def test_it_never_goes_faster_than_its_rate() -> None:
    pace = Pace(60)
    pace.refused(0.0)
    for _ in range(100):
        pace.taken()
    assert pace.distance == 1.0


def quota(limit: int, used: list[tuple[datetime, int]] | None = None) -> Quota:
    return Quota(lambda now: limit, used or [])


def test_a_day_has_so_many_and_no_more() -> None:
    mine = quota(3)
    for _ in range(3):
        assert not mine.is_used_up(NOON)
        mine.use(NOON)
    assert mine.is_used_up(NOON)
    assert mine.again(NOON) == NOON + DAY
    assert not mine.is_used_up(NOON + DAY)


def test_what_was_taken_before_a_restart_counts() -> None:
    mine = quota(10, [(NOON - timedelta(hours=20), 4), (NOON - timedelta(hours=3), 5)])
    assert not mine.is_used_up(NOON)
    mine.use(NOON)
    assert mine.is_used_up(NOON)
    assert mine.again(NOON) == NOON + timedelta(hours=4), "then the first four are a day old"


def test_without_a_limit_there_is_no_end() -> None:
    mine = quota(0, [(NOON, 10**9)])
    assert not mine.is_used_up(NOON)


@given(
    st.integers(1, 20),
    st.lists(st.integers(0, 600), max_size=80),
)
def test_no_24_hours_have_more_than_the_limit(limit: int, steps: list[int]) -> None:
    mine, now, gone = quota(limit), NOON, []
    for minutes in steps:
        now += timedelta(minutes=minutes)
        if mine.is_used_up(now):
            assert mine.again(now) > now
            # asked of a copy: a clock never goes back
            assert not deepcopy(mine).is_used_up(mine.again(now))
        else:
            mine.use(now)
            gone.append(now)
    for at in gone:
        assert sum(at - DAY < one <= at for one in gone) <= limit
