"""Earlier stories: who gets which of them, and how many."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import OTHER, Cadence, Placement, Theme
from digest.stages.segment import Offer, Sharing, counted, fitting, largest
from tests.stages.test_segment import NOW, SLOT, _newsletter, _story, _variants, _who

THEMES = ("lead", "early", OTHER)
NAMED = tuple(Theme(id=name, name=name.title()) for name in THEMES[:2])
#: weeks back -> an edition with a story of each theme
WEEKS = range(5)


def _of_week(week: int) -> tuple[Placement, ...]:
    first_in = f"e{week}" if week else ""
    return tuple(replace(_story(theme, week), first_in=first_in) for theme in THEMES)


def _offer(**strengths: float) -> Offer:
    placements = tuple(one for week in WEEKS for one in _of_week(week))
    return Offer(
        slot=SLOT,
        placements=placements,
        slots={f"e{week}": _back(week) for week in WEEKS if week},
        strengths={one.story.id: strengths.get(one.story.id, 1.0) for one in placements},
    )


def _back(week: float) -> datetime:
    return SLOT - timedelta(weeks=week)


def _stories(offer: Offer | None = None, most: int = 24, **about: Any) -> tuple[str, ...]:
    newsletter = replace(_newsletter(), themes=NAMED, maximum_stories=most)
    return Sharing(newsletter, offer or _offer(), NOW).of(_who(**about)).stories


@pytest.mark.parametrize(
    ("about", "weeks"),
    [
        ({}, [0]),
        ({"joined_at": NOW}, [0]),
        ({"joined_at": _back(0.5)}, [0]),
        ({"joined_at": _back(2.5)}, [0, 1, 2]),
        ({"last_slot": _back(1)}, [0]),
        ({"last_slot": _back(1), "joined_at": _back(50)}, [0]),
        ({"last_slot": _back(3)}, [0, 1, 2]),
        ({"last_slot": _back(30)}, [0, 1, 2, 3, 4]),
        ({"last_slot": SLOT + timedelta(weeks=1)}, [0]),
        ({"cadence": Cadence.FORTNIGHTLY}, [0, 1]),
        ({"cadence": Cadence.FORTNIGHTLY, "last_slot": _back(2)}, [0, 1]),
        ({"cadence": Cadence.MONTHLY}, [0, 1, 2, 3]),
        ({"cadence": Cadence.MONTHLY, "joined_at": _back(4.5)}, [0, 1, 2, 3, 4]),
        ({"cadence": Cadence.MONTHLY, "last_slot": _back(4)}, [0, 1, 2, 3]),
        ({"cadence": Cadence.MONTHLY, "last_slot": _back(4) - timedelta(hours=1)}, [0, 1, 2, 3, 4]),
    ],
)
def test_everybody_gets_what_was_sent_since_they_got_something(about: dict[str, Any], weeks: list[int]) -> None:
    assert _stories(**about) == tuple(f"{theme}{week}" for week in weeks for theme in THEMES)


def test_themes_and_what_they_had_count_for_earlier_stories_too() -> None:
    got = _stories(cadence=Cadence.MONTHLY, themes=("early",), had=frozenset({"early2"}))
    assert got == ("early0", "early1", "early3")


def test_the_strongest_are_kept_and_each_themes_strongest_before_them() -> None:
    offer = _offer(lead1=9.0, lead2=8.0, lead3=7.0, early3=2.0, OTHER2=3.0)
    assert _stories(offer, most=3, cadence=Cadence.MONTHLY) == ("lead1", "lead2", "early3")
    assert _stories(offer, most=4, cadence=Cadence.MONTHLY) == ("lead1", "lead2", "lead3", "early3")
    assert _stories(offer, most=5, cadence=Cadence.MONTHLY) == ("lead1", "lead2", "OTHER2", "lead3", "early3")


def test_a_pinned_story_is_in_every_list() -> None:
    offer = _offer(lead1=9.0, lead2=8.0, early1=7.0)
    pinned = [replace(one, pinned=one.story.id == "OTHER0") for one in offer.placements]
    assert "OTHER0" in _stories(replace(offer, placements=pinned), most=3, cadence=Cadence.MONTHLY)


def test_an_editions_own_stories_are_not_cut_for_who_gets_these_alone() -> None:
    assert len(_stories(most=2)) == len(THEMES)
    assert len(_stories(most=2, cadence=Cadence.MONTHLY)) == len(THEMES), "the best of the month are no fewer"


def test_the_reason_names_the_themes_and_when_they_are_due() -> None:
    sharing = Sharing(replace(_newsletter(), themes=NAMED), _offer(), NOW)
    assert sharing.of(_who(themes=("maths",))).reason == "no story under the themes they chose (maths)"
    nothing = replace(_offer(), placements=_of_week(0)[:1], slots={})
    alone = Sharing(replace(_newsletter(), themes=NAMED), nothing, NOW)
    assert alone.of(_who(themes=("early",))).reason == "no story under the themes they chose (Early)"
    early = sharing.of(_who(cadence=Cadence.MONTHLY, last_slot=_back(1))).reason
    assert early == "wants it monthly, and it is too early: next due from 14 December 2026"


@given(
    strengths=st.dictionaries(st.sampled_from([one.story.id for one in _offer().placements]), st.floats(0, 9)),
    most=st.integers(1, 20),
    people=st.lists(
        st.tuples(
            st.sampled_from(Cadence),
            st.sets(st.sampled_from(("lead", "early"))),
            st.one_of(st.none(), st.integers(0, 6)),
            st.sets(st.sampled_from([one.story.id for one in _offer().placements]), max_size=3),
        ),
        min_size=1,
        max_size=30,
    ),
    maximum=st.integers(1, 6),
)
def test_planning_finds_the_list_that_was_signed_although_fewer_stories_are_kept(
    strengths: dict[str, float], most: int, people: list[Any], maximum: int
) -> None:
    newsletter = replace(_newsletter(), maximum_stories=most)
    everybody = [
        _who(
            f"p{number}",
            cadence=cadence,
            themes=tuple(sorted(themes)),
            last_slot=None if weeks is None else _back(weeks),
            had=frozenset(had),
        )
        for number, (cadence, themes, weeks, had) in enumerate(people)
    ]
    offer = _offer(**strengths)
    drafted = [Sharing(newsletter, offer, NOW).of(one) for one in everybody]
    kept = largest(counted(drafted), maximum)
    held = {story for _, stories in kept for story in stories}
    stored = [one for one in offer.placements if not one.first_in or one.story.id in held]
    firsts = {one.first_in for one in stored if one.first_in}
    then = replace(offer, placements=stored, slots={first: offer.slots[first] for first in firsts})
    planned = Sharing(newsletter, then, NOW)
    for before, share in zip(drafted, map(planned.of, everybody), strict=True):
        if (before.segment, before.stories) in kept:
            assert share.stories == before.stories
        variant = fitting(share, _variants(kept))
        if variant is not None:
            assert not set(variant.stories) & share.recipient.had
            assert set(variant.stories) <= before.may
