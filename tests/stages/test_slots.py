from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import Newsletter, Schedule, Sender
from digest.stages.slots import DAYS, after, between, edition_id

ZONES = (
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
)
SCHEDULES = st.builds(
    Schedule,
    days=st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple),
    at=st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59])),
    timezone=st.sampled_from(ZONES),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


def _newsletter(schedule: Schedule) -> Newsletter:
    return Newsletter(id="n", name="N", sender=Sender(name="s", address="s@example.org"), schedule=schedule)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        # 01:30 does not exist: an hour later by the wall clock
        (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # 01:30 comes twice: the first time
        (datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_slot_at_half_past_one_happens_once_when_the_clocks_change(day: datetime, utc: datetime) -> None:
    schedule = Schedule(days=("sunday",), at="01:30", timezone="Europe/London")
    assert between(schedule, day - timedelta(days=1), day + timedelta(days=1)) == [utc]
    assert between(schedule, day - timedelta(days=8), day + timedelta(days=8))[1] == utc


def test_eight_o_clock_stays_eight_o_clock_all_year() -> None:
    schedule = Schedule(days=("tuesday",), at="08:00", timezone="Europe/London")
    slots = between(schedule, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    local = [slot.astimezone(ZoneInfo("Europe/London")) for slot in slots]
    assert len(slots) == 52
    assert {(one.hour, one.minute, one.weekday()) for one in local} == {(8, 0, 1)}
    assert {slot.hour for slot in slots} == {7, 8}


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 22, 18, tzinfo=UTC)),
        ("Pacific/Pago_Pago", datetime(2026, 11, 23, 19, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 11, 23, 2, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 23, 13, tzinfo=UTC)),
    ],
)
def test_a_day_of_the_week_is_the_one_of_the_newsletters_zone(zone: str, utc: datetime) -> None:
    schedule = Schedule(days=("monday",), at="08:00", timezone=zone)
    assert after(schedule, datetime(2026, 11, 21, tzinfo=UTC)) == utc


def test_a_slot_is_not_after_itself() -> None:
    schedule = Schedule()
    slot = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert after(schedule, slot) == slot + timedelta(days=7)
    assert between(schedule, slot, slot) == []
    assert between(schedule, slot - timedelta(seconds=1), slot) == [slot]


@given(SCHEDULES, MOMENTS, st.integers(0, 60), st.integers(0, 60))
def test_two_stretches_of_time_hold_the_slots_of_both_once(schedule: Schedule, start: datetime, a: int, b: int) -> None:
    middle, end = start + timedelta(days=a), start + timedelta(days=a + b)
    slots = between(schedule, start, end)
    assert slots == between(schedule, start, middle) + between(schedule, middle, end)
    assert slots == sorted(set(slots))


@given(SCHEDULES, MOMENTS)
def test_there_is_one_slot_for_each_chosen_day_of_a_year(schedule: Schedule, start: datetime) -> None:
    weeks = between(schedule, start, start + timedelta(weeks=52))
    assert abs(len(weeks) - 52 * len(schedule.days)) <= 1


@given(SCHEDULES, MOMENTS)
def test_every_slot_has_an_edition_id_of_its_own(schedule: Schedule, start: datetime) -> None:
    slots = between(schedule, start, start + timedelta(days=370))
    assert len({edition_id(_newsletter(schedule), slot) for slot in slots}) == len(slots)


def test_an_edition_bears_its_local_date_and_time() -> None:
    kiritimati = _newsletter(Schedule(days=("monday",), at="08:00", timezone="Pacific/Kiritimati"))
    usual = datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert edition_id(kiritimati, usual) == "n-2026-11-23-0800"
    assert edition_id(kiritimati, usual + timedelta(hours=1, minutes=5)) == "n-2026-11-23-0905"
