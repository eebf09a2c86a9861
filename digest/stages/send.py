"""Send: what the ledger does about an outcome. Decisions only; jobs/send.py carries them out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from digest.domain.model import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    InDoubt,
    Letter,
    Outcome,
    Rejected,
)
from digest.domain.ports import Result, Tally

#: minutes until the next try after the first, second … temporary refusal; greylisting wants the first few
RETRY_MINUTES = (5, 15, 30, 60, 120, 240)
#: so often everybody is tried, however late a machine that was down goes on: greylisting wants two or three
LEAST_TRIES = 4
#: how the reason begins of who was put off
REFUSED_FOR_NOW = "refused for now"
# RFC 3463: mailbox full, message too large, policy; without such a status 552 and 554 say the same
_OF_THE_EMAIL = re.compile(r"5\d\d (5\.2\.[23]|5\.3\.4|5\.7\.\d+)\b|55[24] (?!\d\.\d+\.\d)")


def result(letter: Letter, outcome: Outcome, now: datetime, until: datetime) -> Result:
    """Decide the state of a delivery after an outcome.

    until: when a refusal for now is tried for the last time, where it was tried often enough by then.
    """
    if isinstance(outcome, Accepted):
        return _result(letter, DeliveryState.SENT, now, reply=outcome.reply)
    if isinstance(outcome, Rejected):
        return _result(letter, DeliveryState.FAILED, now, "refused", reply=outcome.reply)
    if isinstance(outcome, InDoubt):
        return _result(letter, DeliveryState.UNKNOWN, now, outcome.reason)
    if isinstance(outcome, Deferred):
        return _deferred(letter, outcome, now, until)
    if outcome.postponed:
        again = now + timedelta(seconds=outcome.after_seconds)
        return _result(letter, DeliveryState.PENDING, now, tried=False, next_at=again)
    return _result(letter, DeliveryState.SKIPPED, now, outcome.reason, tried=False)


def refuses_the_email(reply: str) -> bool:
    """Tell whether a refusal for good is of the email, or of how it looks to a filter, and not of the person."""
    return _OF_THE_EMAIL.match(f"{reply} ") is not None


def _deferred(letter: Letter, outcome: Deferred, now: datetime, until: datetime) -> Result:
    if not outcome.charged:
        again = now + timedelta(minutes=1)
        return _result(letter, DeliveryState.PENDING, now, reply=outcome.reply, tried=False, next_at=again)
    again = now + timedelta(minutes=RETRY_MINUTES[min(letter.attempts, len(RETRY_MINUTES) - 1)])
    if now >= until and letter.attempts + 1 >= LEAST_TRIES:
        why = f"{REFUSED_FOR_NOW}, until there was no more time"
        return _result(letter, DeliveryState.FAILED, now, why, reply=outcome.reply)
    again = again if now >= until else min(again, until)
    return _result(letter, DeliveryState.PENDING, now, REFUSED_FOR_NOW, reply=outcome.reply, next_at=again)


def _result(
    letter: Letter,
    state: DeliveryState,
    now: datetime,
    reason: str = "",
    *,
    reply: str = "",
    tried: bool = True,
    next_at: datetime | None = None,
) -> Result:
    old = letter.delivery
    delivery = Delivery(
        edition=old.edition,
        subscriber=old.subscriber,
        state=state,
        variant=old.variant,
        wave=old.wave,
        reason=reason,
        attempts=old.attempts + tried,
    )
    return Result(delivery=delivery, at=now, claim=letter.claim, reply=reply, next_at=next_at)


def counted(tallies: Iterable[Tally]) -> Counter[DeliveryState]:
    """Count the people of a mailing by state."""
    counts: Counter[DeliveryState] = Counter()
    for tally in tallies:
        counts[DeliveryState(tally.state)] += tally.count
    return counts


def summary(counts: Mapping[DeliveryState, int]) -> str:
    """Say in one sentence what became of a mailing; the numbers add up to all people."""
    words = {
        DeliveryState.SENT: "sent",
        DeliveryState.FAILED: "refused",
        DeliveryState.UNKNOWN: "in doubt",
        DeliveryState.SKIPPED: "skipped",
        DeliveryState.PENDING: "waiting",
        DeliveryState.CLAIMED: "being sent",
    }
    parts = [f"{counts[state]} {word}" for state, word in words.items() if counts.get(state)]
    return ", ".join(parts) if parts else "nobody is planned"
