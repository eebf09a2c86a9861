from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.ports import DayCount, Headcount, Mailed
from digest.stages import growth
from digest.stages.growth import Week

#: a Saturday
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WHAT = (growth.JOINED, *growth.ENDINGS.values())


def counted(day: date, what: str, people: int = 1, how: str = "form") -> DayCount:
    return DayCount(day=day, what=what, how=how, people=people)


def test_a_week_begins_on_monday_and_this_one_is_the_last() -> None:
    some = [
        counted(date(2026, 11, 15), "joined", 100),
        counted(date(2026, 11, 16), "joined", 3),
        counted(date(2026, 11, 22), "left", 1),
        counted(date(2026, 11, 23), "joined", 2),
        counted(date(2026, 11, 28), "complained", 4),
        counted(date(2026, 11, 28), "bounced", 1),
        counted(date(2026, 11, 28), "erased", 1),
    ]
    assert growth.by_week(some, NOW, 2) == [
        Week(begins=date(2026, 11, 16), joined=3, left=1),
        Week(begins=date(2026, 11, 23), joined=2, bounced=1, complained=4, erased=1),
    ]
    assert [week.net for week in growth.by_week(some, NOW, 2)] == [2, -4]


@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(WHAT), st.integers(1, 9))),
    st.integers(1, 40),
)
def test_weeks_add_up_to_what_was_counted_in_them(drawn: list[tuple[int, str, int]], weeks: int) -> None:
    some = [counted(NOW.date() - timedelta(days=ago), what, people) for ago, what, people in drawn]
    shown = growth.by_week(some, NOW, weeks)
    assert len(shown) == weeks
    assert sum(week.net for week in shown) == growth.net(one for one in some if one.day >= shown[0].begins)
    assert growth.first_day(NOW, weeks) <= shown[0].begins


def test_the_usual_ways_come_first_and_only_ten_of_them() -> None:
    some = [counted(NOW.date(), "joined", number, f"form {number:02}") for number in range(1, 13)]
    some += [counted(NOW.date(), "joined", 20, "form 01"), counted(NOW.date(), "left", 99, "staff")]
    some += [counted(date(2026, 1, 1), "joined", 1_000, "long ago")]
    ways = growth.joined_by(some, date(2026, 11, 1))
    assert ways[:3] == [("form 01", 21), ("form 12", 12), ("form 11", 11)]
    assert len(ways) == 10
    assert growth.ended_by(some, date(2026, 11, 1)) == [("left: staff", 99)]


@pytest.mark.parametrize(
    ("headcount", "some", "said"),
    [
        (
            Headcount(active=412),
            [counted(date(2026, 11, 1), "joined", 11), counted(date(2026, 11, 28), "left", 2)],
            ["412 people get Our insights, 9 more than four weeks ago."],
        ),
        # the day itself, four weeks ago, is before
        (
            Headcount(active=1),
            [counted(date(2026, 10, 31), "joined", 5), counted(date(2026, 11, 2), "bounced", 1)],
            ["1 person gets Our insights, 1 fewer than four weeks ago."],
        ),
        (
            Headcount(active=1_205, kept_off=5, paused=1, pending=3),
            [],
            [
                "1,200 people get Our insights, as many as four weeks ago.",
                "1 person of the list has paused it for now.",
                "3 people wait for a consent record, and get nothing.",
            ],
        ),
    ],
)
def test_the_first_sentences_say_how_the_list_stands(
    headcount: Headcount, some: list[DayCount], said: list[str]
) -> None:
    assert growth.sentences("Our insights", NOW, headcount, some) == said


@pytest.mark.parametrize(
    ("people", "what", "many", "ago", "codes"),
    [
        (1_000, "complained", 4, 0, ["growth.complaints"]),
        (1_000, "complained", 3, 0, []),  # 0.3 % and not more
        (10, "complained", 2, 0, []),  # two say nothing
        (10, "complained", 3, 0, ["growth.complaints"]),
        (1_000, "left", 21, 6, ["growth.leaving"]),
        (1_000, "left", 20, 6, []),
        (1_000, "left", 900, 7, []),  # a week later
        (1_000, "left", 900, -1, []),  # the day before
        (1_000, "bounced", 900, 0, []),
        (1_000, "joined", 900, 0, []),
    ],
)
def test_it_warns_when_too_many_leave_or_complain_in_the_week_after_an_edition(
    people: int, what: str, many: int, ago: int, codes: list[str]
) -> None:
    slot = datetime(2026, 11, 10, 8, tzinfo=UTC)
    some = [counted(slot.date() + timedelta(days=ago), what, many)]
    found = growth.findings("Our insights", [Mailed(edition="e1", slot=slot, people=people)], some)
    assert [one.code for one in found] == codes
    assert all(one.where == "e1" and one.mend for one in found)


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [
        ((2026, 11, 28), 24, (2024, 11, 28)),
        ((2026, 3, 31), 1, (2026, 2, 28)),
        ((2024, 3, 31), 1, (2024, 2, 29)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
        ((2026, 12, 15), 12, (2025, 12, 15)),
        ((2026, 5, 1), 1_200, (1926, 5, 1)),
    ],
)
def test_months_are_counted_by_the_calendar(moment: tuple[int, ...], months: int, before: tuple[int, ...]) -> None:
    assert growth.months_before(datetime(*moment, tzinfo=UTC), months) == datetime(*before, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("550 5.1.1 <ada@example.org>: Recipient address rejected", "550 5.1.1 … Recipient address rejected"),
        ("550 5.1.1 ada@example.org no such user", "550 5.1.1 … no such user"),
        ("550 mailto:ada%40example.org unknown", "550 … unknown"),
        ('550 "ada bell"@example.org unknown', "550 … unknown"),
        ("550 bounces+ada=example.org@news.example.org", "550 …"),
        ("550  no\n such\tuser", "550 no such user"),
        ("452 4.2.2 mailbox full", "452 4.2.2 mailbox full"),
        ("550 " + "x" * 200, "550 " + "x" * 116 + "…"),
        ("", ""),
    ],
)
def test_nobodys_address_stands_in_an_answer(reply: str, shown: str) -> None:
    assert growth.without_addresses(reply) == shown


@given(st.text(), st.emails(), st.text())
def test_no_address_is_left_whatever_stands_around_it(before: str, address: str, after: str) -> None:
    assert "@" not in growth.without_addresses(f"{before}{address}{after}")
