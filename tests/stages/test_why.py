from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.domain.model import (
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Recipient,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.domain.ports import Entry, KeptOff
from digest.stages.why import Case, answer

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SLOT = datetime(2026, 12, 1, 8, tzinfo=UTC)
EDITION = Edition(
    id="insights-2026-12-01",
    newsletter="insights",
    slot=SLOT,
    number=1,
    state=EditionState.APPROVED,
    revision="r",
    drafted_at=NOW,
)
RECIPIENT = Recipient(
    subscriber=Subscriber(id="s1", address="ada@example.org", first_name="Ada", last_name="Bell"),
    subscription=Subscription(
        newsletter="insights",
        state=SubscriptionState.ACTIVE,
        consent_source="sign-up form",
        consent_at=datetime(2026, 3, 19, tzinfo=UTC),
    ),
)
CASE = Case(
    address="ada@example.org",
    edition=EDITION,
    newsletter="Our insights",
    zone="Europe/London",
    now=NOW,
    recipient=RECIPIENT,
    segment="Heads",
    stories=8,
)
LEFT = KeptOff(reason="left", at=NOW)


def edition(state: EditionState, **changes: Any) -> Edition:
    return replace(EDITION, state=state, **changes)


def to_come(reason: str = "", **changes: Any) -> Case:
    """Nobody is planned yet; reason: why they get nothing."""
    state = DeliveryState.SKIPPED if reason else DeliveryState.PENDING
    delivery = Delivery(edition=EDITION.id, subscriber="s1", state=state, reason=reason)
    return replace(CASE, delivery=delivery, **changes)


def promised(state: DeliveryState, of: EditionState = EditionState.SENT, case: Case = CASE, **changes: Any) -> Case:
    """There is a row in the ledger."""
    usual: dict[str, Any] = {"reason": "", "reply": "", "attempts": 1, "next_at": None, "settled_at": SLOT}
    entry = Entry(
        subscriber="s1",
        address="ada@example.org",
        name="Ada Bell",
        segment="heads",
        variant="heads",
        state=state,
        **(usual | changes),
    )
    note = "3 of 3 were refused." if of == EditionState.PAUSED else ""
    return replace(case, edition=edition(of, note=note), entry=entry)


@pytest.mark.parametrize(
    ("case", "gets", "sentence"),
    [
        (to_come(), True, "Ada Bell gets insights-2026-12-01: the email for Heads (8 stories)."),
        (to_come(stories=1), True, "Ada Bell gets insights-2026-12-01: the email for Heads (1 story)."),
        (
            to_come(edition=edition(EditionState.DRAFT)),
            True,
            "If insights-2026-12-01 were approved as it is, Ada Bell would get it: the email for Heads (8 stories).",
        ),
        (
            to_come("paused until 1 September 2027", edition=edition(EditionState.DRAFT)),
            False,
            "If insights-2026-12-01 were approved as it is, Ada Bell would not get it: paused until 1 September 2027.",
        ),
        (
            to_come("paused until 1 September 2027"),
            False,
            "Ada Bell does not get insights-2026-12-01: paused until 1 September 2027.",
        ),
        (
            to_come("kept off: the address is on the list of those who must not be mailed", kept_off=LEFT),
            False,
            "Ada Bell does not get insights-2026-12-01: the address is kept off (they unsubscribed on "
            "28 November 2026).",
        ),
        (
            to_come("kept off: …", kept_off=KeptOff(reason="cleaned in another program", at=NOW)),
            False,
            "Ada Bell does not get insights-2026-12-01: the address is kept off (cleaned in another program on "
            "28 November 2026).",
        ),
        (to_come("complained"), False, "Ada Bell does not get insights-2026-12-01: they reported it as spam."),
        (
            to_come("no segment holds them", segment=""),
            False,
            "Ada Bell does not get insights-2026-12-01: no segment holds them.",
        ),
        (replace(CASE, recipient=None), False, "ada@example.org is not on the list of Our insights."),
        (
            replace(CASE, edition=edition(EditionState.SKIPPED, note="Skipped: 0 new stories.")),
            False,
            "Nobody gets insights-2026-12-01: it was skipped.",
        ),
        (
            replace(CASE, edition=edition(EditionState.SENT, planned_at=SLOT)),
            False,
            "Ada Bell does not get insights-2026-12-01: they were not on the list when it was sent.",
        ),
        (
            promised(DeliveryState.SENT, settled_at=SLOT + timedelta(minutes=3), reply="250 ok"),
            True,
            "Ada Bell got insights-2026-12-01 on Tue 1 Dec at 08:03; the mail server said “250 ok”.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING),
            True,
            "Ada Bell gets insights-2026-12-01: the email for Heads (8 stories).",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, withheld="unsubscribed meanwhile"),
            False,
            "Ada Bell will not get insights-2026-12-01: they unsubscribed meanwhile.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, withheld="paused meanwhile"),
            False,
            "Ada Bell will not get insights-2026-12-01: they paused it meanwhile.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.CANCELLED),
            False,
            "Ada Bell does not get insights-2026-12-01: it was cancelled before their turn.",
        ),
        (
            promised(DeliveryState.CLAIMED, EditionState.SENDING),
            None,
            "Ada Bell is being mailed insights-2026-12-01 at this moment.",
        ),
        (
            promised(DeliveryState.FAILED, reason="refused"),
            False,
            "Ada Bell did not get insights-2026-12-01: the mail server refused it.",
        ),
        (
            promised(DeliveryState.FAILED, reason="refused for now, until there was no more time"),
            False,
            "Ada Bell did not get insights-2026-12-01: refused for now, until there was no more time.",
        ),
        (
            promised(DeliveryState.UNKNOWN, reason="silence after the end"),
            None,
            "Ada Bell may have insights-2026-12-01: it was begun, and no answer is known.",
        ),
        (
            promised(DeliveryState.SKIPPED, reason="had all its stories already"),
            False,
            "Ada Bell did not get insights-2026-12-01: had all its stories already.",
        ),
        (
            promised(DeliveryState.SKIPPED, EditionState.SENDING, reason="bounced"),
            False,
            "Ada Bell does not get insights-2026-12-01: their address does not exist: mail came back.",
        ),
    ],
)
def test_the_answer_is_one_sentence(case: Case, gets: bool | None, sentence: str) -> None:
    found = answer(case)
    assert (found.gets, found.sentence) == (gets, sentence)
    assert len(found.facts) <= 3
    assert all(fact.endswith(".") and ".." not in fact for fact in found.facts)


