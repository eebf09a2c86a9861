from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import OTHER, DateFrom, Insight, Newsletter, Placement, Sender, Story, Theme
from digest.stages.layout.strength import strength, strongest_first, top_of

Make = Callable[..., Insight]
SLOT = datetime(2026, 11, 24, 8, tzinfo=UTC)
NEWSLETTER = Newsletter(
    id="n",
    name="News",
    sender=Sender(name="Us", address="us@example.org"),
    themes=(Theme(id="usual", name="Usual"), Theme(id="heavy", name="Heavy", weight=1.5)),
)


def ago(days: float) -> datetime:
    return SLOT - timedelta(days=days)


def _story(name: str, source: str = "a", **fields: Any) -> Insight:
    usual = {"published": SLOT, "date_from": DateFrom.STATED, "first_seen": SLOT, "summary": "", "link": ""}
    return Insight(id=name, title=name, source=source, **(usual | fields))


def _placed(name: str, source: str = "a", *also: str, theme: str = "usual", **fields: Any) -> Placement:
    lead = _story(name, source, **fields)
    others = tuple(_story(f"{name} {number}", other) for number, other in enumerate(also))
    return Placement(story=Story(lead=lead, also=others), theme=theme, reasons=("x",))


@pytest.mark.parametrize(
    ("placement", "value", "reasons"),
    [
        (_placed("new"), 1.0, ["less than a day old"]),
        (_placed("a day", published=ago(1)), 0.906, ["1 day old"]),
        (_placed("a half-life", published=ago(7)), 0.5, ["7 days old"]),
        (_placed("a month", published=ago(28)), 0.0625, ["28 days old"]),
        (_placed("page", date_from=DateFrom.PAGE), 0.95, ["less than a day old"]),
        (
            _placed("guess", date_from=DateFrom.GUESSED, published=ago(2)),
            0.656,
            ["2 days old, but its date is only a guess"],
        ),
        (
            _placed("undated", date_from=DateFrom.FIRST_SEEN),
            0.5,
            ["less than a day old by when it was first seen, since it has no date"],
        ),
        (_placed("two", "a", "b"), 1.5, ["told by 2 sources", "less than a day old"]),
        (_placed("twice by one", "a", "a"), 1.0, ["less than a day old"]),
        (_placed("many", "a", *"bcdefgh"), 2.5, ["told by 8 sources", "less than a day old"]),
        (_placed("heavy", theme="heavy"), 1.5, ["less than a day old", "its theme weighs 1.5"]),
        (_placed("other", theme=OTHER), 0.5, ["less than a day old", "it stands under no theme"]),
        (_placed("later that day", published=ago(-0.5)), 1.0, ["less than a day old"]),
        (
            _placed("an event", published=ago(-30), first_seen=ago(7)),
            0.25,
            ["its date lies ahead, so by when it was first seen 7 days old"],
        ),
    ],
    ids=lambda value: value.story.id if isinstance(value, Placement) else "",
)
def test_a_story_is_as_strong_as_its_parts_and_says_them(
    placement: Placement, value: float, reasons: list[str]
) -> None:
    found = strength(placement, NEWSLETTER, SLOT)
    assert found.value == pytest.approx(value, abs=0.001)
    assert list(found.reasons) == reasons


def test_what_a_person_pinned_is_said_first() -> None:
    pinned = replace(_placed("pinned", "a", "b"), pinned=True)
    assert strength(pinned, NEWSLETTER, SLOT).reasons[0] == "pinned by hand"


def _ranked(*placements: Placement) -> list[str]:
    return [one.story.id for one in strongest_first(placements, NEWSLETTER, SLOT)]


def test_a_source_that_gave_a_story_waits_a_step_for_its_next() -> None:
    mine = [_placed(f"a{days}", "a", published=ago(days)) for days in (0, 1)]
    assert _ranked(*mine, _placed("b", "b", published=ago(3))) == ["a0", "b", "a1"]
    # a step is worth two days and a little
    assert _ranked(*mine, _placed("b", "b", published=ago(4))) == ["a0", "a1", "b"]


def test_how_well_a_story_fits_its_theme_makes_it_no_stronger() -> None:
    assert _ranked(replace(_placed("a"), score=0.1), replace(_placed("b"), score=0.9)) == ["a", "b"]


def test_the_top_is_pinned_else_sure_else_the_strongest() -> None:
    marked = replace(_placed("marked"), check=True)
    other = _placed("other", "b", theme=OTHER, published=ago(3))
    sure = _placed("sure", "c", published=ago(60))
    for given_, top in (
        ([marked, other, sure], "sure"),
        ([marked, other], "marked"),
        ([marked, replace(other, pinned=True), sure], "other"),
    ):
        assert top_of(strongest_first(given_, NEWSLETTER, SLOT)).story.id == top


@st.composite
def _placements(draw: st.DrawFn) -> list[Placement]:
    # few values, so that ties are many
    names = draw(st.lists(st.integers(0, 99), max_size=12, unique=True))
    return [
        replace(
            _placed(
                f"s{name}",
                draw(st.sampled_from("abc")),
                *draw(st.lists(st.sampled_from("abc"), max_size=2)),
                theme=draw(st.sampled_from(("usual", "heavy", OTHER))),
                published=ago(draw(st.sampled_from((-40, 0, 1, 1, 5, 9_000)))),
                date_from=draw(st.sampled_from(DateFrom)),
            ),
            pinned=draw(st.integers(0, 9)) == 0,
        )
        for name in names
    ]


@given(_placements(), st.randoms(use_true_random=False))
def test_the_ranking_holds_everything_once_in_whatever_order_it_came(placements: list[Placement], random: Any) -> None:
    ranked = strongest_first(placements, NEWSLETTER, SLOT)
    random.shuffle(placements)
    assert strongest_first(placements, NEWSLETTER, SLOT) == ranked
    assert sorted(one.story.id for one in ranked) == sorted(one.story.id for one in placements)


@given(_placements())
def test_pinned_stories_always_come_first(placements: list[Placement]) -> None:
    marks = [one.pinned for one in strongest_first(placements, NEWSLETTER, SLOT)]
    assert marks == sorted(marks, reverse=True)


@given(
    st.floats(0, 4_000),
    st.floats(0, 4_000),
    st.sampled_from(DateFrom),
    st.sampled_from(("usual", "heavy", OTHER)),
    st.lists(st.sampled_from("bcd"), max_size=3),
)
def test_older_is_never_stronger_where_all_else_is_equal(
    one: float, other: float, date_from: DateFrom, theme: str, also: list[str]
) -> None:
    newer, older = (
        strength(
            _placed("x", "a", *also, theme=theme, date_from=date_from, published=ago(days)), NEWSLETTER, SLOT
        ).value
        for days in sorted((one, other))
    )
    assert older <= newer


@given(st.floats(1.1, 4_000), st.floats(0, 60))
def test_a_date_that_lies_ahead_never_beats_the_day_it_was_first_seen(ahead: float, seen: float) -> None:
    event = _placed("event", published=ago(-ahead), first_seen=ago(seen))
    told = _placed("told", published=ago(seen))
    assert strength(event, NEWSLETTER, SLOT).value < strength(told, NEWSLETTER, SLOT).value
