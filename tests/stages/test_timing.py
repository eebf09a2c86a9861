"""What hangs on a slot: its draft, its deadline, the hours for mail, each person's own morning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.domain.model import Calendar, Schedule, Span
from digest.stages import slots

#: Tuesday, 08:00 in London
SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOURS = "between 07:00 and 19:00, not on Sundays"


def schedule(**more: object) -> Schedule:
    return replace(Schedule(), **more)  # type: ignore[arg-type]


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("26 hours before", utc(2026, 11, 23, 6)),
        ("90 minutes before", utc(2026, 11, 24, 6, 30)),
        ("the evening before", utc(2026, 11, 23, 18)),
        ("the evening before at 19:30", utc(2026, 11, 23, 19, 30)),
        ("at 5 pm the day before", utc(2026, 11, 23, 17)),
        ("three days before at noon", utc(2026, 11, 21, 12)),
        ("2 working days before at 16:00", utc(2026, 11, 20, 16)),
        ("the same day at 6", utc(2026, 11, 24, 6)),
    ],
)
def test_a_draft_and_a_deadline_are_when_words_say(words: str, moment: datetime) -> None:
    assert slots.draft_at(schedule(draft=words), SLOT) == moment
    assert slots.due_by(schedule(approve_by=words), SLOT) == moment


def test_the_working_day_before_steps_over_weekends_bank_holidays_and_closed_days() -> None:
    closed = Calendar(closed=(Span(name="Away", begins=date(2027, 3, 24), ends=date(2027, 3, 25)),))
    made = schedule(approve_by="the working day before at 16:00", calendar=closed)
    # after Easter; clocks go forward on 28 March
    assert slots.due_by(made, utc(2027, 3, 30, 7)) == utc(2027, 3, 23, 16)


def test_a_time_of_day_stays_what_it_is_over_a_change_of_clocks() -> None:
    made = schedule(draft="the evening before at 18:00")
    assert slots.draft_at(made, utc(2026, 3, 29, 7)) == utc(2026, 3, 28, 18)
    assert slots.draft_at(made, utc(2026, 3, 30, 7)) == utc(2026, 3, 29, 17)


def test_without_words_the_draft_is_hours_before_and_the_deadline_is_the_slot() -> None:
    assert slots.draft_at(schedule(), SLOT) == SLOT - timedelta(hours=26)
    assert slots.due_by(schedule(), SLOT) == SLOT
    assert slots.reminders(schedule(), SLOT) == []


def test_reminders_come_before_the_deadline_and_none_before_the_draft() -> None:
    made = schedule(approve_by="2 hours before", remind_hours_before=(30, 20, 4, 4))
    assert slots.reminders(made, SLOT) == [utc(2026, 11, 23, 10), utc(2026, 11, 24, 2)]


@pytest.mark.parametrize(
    ("field", "words", "told"),
    [
        ("draft", "yesterday", "“yesterday”"),
        ("draft", "the day before", "No time of day is named"),
        ("draft", "2 hours before at 18:00", "a length of time and a time of day"),
        ("draft", "20 days before at 18:00", "1 to 14 days"),
        ("draft", "400 hours before", "more than 14 days"),
        ("draft", f"{10**30} hours before", "too many"),
        ("draft", "the day before " * 100, "more than 300 characters"),
        ("window", "on Mondays " * 100, "more than 300 characters"),
        ("draft", "the same day at 9:00", "after the edition’s time"),
        ("approve_by", "the same day at 9:00", "after the edition’s time"),
        ("approve_by", "2 days before at 9:00", "before the draft is made"),
        ("approve_by", "soon", "“soon”"),
        ("window", "always", "“always”"),
        ("window", "between 19:00 and 07:00", "ends at 07:00"),
        ("window", "between 7 and", "time of day is missing"),
        ("window", "not on weekdays, not at weekends", "opens on no day"),
        ("window", "between 07:00 and 19:00, not on Tuesdays", "never opens on the days of the schedule"),
        ("window", "between 05:00 and 07:30", "never opens on the days of the schedule"),
        ("remind_hours_before", (0,), "not 1 to 168 hours"),
        ("timezone", "Europe/Lodnon", "no time zone “Europe/Lodnon”"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_setting_with_what_to_do(field: str, words: object, told: str) -> None:
    ((path, what, mend),) = slots.faults(schedule(**{field: words}))
    assert path == (field,)
    assert told in what
    assert mend


def test_terms_that_overlap_or_end_before_they_begin_are_refused() -> None:
    terms = (
        Span(name="Spring", begins=date(2027, 1, 4), ends=date(2027, 3, 25)),
        Span(name="Summer", begins=date(2027, 3, 25), ends=date(2027, 7, 20)),
        Span(name="Autumn", begins=date(2027, 12, 17), ends=date(2027, 9, 1)),
        Span(name=" ", begins=date(2028, 1, 1), ends=date(2038, 1, 2)),
    )
    found = {path: what for path, what, _ in slots.of_spans(terms, "term")}
    assert found[(1, "begins")].startswith("“Summer” begins on 25 March 2027, before “Spring” ends")
    assert found[(2, "ends")] == "“Autumn” ends before it begins."
    assert found[(3, "name")] == "This term has no name."
    assert "longer than 400 days" in found[(3, "ends")]
    for day in (date.min, date.max):
        ((_, what, _),) = slots.of_spans([Span(name="Never", begins=day, ends=day)], "term")
        assert what == "“Never” is in no year of this age."


def test_in_term_time_without_terms_and_in_no_term_are_refused() -> None:
    ((_, what, mend),) = slots.faults(schedule(when="every Monday in term time"))
    assert "There are no terms" in what
    assert "Add the dates of your terms" in mend
    week = Calendar(terms=(Span(name="A week", begins=date(2027, 1, 5), ends=date(2027, 1, 8)),))
    ((_, what, _),) = slots.faults(schedule(when="every Monday in term time", calendar=week))
    assert what == "This is due in no term."


def test_bank_holidays_of_nowhere_are_refused() -> None:
    assert [one[0] for one in slots.of_holidays("XX", "")] == [("country",)]
    ((path, _, mend),) = slots.of_holidays("GB", "YRK")
    assert path == ("region",)
    assert "ENG" in mend
    assert list(slots.of_holidays("gb", "sct")) == []


# hours for mail


def test_mail_leaves_within_its_hours_and_waits_until_they_begin() -> None:
    made = schedule(window=HOURS)
    assert slots.opens(made, SLOT) == SLOT
    assert slots.opens(made, utc(2026, 11, 24, 18, 59)) == utc(2026, 11, 24, 18, 59)
    assert slots.opens(made, utc(2026, 11, 24, 19)) == utc(2026, 11, 25, 7)
    assert slots.opens(made, utc(2026, 11, 28, 19)) == utc(2026, 11, 30, 7), "over Sunday"
    assert slots.closes(made, SLOT) == utc(2026, 11, 24, 19)
    assert slots.closes(made, utc(2026, 11, 24, 20)) == utc(2026, 11, 24, 20), "it is closed"
    assert slots.leaves_at(made, utc(2026, 11, 24, 6)) == utc(2026, 11, 24, 7)
    assert "every day" not in slots.window_sentence(made)


def test_without_hours_mail_always_leaves() -> None:
    assert slots.opens(schedule(), SLOT) == SLOT
    assert slots.closes(schedule(), SLOT) is None
    assert slots.window_sentence(schedule()) == ""


def test_hours_are_on_the_wall_also_where_the_clocks_change() -> None:
    made = schedule(window="between 01:30 and 02:30", timezone="Europe/London")
    assert slots.opens(made, utc(2026, 3, 29, 0)) == utc(2026, 3, 29, 1, 30)
    assert slots.opens(made, utc(2026, 7, 1, 0)) == utc(2026, 7, 1, 0, 30)


def test_whole_days_follow_on_each_other_without_a_gap_at_midnight() -> None:
    made = schedule(window="on weekdays, not on bank holidays")
    assert slots.closes(made, utc(2026, 11, 24, 8)) == utc(2026, 11, 28), "Friday’s end"
    assert slots.opens(made, utc(2026, 11, 28, 8)) == utc(2026, 11, 30)
    assert slots.opens(made, utc(2026, 12, 25, 8)) == utc(2026, 12, 29)


# mornings


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("America/New_York", utc(2026, 11, 24, 13)),
        ("america/new_york ", utc(2026, 11, 24, 13)),
        ("Europe/London", None),
        ("Europe/Paris", None),
        ("Australia/Sydney", None),
        ("Europe/Lisbon", None),
        ("Pacific/Pago_Pago", utc(2026, 11, 24, 19)),
        ("", None),
        ("Europe/Lodnon", None),
        ("../../etc/passwd", None),
    ],
)
def test_everybody_gets_it_in_their_own_morning_and_nobody_before_the_slot(zone: str, due: datetime | None) -> None:
    mornings = slots.Mornings(schedule(local_time_field="timezone"), SLOT)
    assert mornings.of({"Timezone": zone}) == due
    assert mornings.strange == (zone in ("Europe/Lodnon", "../../etc/passwd"))


def test_without_a_field_nobody_waits_and_strange_zones_are_counted() -> None:
    assert slots.Mornings(schedule(), SLOT).of({"timezone": "America/New_York"}) is None
    mornings = slots.Mornings(schedule(local_time_field="timezone"), SLOT)
    for zone in ("Nowhere/Town", "America/New_York", "x", ""):
        mornings.of({"timezone": zone})
    assert mornings.sentence == "2 people have a time zone that does not exist, such as “Nowhere/Town”: due at the slot"


def test_what_readers_are_told_of_when_it_comes() -> None:
    assert slots.for_readers(schedule(days=("tuesday", "friday"))) == "Tuesdays and Fridays at 08:00"
    assert (
        slots.for_readers(schedule(when="first Monday of the month at 9"))
        == "On the first Monday of each month at 09:00"
    )
    assert slots.for_readers(schedule(when="every second Tuesday")) == "Every second Tuesday at 08:00"
    assert slots.for_readers(schedule(when="0 8 * * tue")) == "", "cron is nothing for readers"
