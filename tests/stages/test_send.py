from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.domain.model import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    InDoubt,
    Letter,
    Outcome,
    Rejected,
    Subscriber,
    Withheld,
)
from digest.domain.states import may_move
from digest.stages.send import LEAST_TRIES, RETRY_MINUTES, result, summary

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
#: a day later
UNTIL = NOW + timedelta(days=1)
OUTCOMES: list[tuple[Outcome, DeliveryState]] = [
    (Accepted(reply="250 ok"), DeliveryState.SENT),
    (Rejected(reply="550 5.1.1 nobody"), DeliveryState.FAILED),
    (Deferred(reply="450 4.2.0 greylisted"), DeliveryState.PENDING),
    (Deferred(reply="421 busy", charged=False), DeliveryState.PENDING),
    (InDoubt(reason="no answer"), DeliveryState.UNKNOWN),
    (Withheld(reason="unsubscribed"), DeliveryState.SKIPPED),
    (Withheld(reason="paused", postponed=True), DeliveryState.PENDING),
]


def _letter(attempts: int = 0) -> Letter:
    claimed = Delivery(edition="e", subscriber="s", state=DeliveryState.CLAIMED, variant="v", wave=1, attempts=attempts)
    return Letter(delivery=claimed, subscriber=Subscriber(id="s", address="s@example.org"))


@pytest.mark.parametrize(("outcome", "state"), OUTCOMES)
def test_each_outcome_moves_a_claimed_delivery_along_an_arrow(outcome: Outcome, state: DeliveryState) -> None:
    made = result(_letter(), outcome, NOW, UNTIL).delivery
    assert made.state is state
    assert may_move(DeliveryState.CLAIMED, made.state)
    assert (made.edition, made.subscriber, made.variant, made.wave) == ("e", "s", "v", 1)


@pytest.mark.parametrize(("outcome", "_state"), OUTCOMES)
def test_only_what_waits_has_a_next_time(outcome: Outcome, _state: DeliveryState) -> None:
    made = result(_letter(), outcome, NOW, UNTIL)
    assert (made.next_at is not None) is (made.delivery.state is DeliveryState.PENDING)


@pytest.mark.parametrize(
    ("outcome", "attempts"),
    [
        (Accepted(reply="250"), 4),
        (Rejected(reply="550"), 4),
        (Deferred(reply="450"), 4),
        (InDoubt(reason="x"), 4),
        (Deferred(reply="421", charged=False), 3),
        (Withheld(reason="x"), 3),
        (Withheld(reason="x", postponed=True), 3),
    ],
)
def test_only_a_real_try_is_counted(outcome: Outcome, attempts: int) -> None:
    assert result(_letter(3), outcome, NOW, UNTIL).delivery.attempts == attempts


def test_what_the_server_said_is_kept() -> None:
    assert result(_letter(), Rejected(reply="550 5.1.1 nobody"), NOW, UNTIL).reply == "550 5.1.1 nobody"
    assert result(_letter(), InDoubt(reason="the line was cut"), NOW, UNTIL).delivery.reason == "the line was cut"


def test_who_is_let_go_of_for_a_while_gets_their_turn_then_and_no_try_is_counted() -> None:
    later = Withheld(reason="gmail.com gets 20 a minute", postponed=True, after_seconds=90)
    made = result(_letter(3), later, NOW, UNTIL)
    assert (made.delivery.state, made.delivery.attempts) == (DeliveryState.PENDING, 3)
    assert made.next_at == NOW + timedelta(seconds=90)


def test_waits_grow_and_never_shrink() -> None:
    waits = []
    for attempts in range(len(RETRY_MINUTES) + 3):
        again = result(_letter(attempts), Deferred(reply="450"), NOW, UNTIL).next_at
        assert again is not None
        waits.append(again - NOW)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=5)
    assert waits[-1] == timedelta(hours=4)


def test_a_server_that_always_says_later_is_given_up_after_a_day() -> None:
    moment, letter, tries = NOW, _letter(), 0
    while True:
        made = result(letter, Deferred(reply="450"), moment, UNTIL)
        tries += 1
        if made.next_at is None:
            break
        moment, letter = made.next_at, _letter(made.delivery.attempts)
    assert made.delivery.state is DeliveryState.FAILED
    assert "no more time" in made.delivery.reason
    assert moment == UNTIL, "the last try is the last that there is time for"
    assert made.delivery.attempts == tries


def test_however_late_it_is_everybody_is_tried_four_times() -> None:
    moment, letter, tries = UNTIL + timedelta(days=2), _letter(), 0
    while True:
        made = result(letter, Deferred(reply="450"), moment, UNTIL)
        tries += 1
        if made.next_at is None:
            break
        assert made.next_at > moment
        moment, letter = made.next_at, _letter(made.delivery.attempts)
    assert tries == LEAST_TRIES
    assert made.delivery.state is DeliveryState.FAILED


def test_a_busy_server_never_makes_a_delivery_fail() -> None:
    made = result(_letter(50), Deferred(reply="421", charged=False), NOW + timedelta(days=9), UNTIL)
    assert (made.delivery.state, made.delivery.attempts) == (DeliveryState.PENDING, 50)


def test_a_mailing_is_told_in_one_sentence() -> None:
    counts = dict(zip(DeliveryState, range(1, 7), strict=True))
    assert sum(int(part.split()[0]) for part in summary(counts).split(", ")) == 21
    assert summary({DeliveryState.SENT: 3, DeliveryState.FAILED: 0}) == "3 sent"
    assert summary({}) == "nobody is planned"
