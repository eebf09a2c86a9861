"""How the themes are used, counted by hand beside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from digest.domain.model import OTHER, Theme
from digest.stages.group.balance import Standing, balance, months_until

THEMES = (Theme(id="early", name="Early years"), Theme(id="lead", name="Leadership"), Theme(id="none", name="None"))
MONTHS = ((2026, 10), (2026, 11))
ZONE = "Europe/London"


def _standing(theme: str, day: int = 3, month: int = 11, **given: Any) -> Standing:
    usual: dict[str, Any] = {
        "slot": datetime(2026, month, day, 8, tzinfo=UTC),
        "title": f"On {theme}",
        "summary": "",
        "theme": theme,
        "nearest": "",
        "placed": theme,
        "checked": False,
    }
    return Standing(**usual | given)


def test_stories_are_counted_by_theme_and_month_and_other_comes_last() -> None:
    found = balance(
        [_standing("early"), _standing("early", month=10), _standing("early", month=10), _standing(OTHER)],
        THEMES,
        MONTHS,
        ZONE,
    )
    assert [(one.name, one.counts, one.stories) for one in found.shares] == [
        ("Early years", (2, 1), 3),
        ("Leadership", (0, 0), 0),
        ("None", (0, 0), 0),
        ("Other", (0, 1), 1),
    ]
    assert found.other == ("On OTHER",)


def test_a_month_is_the_newsletters_own_by_its_clock() -> None:
    late = _standing("early", slot=datetime(2026, 9, 30, 23, 30, tzinfo=UTC))
    assert balance([late], THEMES, MONTHS, ZONE).shares[0].counts == (1, 0)
    assert balance([late], THEMES, MONTHS, "America/New_York").shares[0].counts == (0, 0)


def test_what_is_of_another_month_or_of_a_theme_that_is_gone_is_left_out() -> None:
    found = balance([_standing("early", month=7), _standing("gone")], THEMES, MONTHS, ZONE)
    assert sum(one.stories for one in found.shares) == 0


def test_marks_count_where_the_program_had_put_it_and_moves_at_both_ends() -> None:
    found = balance(
        [
            _standing("early", checked=True),
            _standing("early"),
            _standing("lead", placed="early", checked=True),
            _standing("lead", placed="gone"),
        ],
        THEMES,
        MONTHS,
        ZONE,
    )
    early, lead, empty, _ = found.shares
    assert (early.placed, early.checked, early.moved_here, early.moved_away) == (3, 2, 0, 1)
    assert early.checked_share == pytest.approx(2 / 3)
    assert (lead.placed, lead.checked, lead.moved_here, lead.moved_away) == (0, 0, 2, 0)
    assert empty.checked_share == 0


def test_what_fits_nowhere_is_counted_where_it_was_nearest_and_shown_latest_first() -> None:
    others = [_standing(OTHER, day=day, title=f"No. {day}", nearest="lead") for day in range(1, 20)]
    found = balance(others, THEMES, MONTHS, ZONE)
    assert found.shares[1].missed == 19
    assert found.other[:2] == ("No. 19", "No. 18")
    assert len(found.other) == 12


def test_words_that_keep_turning_up_are_those_of_that_theme() -> None:
    told = [
        _standing(OTHER, title=title, summary="Our school helps.")
        for title in ("A new treasurer", "The treasurer writes", "Treasurer wanted")
    ] + [
        _standing("lead", title=title, summary="Our school helps.")
        for title in ("Heads who listen", "Heads meet", "Heads of two schools")
    ]
    found = balance(told, THEMES, MONTHS, ZONE)
    assert found.shares[3].words == ("treasurer",)
    assert [word.casefold() for word in found.shares[1].words] == ["heads"]
    assert found.shares[0].words == ()


def test_nothing_at_all_is_a_balance_too() -> None:
    found = balance([], (), MONTHS, ZONE)
    assert [one.name for one in found.shares] == ["Other"]


@pytest.mark.parametrize(
    ("moment", "count", "wanted"),
    [
        (datetime(2026, 1, 15, tzinfo=UTC), 3, ((2025, 11), (2025, 12), (2026, 1))),
        (datetime(2026, 12, 31, tzinfo=UTC), 1, ((2026, 12),)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 1, ((2026, 7),)),
    ],
)
def test_months_are_those_before_a_moment(moment: datetime, count: int, wanted: tuple[tuple[int, int], ...]) -> None:
    assert months_until(moment, count, ZONE) == wanted
