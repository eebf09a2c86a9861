from __future__ import annotations

from dataclasses import replace

import pytest

from digest.domain.model import DeliveryState
from digest.domain.ports import Entry
from digest.stages.resend import refusal

ENTRY = Entry(
    subscriber="s1",
    address="ada@example.org",
    name="Ada",
    segment="heads",
    variant="heads-all",
    state=DeliveryState.UNKNOWN,
    reason="no answer",
    reply="",
    attempts=1,
    next_at=None,
    settled_at=None,
)
FAILED = replace(ENTRY, state=DeliveryState.FAILED, reason="refused")
GIVEN_UP = "refused for now, until there was no more time"


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        replace(FAILED, reason=GIVEN_UP, reply="450 4.2.0 greylisted"),
        replace(FAILED, reason=GIVEN_UP, reply="connection lost"),
        replace(FAILED, reply="451 4.3.0 later"),
    ],
)
def test_what_is_in_doubt_or_was_refused_for_now_is_a_persons_to_decide(entry: Entry) -> None:
    assert refusal(entry) == ""


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (replace(ENTRY, state=DeliveryState.SENT), "they have it, and nobody gets it twice"),
        (replace(ENTRY, state=DeliveryState.SKIPPED, reason="unsubscribed"), "it is not for them: unsubscribed"),
        (replace(ENTRY, state=DeliveryState.PENDING), "they wait for it already"),
        (replace(ENTRY, state=DeliveryState.CLAIMED), "they wait for it already"),
        (replace(ENTRY, withheld="unsubscribed meanwhile"), "unsubscribed meanwhile"),
        (replace(FAILED, reply="451 4.3.0 later", withheld="kept off: left"), "kept off: left"),
        (
            replace(FAILED, reply="550 5.1.1 no such user"),
            "the server said “550 5.1.1 no such user”: the address does not exist",
        ),
        (
            replace(FAILED, reply="550 5.1.10 no\r\n such user"),
            "the server said “550 5.1.10 no such user”: the address does not exist",
        ),
        (replace(FAILED, reply="554 5.7.1 spam"), "the server said “554 5.7.1 spam”: that is for good"),
        (replace(FAILED, reply="554 5.1.8 sender"), "the server said “554 5.1.8 sender”: that is for good"),
        (replace(FAILED, reply="no message could be made: x"), "no message could be made: x"),
        (replace(FAILED, reply=""), "refused"),
    ],
)
def test_all_others_are_left_alone_with_the_reason(entry: Entry, why: str) -> None:
    assert refusal(entry) == why


def test_an_answer_without_end_is_cut() -> None:
    assert len(refusal(replace(FAILED, reply=f"550 {'x' * 5_000}"))) < 300
