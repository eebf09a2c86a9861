"""When something is due, as words, cron and calendars say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain.model import Calendar, Holidays, Newsletter, Schedule, Sender, Span
from digest.stages import slots
from digest.stages.slots import after, between, dates, edition_id, faults, sentence
from digest.stages.slots.rules import read

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TERMS = (
    Span(name="Spring", begins=date(2027, 1, 4), ends=date(2027, 2, 12)),
    Span(name="Spring, second half", begins=date(2027, 2, 22), ends=date(2027, 3, 25)),
)


def schedule(when: str, **more: object) -> Schedule:
    return replace(Schedule(when=when), **more)  # type: ignore[arg-type]


def local(made: Schedule, count: int = 4, start: datetime = NOW) -> list[str]:
    """Return the next dates on the wall."""
    found = (one.slot for one in dates(made, start) if not one.left_out)
    return [f"{one.astimezone(ZoneInfo(made.timezone)):%a %d %b %y %H:%M}" for one in islice(found, count)]


def left_out(made: Schedule, start: datetime, days: int) -> dict[date, str]:
    found = dates(made, start, start + timedelta(days=days))
    return {one.slot.astimezone(ZoneInfo(made.timezone)).date(): one.left_out for one in found if one.left_out}


@pytest.mark.parametrize(
    ("words", "first", "second", "said"),
    [
        (
            "every Tuesday 08:00",
            "Tue 01 Dec 26 08:00",
            "Tue 08 Dec 26 08:00",
            "Every Tuesday at 08:00 (Europe/London).",
        ),
        (
            "Tuesdays and Thursdays at 8",
            "Tue 01 Dec 26 08:00",
            "Thu 03 Dec 26 08:00",
            "Every Tuesday and Thursday at 08:00",
        ),
        (
            "on weekdays at 7:30",
            "Mon 30 Nov 26 07:30",
            "Tue 01 Dec 26 07:30",
            "On weekdays, Monday to Friday, at 07:30",
        ),
        (
            "Mon to Wed, 7.30 pm",
            "Mon 30 Nov 26 19:30",
            "Tue 01 Dec 26 19:30",
            "Every Monday, Tuesday and Wednesday at 19:30",
        ),
        ("every day at noon", "Sat 28 Nov 26 12:00", "Sun 29 Nov 26 12:00", "Every day at 12:00"),
        ("every second Tuesday", "Tue 08 Dec 26 08:00", "Tue 22 Dec 26 08:00", "For the other weeks add a first date"),
        (
            "every second Tuesday from 1 December 2026",
            "Tue 01 Dec 26 08:00",
            "Tue 15 Dec 26 08:00",
            "from 1 December 2026 on",
        ),
        ("every three weeks on Friday", "Fri 11 Dec 26 08:00", "Fri 01 Jan 27 08:00", "Every third Friday at 08:00"),
        ("fortnightly on Mondays", "Mon 07 Dec 26 08:00", "Mon 21 Dec 26 08:00", "Every second Monday"),
        (
            "first Monday of the month 08:00",
            "Mon 07 Dec 26 08:00",
            "Mon 04 Jan 27 08:00",
            "On the first Monday of each month",
        ),
        (
            "first and third Monday",
            "Mon 07 Dec 26 08:00",
            "Mon 21 Dec 26 08:00",
            "On the first and third Monday of each month",
        ),
        (
            "every second Tuesday of the month",
            "Tue 08 Dec 26 08:00",
            "Tue 12 Jan 27 08:00",
            "On the second Tuesday of each month",
        ),
        ("last Friday", "Fri 25 Dec 26 08:00", "Fri 29 Jan 27 08:00", "On the last Friday of each month"),
        (
            "last weekday of the month",
            "Mon 30 Nov 26 08:00",
            "Thu 31 Dec 26 08:00",
            "On the last weekday of each month",
        ),
        ("15th of the month", "Tue 15 Dec 26 08:00", "Fri 15 Jan 27 08:00", "On the 15th of each month"),
        (
            "1st and 15th at 9am",
            "Tue 01 Dec 26 09:00",
            "Tue 15 Dec 26 09:00",
            "On the 1st and 15th of each month at 09:00",
        ),
        ("last day of the month", "Mon 30 Nov 26 08:00", "Thu 31 Dec 26 08:00", "On the last day of each month"),
        (
            "first Monday of January and September",
            "Mon 04 Jan 27 08:00",
            "Mon 06 Sep 27 08:00",
            "of January and September",
        ),
        ("every Tuesday in term time", "Tue 05 Jan 27 08:00", "Tue 12 Jan 27 08:00", "in term time only"),
        ("0 8 * * tue", "Tue 01 Dec 26 08:00", "Tue 08 Dec 26 08:00", "As cron says (“0 8 * * tue”)"),
        ("30 7 * * 1-5", "Mon 30 Nov 26 07:30", "Tue 01 Dec 26 07:30", "at 07:30"),
        ("0 9 * * 0", "Sun 29 Nov 26 09:00", "Sun 06 Dec 26 09:00", "at 09:00"),
        ("0 9 * * 7", "Sun 29 Nov 26 09:00", "Sun 06 Dec 26 09:00", "at 09:00"),
        ("0 9 * * 0-1", "Sun 29 Nov 26 09:00", "Mon 30 Nov 26 09:00", "at 09:00"),
        ("0 8,16 1 * *", "Tue 01 Dec 26 08:00", "Tue 01 Dec 26 16:00", "at 08:00 and 16:00"),
    ],
)
def test_words_mean_what_they_say_and_are_said_back(words: str, first: str, second: str, said: str) -> None:
    made = schedule(words, calendar=Calendar(terms=TERMS))
    assert list(faults(made)) == []
    start = NOW - timedelta(seconds=1)
    assert local(made, 2, start) == [first, second]
    assert said in sentence(made)


@pytest.mark.parametrize(
    ("words", "stumbled", "mend"),
    [
        ("every tuseday", "“tuseday”", "Did you mean “tuesday”?"),
        ("please every Monday", "“please”", "Write it like"),
        ("every Monday at breakfast", "“breakfast”", "Write it like"),
        ("at 8", "No day is named", "Write it like"),
        ("every", "A day is missing at the end", "Write it like"),
        ("every Monday at 8 at 9", "Two times of day", "Name one"),
        ("every Monday at 25:00", "“25:00” is no time of day", "08:00"),
        ("every Monday at 8:60", "“8:60” is no time of day", "08:00"),
        ("every Monday from 30 February 2027", "“30 february 2027” is no date", "5 January 2027"),
        ("every Monday from 1 January 99999999999999999999", "is no date", "5 January 2027"),
        ("every Monday from 9999-12-31", "is no date", "5 January 2027"),
        ("99999999999999999999th of the month", "No month has", "Write it like"),
        ("every 99999999999999999999 weeks on Monday", "cannot be counted", "1 to 52"),
        ("0 8 * * 99999999999999999999", "no line of cron", "0 8 * * tue"),
        ("sixth Monday of the month", "“sixth”", "Write it like"),
        ("6th Monday of the month", "No month has 6", "Write it like"),
        ("32nd of the month", "No month has 32", "Write it like"),
        ("every 99 weeks on Monday", "Every 99 weeks", "1 to 52"),
        ("Monday and", "A day is missing", "Write it like"),
        ("61 8 * * *", "no line of cron", "0 8 * * tue"),
        ("0 8 1 * mon", "days of the month and of the week", "first Monday of the month"),
        ("*/5 * * * *", "288 times a day", "24 times"),
        ("0 8 * * */2", "a step over days of the week", "0 8 * * tue"),
        ("0 8 31 2 *", "on no day of any year", "Choose days"),
        ("every Monday, " * 40, "more than 300 characters", "Write it like"),
        ("<script>alert(1)</script>", "“<”", "Write it like"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_word_it_stumbled_on(words: str, stumbled: str, mend: str) -> None:
    found = list(faults(schedule(words)))
    assert [one[0] for one in found] == [("when",)]
    assert stumbled in found[0][1]
    assert mend in found[0][2]


PIECES = (
    *("every", "second", "monday", "of", "the", "month", "at", "8", "08:00", "25:00", "from", "5", "january", "2027"),
    *("not", "on", "bank", "holidays", "in", "term", "31st", "-", ",", "and", "to", "*", "0", "1-5", "before", "hours"),
    *("working", "day", "between", "until", "²", "١٢"),
)
SCRAPS = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map(" ".join)


@settings(max_examples=80, deadline=None)
@given(SCRAPS)
def test_whatever_somebody_writes_is_read_or_refused_in_words(words: str) -> None:
    for field in ("when", "draft", "approve_by", "window"):
        for _, what, mend in faults(Schedule(**{field: words})):  # type: ignore[arg-type]
            assert what
            assert mend


# bank holidays, terms, closed days


def test_a_date_on_a_bank_holiday_comes_on_the_next_working_day() -> None:
    made = schedule("first Monday of the month, not on bank holidays")
    start = datetime(2027, 4, 30, tzinfo=UTC)
    assert local(made, 2, start) == ["Tue 04 May 27 08:00", "Mon 07 Jun 27 08:00"]
    assert left_out(made, start, 7) == {date(2027, 5, 3): "May Day: it comes on Tuesday 4 May instead"}
    assert next(one for one in dates(made, start) if not one.left_out).moved_from == date(2027, 5, 3)
    assert "On a bank holiday (England) it comes on the next working day instead." in sentence(made)
    # Good Friday: over the weekend and Easter Monday
    friday = schedule("every Friday at 8, not on bank holidays")
    assert local(friday, 2, datetime(2027, 3, 24, tzinfo=UTC)) == ["Tue 30 Mar 27 08:00", "Fri 02 Apr 27 08:00"]


def test_or_is_left_out_where_the_words_say_so() -> None:
    for words in ("never on bank holidays", "not on bank holidays but left out"):
        made = schedule(f"first Monday of the month, {words}")
        assert local(made, 1, datetime(2027, 4, 30, tzinfo=UTC)) == ["Mon 07 Jun 27 08:00"]
        assert "it is left out" in sentence(made)


def test_two_dates_that_meet_on_a_working_day_are_one() -> None:
    made = schedule("weekdays at 8, not on bank holidays")
    found = between(made, datetime(2026, 12, 23, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    assert [one.day for one in found] == [23, 24, 29, 30]


def test_bank_holidays_are_those_of_the_time_zone_or_of_who_is_named() -> None:
    words = "every day at 8, never on bank holidays"
    st_andrews = datetime(2026, 11, 30, 8, tzinfo=UTC)
    around = (st_andrews - timedelta(hours=12), st_andrews + timedelta(hours=12))
    assert between(schedule(words), *around) == [st_andrews]
    scotland = Calendar(holidays=Holidays(country="gb", region="sct"))
    assert between(schedule(words, calendar=scotland), *around) == []
    bastille = (datetime(2027, 7, 13, 12, tzinfo=UTC), datetime(2027, 7, 14, 12, tzinfo=UTC))
    assert between(schedule(words, timezone="Europe/Paris"), *bastille) == []
    assert len(between(schedule(words), *bastille)) == 1
    (nobody,) = faults(schedule(words, timezone="UTC"))
    assert "whose bank holidays" in nobody[1]


def test_in_term_time_nothing_is_due_outside_of_terms_and_nothing_at_all_after_the_last() -> None:
    made = schedule("every Thursday at 8, in term time", calendar=Calendar(terms=TERMS))
    found = between(made, NOW, datetime(2028, 1, 1, tzinfo=UTC))
    assert [one.date() for one in found][5:7] == [date(2027, 2, 11), date(2027, 2, 25)]
    assert found[-1].date() == date(2027, 3, 25)
    assert after(made, found[-1]) is None
    assert left_out(made, datetime(2027, 2, 12, tzinfo=UTC), 10) == {date(2027, 2, 18): "not in term time"}
    assert slots.past(made.calendar, date(2027, 3, 25)) == ""
    assert slots.past(made.calendar, date(2027, 3, 26)) == "All terms are over: the last one ended on 25 March 2027."


def test_a_date_that_would_move_out_of_term_is_left_out() -> None:
    calendar = Calendar(terms=(Span(name="Spring", begins=date(2027, 1, 4), ends=date(2027, 3, 26)),))
    made = schedule("every Friday, in term time, not on bank holidays", calendar=calendar)
    assert local(made, 1, datetime(2027, 3, 22, tzinfo=UTC)) == []
    assert (
        "Good Friday, and the next working day is not in term time"
        in left_out(made, datetime(2027, 3, 22, tzinfo=UTC), 7).values()
    )


def test_on_closed_days_nothing_goes_out_whatever_the_schedule_says() -> None:
    closed = Calendar(closed=(Span(name="Office closed", begins=date(2026, 12, 24), ends=date(2027, 1, 1)),))
    plain = Schedule(days=("tuesday",), calendar=closed)
    assert local(plain, 5)[3:] == ["Tue 22 Dec 26 08:00", "Tue 05 Jan 27 08:00"]
    assert left_out(plain, NOW, 60) == {date(2026, 12, 29): "closed: Office closed"}
    assert "closed" in sentence(plain)
    # a bank holiday among them is left out with them, and moves nowhere
    friday = schedule("every Friday, not on bank holidays", calendar=closed)
    assert local(friday, 4)[2:] == ["Fri 18 Dec 26 08:00", "Fri 08 Jan 27 08:00"]


# the clocks change, months end, years leap


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Paris"])
@pytest.mark.parametrize("at", ["00:30", "01:30", "02:30", "03:30"])
def test_on_the_days_on_which_the_clocks_change_there_is_one_slot_each(zone: str, at: str) -> None:
    made = schedule(f"every Sunday at {at}", timezone=zone)
    for day, offset in ((date(2026, 3, 29), 1), (date(2026, 10, 25), 1)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        (slot,) = between(made, noon - timedelta(days=1), noon)
        shown = slot.astimezone(ZoneInfo(zone))
        hours = shown.hour + shown.minute / 60 - (int(at[:2]) + 0.5)
        missing = {"Europe/London": "01:30", "Europe/Paris": "02:30"}[zone]
        assert shown.date() == day
        assert hours == (offset if day.month == 3 and at == missing else 0)
        assert shown.fold == 0, "of two that are alike the first"


def test_half_past_two_in_paris_comes_an_hour_later_where_it_does_not_exist() -> None:
    made = schedule("every day at 02:30", timezone="Europe/Paris")
    spring = between(made, datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
    autumn = between(made, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert (spring, autumn) == (
        [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)],
        [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)],
    )


def test_cron_on_the_day_of_the_missing_hour_is_due_once_at_each_instant() -> None:
    made = schedule("*/30 1-2 * * *")
    found = between(made, datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert found == sorted(set(found))
    assert len(found) == 2, "half of the four do not exist, and come with the others"


def test_a_month_without_a_31st_has_it_on_its_last_day_and_it_is_said() -> None:
    made = schedule("31st of the month")
    start = datetime(2028, 1, 1, tzinfo=UTC)
    assert [one[4:10] for one in local(made, 4, start)] == ["31 Jan", "29 Feb", "31 Mar", "30 Apr"]
    assert "in a month that is too short on its last day" in sentence(made)
    leap = schedule("0 8 29 2 *")
    assert local(leap, 2) == ["Tue 29 Feb 28 08:00", "Sun 29 Feb 32 08:00"]


# what holds for every schedule

ZONES = ("Europe/London", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC")
DAY = st.sampled_from([name.capitalize() for name in slots.DAYS])
PATTERNS = st.one_of(
    st.builds("every {}".format, DAY),
    st.builds("every {} week on {} and {}".format, st.sampled_from(["second", "third"]), DAY, DAY),
    st.builds(
        "{} {} of the month".format, st.sampled_from(["first", "second", "third", "fourth", "fifth", "last"]), DAY
    ),
    st.builds("{} of the month".format, st.sampled_from(["1st", "15th", "29th", "30th", "31st", "last day"])),
    st.just("weekdays"),
    st.just("every day"),
)
WORDS = st.builds(
    "{} at {:02d}:{:02d}{}{}".format,
    PATTERNS,
    st.integers(0, 23),
    st.sampled_from([0, 15, 30, 59]),
    st.sampled_from(["", ", in term time"]),
    st.sampled_from(["", ", not on bank holidays", ", never on bank holidays"]),
)
CLOSED = (Span(name="Closed", begins=date(2026, 12, 24), ends=date(2027, 1, 1)),)
SCHEDULES = st.builds(
    lambda words, zone, closed: Schedule(
        when=words,
        timezone=zone,
        calendar=Calendar(holidays=Holidays(country="GB"), terms=TERMS, closed=closed),
    ),
    WORDS,
    st.sampled_from(ZONES),
    st.sampled_from([(), CLOSED]),
)
MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2027, 6, 1), timezones=st.just(UTC))


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS, st.integers(0, 40), st.integers(0, 40))
def test_slots_come_once_each_in_their_order_from_wherever_one_looks(
    made: Schedule, start: datetime, a: int, b: int
) -> None:
    middle, end = start + timedelta(days=a, hours=a), start + timedelta(days=a + b, hours=a)
    whole = between(made, start, end)
    assert whole == between(made, start, middle) + between(made, middle, end)
    assert all(one < other for one, other in pairwise(whole))
    following = after(made, start)
    assert following == (whole[0] if whole else following)
    newsletter = Newsletter(id="n", name="N", sender=Sender(name="s", address="s@example.org"), schedule=made)
    assert len({edition_id(newsletter, one) for one in whole}) == len(whole)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS)
def test_each_slot_is_at_the_local_time_that_was_said(made: Schedule, start: datetime) -> None:
    (at,) = read(made.when).times
    zone = ZoneInfo(made.timezone)
    for slot in between(made, start, start + timedelta(days=60)):
        shown = slot.astimezone(zone)
        exists = datetime.combine(shown.date(), at, tzinfo=zone).astimezone(UTC).astimezone(zone).time() == at
        assert shown.time() == at or not exists
        assert not any(one.begins <= shown.date() <= one.ends for one in made.calendar.closed)
        if "term" in made.when:
            assert any(one.begins <= shown.date() <= one.ends for one in TERMS)
