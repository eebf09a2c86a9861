"""Send: what the ledger does about an outcome. Decisions only; jobs/send.py carries them out."""

from __future__ import annotations

from collections.abc import Mapping
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
from digest.domain.ports import Result

#: minutes until the next try after the first, second … temporary refusal; greylisting wants the first few
RETRY_MINUTES = (5, 15, 30, 60, 120, 240)
#: so often everybody is tried, however late a machine that was down goes on: greylisting wants two or three
LEAST_TRIES = 4


def result(letter: Letter, outcome: Outcome, now: datetime, until: datetime) -> Result:
    """Decide the state of a delivery after an outcome.

    until: when a refusal for now is tried for the last time, where it was tried often enough by then.
    """
    if isinstance(outcome, Accepted):
        return Result(delivery=_to(letter, DeliveryState.SENT), at=now, reply=outcome.reply)
    if isinstance(outcome, Rejected):
        return Result(delivery=_to(letter, DeliveryState.FAILED, "refused"), at=now, reply=outcome.reply)
    if isinstance(outcome, InDoubt):
        return Result(delivery=_to(letter, DeliveryState.UNKNOWN, outcome.reason), at=now)
    if isinstance(outcome, Deferred):
        return _deferred(letter, outcome, now, until)
    if outcome.postponed:
        pending = _to(letter, DeliveryState.PENDING, attempts=letter.attempts)
        return Result(delivery=pending, at=now, next_at=now + timedelta(seconds=outcome.after_seconds))
    return Result(delivery=_to(letter, DeliveryState.SKIPPED, outcome.reason, letter.attempts), at=now)


def _deferred(letter: Letter, outcome: Deferred, now: datetime, until: datetime) -> Result:
    if not outcome.charged:
        again = now + timedelta(minutes=1)
        uncharged = _to(letter, DeliveryState.PENDING, attempts=letter.attempts)
        return Result(delivery=uncharged, at=now, reply=outcome.reply, next_at=again)
    attempts = letter.attempts + 1
    again = now + timedelta(minutes=RETRY_MINUTES[min(letter.attempts, len(RETRY_MINUTES) - 1)])
    if now >= until and attempts >= LEAST_TRIES:
        failed = _to(letter, DeliveryState.FAILED, "refused for now, until there was no more time", attempts)
        return Result(delivery=failed, at=now, reply=outcome.reply)
    pending = _to(letter, DeliveryState.PENDING, "refused for now", attempts)
    return Result(delivery=pending, at=now, reply=outcome.reply, next_at=again if now >= until else min(again, until))


def _to(letter: Letter, state: DeliveryState, reason: str = "", attempts: int | None = None) -> Delivery:
    old = letter.delivery
    return Delivery(
        edition=old.edition,
        subscriber=old.subscriber,
        state=state,
        variant=old.variant,
        wave=old.wave,
        reason=reason,
        attempts=letter.attempts + 1 if attempts is None else attempts,
    )


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