def test_who_joined_after_it_was_planned_came_too_late() -> None:
    joined = replace(RECIPIENT.subscription, joined_at=SLOT + timedelta(days=2))
    late = replace(
        CASE,
        edition=edition(EditionState.SENT, planned_at=SLOT),
        recipient=replace(RECIPIENT, subscription=joined),
    )
    words = "they came onto the list on 3 December 2026, after it was sent."
    assert answer(late).sentence == f"Ada Bell does not get insights-2026-12-01: {words}"
    sending = replace(late, edition=edition(EditionState.SENDING, planned_at=SLOT))
    assert answer(sending).sentence.endswith("after it was planned.")


@pytest.mark.parametrize(
    ("case", "fact"),
    [
        (to_come(), "Planned for Tue 1 Dec at 08:00, not sent yet."),
        (to_come(), "They agreed on 19 March 2026: sign-up form."),
        (to_come(), "They want it weekly, with all themes."),
        (to_come(edition=edition(EditionState.SENDING)), "It is being sent, and their turn comes."),
        (to_come("wants it monthly, and it is too early"), "They are in the segment Heads."),
        (replace(CASE, edition=edition(EditionState.MISSED, note="the program was off")), "The program was off."),
        (
            replace(CASE, recipient=None, kept_off=LEFT),
            "Besides, the address is kept off (they unsubscribed on 28 November 2026).",
        ),
        (promised(DeliveryState.SENT), "It was the email for Heads (8 stories)."),
        (
            promised(DeliveryState.SENT, withheld="kept off: left", case=replace(CASE, kept_off=LEFT)),
            "They get nothing more: the address is kept off (they unsubscribed on 28 November 2026).",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, attempts=2, next_at=SLOT + timedelta(hours=1)),
            "It was tried 2 times; the next try is on Tue 1 Dec at 09:00.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, reply="450 4.2.0 later"),
            "The mail server said “450 4.2.0 later”.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, attempts=0, next_at=SLOT),
            "The first try is on Tue 1 Dec at 08:00.",
        ),
        (
            promised(DeliveryState.PENDING, EditionState.SENDING, attempts=0, next_at=NOW),
            "Planned, not sent yet.",
        ),
        (promised(DeliveryState.PENDING, EditionState.PAUSED), "It is paused: 3 of 3 were refused."),
        (
            promised(
                DeliveryState.FAILED,
                reason="refused",
                reply="550 5.1.1 no",
                case=replace(CASE, no_resend="the server said “550 5.1.1 no”: the address does not exist"),
            ),
            "The server said “550 5.1.1 no”: the address does not exist.",
        ),
        (promised(DeliveryState.UNKNOWN, reason="silence after the end"), "Silence after the end."),
    ],
)
def test_below_it_stand_facts(case: Case, fact: str) -> None:
    assert fact in answer(case).facts


@pytest.mark.parametrize(
    ("case", "mend"),
    [
        (to_come(), ""),
        (promised(DeliveryState.SENT), ""),
        (promised(DeliveryState.PENDING, EditionState.PAUSED), "digest send insights-2026-12-01"),
        (promised(DeliveryState.CLAIMED, EditionState.SENDING), "digest send insights-2026-12-01"),
        (promised(DeliveryState.UNKNOWN), "digest resend insights-2026-12-01 ada@example.org"),
        (promised(DeliveryState.UNKNOWN, case=replace(CASE, no_resend="unsubscribed meanwhile")), ""),
        (promised(DeliveryState.FAILED, reply="450 later"), "digest resend insights-2026-12-01 ada@example.org"),
        (promised(DeliveryState.FAILED, case=replace(CASE, no_resend="the address does not exist")), ""),
        (replace(CASE, recipient=None), "spelling"),
        (
            to_come(
                "no consent record: never mailed until there is one",
                recipient=replace(
                    RECIPIENT, subscription=Subscription(newsletter="insights", state=SubscriptionState.PENDING)
                ),
            ),
            "write where and when they agreed",
        ),
    ],
)
def test_it_says_what_may_be_done(case: Case, mend: str) -> None:
    found = answer(case).mend
    assert mend in found
    assert bool(mend) == bool(found)


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("of", list(EditionState))
def test_every_state_of_a_delivery_in_every_state_of_an_edition_has_its_answer(
    state: DeliveryState, of: EditionState
) -> None:
    found = answer(promised(state, of))
    assert found.sentence.startswith("Ada Bell")


def test_a_long_answer_of_a_server_is_cut() -> None:
    found = answer(promised(DeliveryState.SENT, reply="250 " + "x" * 5_000))
    assert len(found.sentence) < 300
