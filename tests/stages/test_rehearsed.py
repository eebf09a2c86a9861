"""What is said of a rehearsal: plain sentences that add up, each as grave as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.domain.model import Received, Rehearsal, Share
from digest.stages.rehearsed import NEEDED, Limits, duration, is_sound, sentences

DONE = Rehearsal(
    edition="news-1",
    at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    who="Ada",
    seconds=2.0,
    variants={"all": "7f3a"},
    shares=(
        Share(segment="heads", variant="all", people=600),
        Share(segment="rest", variant="all", people=400),
    ),
    skipped={},
    received=Received(
        messages=1_000, smallest=41_200, largest=43_400, fields=dict.fromkeys((*NEEDED, "dkim-signature"), 1_000)
    ),
    signed=True,
)


def said(rehearsal: Rehearsal, **limits: Any) -> list[str]:
    return [one.words for one in sentences(rehearsal, Limits(**limits))]


def test_what_is_well_is_said_with_its_numbers() -> None:
    assert said(DONE) == [
        "1,000 people would get it. Each of them was mailed once: the mail server counted that, too.",
        "Every message has From, To, Subject, Date, Message-ID, List-Id, List-Unsubscribe and DKIM-Signature.",
        "The smallest message has 41 kB, the largest 43 kB.",
        "Here it took 2 seconds: 500 a second were made, signed and taken. A real send takes about 2 seconds, "
        "if your mail server is as quick.",
    ]
    assert is_sound(DONE, Limits())


@pytest.mark.parametrize(
    ("received", "words"),
    [
        ({"messages": 999}, "and the mail server counted 999 messages."),
        ({"twice": 2}, "counted 1,000 messages, 2 of them to somebody who had one."),
        ({"same_id": 1}, "counted 1,000 messages, 1 with a Message-ID that another has."),
        ({"fields": DONE.received.fields | {"list-unsubscribe": 997}}, "must have: List-Unsubscribe in 3."),
        ({"fields": DONE.received.fields | {"dkim-signature": 0}}, "must have: DKIM-Signature in 1,000."),
    ],
)
def test_what_is_not_as_it_must_be_is_said_and_must_be_mended(received: dict[str, Any], words: str) -> None:
    wrong = replace(DONE, received=replace(DONE.received, **received))
    assert words in " ".join(said(wrong))
    assert not is_sound(wrong, Limits())


def test_nobody_is_no_send() -> None:
    nobody = replace(DONE, shares=(), received=Received(), skipped={"no consent record": 3})
    assert said(nobody) == ["Nobody would get it.", "3 people would get nothing. Each reason stands below."]
    assert not is_sound(nobody, Limits())


def test_a_servers_limits_are_longer_than_this_machine_takes() -> None:
    assert "take 60 a minute at most. A real send takes about 17 minutes" in said(DONE, a_minute=60)[-1]
    assert "needs 3 days" in said(DONE, days=3)[-1]
    first = said(DONE, canary_percent=2.0, wait_minutes=5)[-1]
    assert "about 5 minutes" in first
    assert "The first 2 % have it 5 minutes before the rest." in first
    assert said(DONE, providers=True)[-1].endswith("What single mail providers are sent at most comes on top.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "less than a second"),
        (1, "1 second"),
        (119, "119 seconds"),
        (300.2, "5 minutes"),
        (3_600, "1 hour"),
        (12_000, "3 hours 20 minutes"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words
