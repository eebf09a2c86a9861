"""Waves: who gets an edition first, when the rest may go, and when nobody may any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import Waves
from digest.domain.ports import Early
from digest.stages.waves import CANARY, REST, SEEDS, Counts, are_many, brake, opens, wave

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PEOPLE = [f"{number:016x}" for number in range(20_000)]


def canaries(waves: Waves, edition: str, people: int = 20_000) -> set[str]:
    found = {person: wave(waves, edition, person, people, is_seed=False) for person in PEOPLE}
    assert set(found.values()) <= {CANARY, REST}
    return {person for person, its in found.items() if its == CANARY}


def test_the_canary_is_two_per_cent_and_the_same_people_however_often_it_is_asked() -> None:
    first = canaries(Waves(), "news-2026-11-24")
    assert 0.017 < len(first) / 20_000 < 0.023
    assert canaries(Waves(), "news-2026-11-24") == first


def test_each_edition_has_other_canaries() -> None:
    first, second = canaries(Waves(), "news-2026-11-24"), canaries(Waves(), "news-2026-12-01")
    assert len(first & second) < len(first) / 5


@pytest.mark.parametrize("percent", [0, 0.5, 10, 50])
def test_as_many_are_canaries_as_were_asked_for(percent: float) -> None:
    found = canaries(Waves(canary_percent=percent), "news")
    assert abs(len(found) / 200 - percent) < 1


def test_an_edition_for_few_has_no_canary() -> None:
    assert canaries(Waves(), "news", people=999) == set()
    assert canaries(Waves(), "news", people=1_000)
    assert not are_many(Waves(), 999)
    assert are_many(Waves(), 1_000)
    assert not are_many(Waves(canary_percent=0), 10**6)


def test_seeds_are_first_however_few_the_others_are() -> None:
    assert wave(Waves(seeds="staff"), "news", "ada", 3, is_seed=True) == SEEDS
    assert are_many(Waves(seeds="staff"), 3)


@given(waits=st.integers(0, 1440), minutes=st.integers(-1440, 1440))
def test_the_rest_waits_so_many_minutes_after_the_last_answer_of_those_before(waits: int, minutes: int) -> None:
    last = NOW + timedelta(minutes=minutes)
    found = opens(Waves(wait_minutes=waits), Early(last_at=last), planned=True)
    assert found == last + timedelta(minutes=waits)


def test_nobody_can_say_when_the_rest_may_go_while_somebody_before_was_not_tried_or_may_still_be_planned() -> None:
    assert opens(Waves(), Early(untried=1, last_at=NOW), planned=True) is None
    assert opens(Waves(), Early(last_at=NOW), planned=False) is None
    assert opens(Waves(), Early(), planned=False) is None


def test_where_nobody_is_before_the_rest_it_goes_at_once() -> None:
    found = opens(Waves(), Early(), planned=True)
    assert found is not None
    assert found < NOW


@pytest.mark.parametrize(
    ("refused", "answered", "early", "stops"),
    [
        # early on three are enough, where they are more than five in a hundred
        (2, 2, True, False),
        (3, 3, True, True),
        (3, 60, True, False),
        (4, 60, True, True),
        # later a few wrong addresses are usual
        (19, 19, False, False),
        (20, 400, False, False),
        (21, 400, False, True),
        (500, 10_000, False, False),
        (501, 10_000, False, True),
    ],
)
def test_too_many_refusals_stop_it(refused: int, answered: int, early: bool, stops: bool) -> None:
    why = brake(Waves(), Counts(answered=answered, refused=refused), early=early)
    assert bool(why) is stops
    if stops:
        assert why.startswith(f"{refused} of {answered} were refused, more than 5 %")


@pytest.mark.parametrize(
    ("complaints", "answered", "stops"),
    [(2, 2, False), (3, 3, True), (3, 1_000, False), (4, 1_000, True), (30, 10_000, False), (31, 10_000, True)],
)
@pytest.mark.parametrize("early", [True, False])
def test_too_many_complaints_stop_it(complaints: int, answered: int, stops: bool, early: bool) -> None:
    why = brake(Waves(), Counts(answered=answered, complaints=complaints), early=early)
    assert bool(why) is stops
    if stops:
        assert "reported it as spam, more than 0.3 %" in why


def test_how_many_refusals_are_too_many_is_a_setting() -> None:
    assert brake(Waves(stop_percent=5), Counts(answered=100, refused=20), early=False)
    assert not brake(Waves(stop_percent=20), Counts(answered=100, refused=20), early=False)


@pytest.mark.parametrize(
    ("unwelcome", "answered", "stops"),
    [(4, 4, False), (5, 5, True), (5, 99, True), (5, 100, False), (50, 1_001, False), (51, 1_000, True)],
)
def test_refusals_of_the_email_itself_stop_it_after_a_few(unwelcome: int, answered: int, stops: bool) -> None:
    counts = Counts(answered=answered, refused=unwelcome, unwelcome=unwelcome)
    why = brake(Waves(), counts, early=False)
    assert why.startswith(f"{unwelcome} of {answered} were refused for what the email is") is stops
