"""Waves: how an edition leaves. First to staff, then to a few, and when those have it, to everybody.

::

    wave 0   seeds    the people of one segment, who look at what they got
    wave 1   canary   a few per cent of the others, the same ones however often it is asked
    wave 2   rest     everybody else, some minutes after the last of the canary has its answer

A brake watches all of them: where too many are refused, or complain, the edition is paused before the next message.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.domain.model import Waves
from digest.domain.ports import Early

SEEDS, CANARY, REST = range(3)
#: so many refusals of the email itself, of people in the early waves, and complaints say something
FEW_UNWELCOME, FEW_REFUSED, FEW_COMPLAINTS = 5, 3, 3
#: refusals that say something when mail goes to everybody, where some wrong addresses are usual
MANY_REFUSED = 20
#: per cent of complaints from which mailbox providers stop trusting a sender
COMPLAINTS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of an edition's messages so far."""

    answered: int = 0
    refused: int = 0
    #: of these, refusals of the email itself and not of a person
    unwelcome: int = 0
    complaints: int = 0


def wave(waves: Waves, edition: str, subscriber: str, people: int, *, is_seed: bool) -> int:
    """Return the wave of a person; people: how many the edition is for."""
    if is_seed:
        return SEEDS
    drawn = int.from_bytes(hashlib.sha256(f"{edition} {subscriber}".encode()).digest()[:4], "big") / 2**32
    return CANARY if people >= waves.canary_from and drawn < waves.canary_percent / 100 else REST


def are_many(waves: Waves, people: int) -> bool:
    """Tell whether somebody gets an edition before the others."""
    return bool(waves.seeds) or (people >= waves.canary_from and waves.canary_percent > 0)


def opens(waves: Waves, early: Early, *, planned: bool) -> datetime | None:
    """Return when the rest may go; None where that cannot be said yet.

    planned: everybody is; before that somebody may still be put into an earlier wave.
    """
    if not planned or early.untried:
        return None
    if early.last_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return early.last_at + timedelta(minutes=waves.wait_minutes)


def brake(waves: Waves, counts: Counts, *, early: bool) -> str:
    """Return why an edition must be paused, in words; empty where it need not.

    early: the rest has not begun, so that a few refusals are enough to look.
    """
    most = counts.answered * waves.stop_percent / 100
    if counts.unwelcome >= FEW_UNWELCOME and counts.unwelcome > most:
        return f"{counts.unwelcome} of {counts.answered} were refused for what the email is or looks like"
    few = FEW_REFUSED if early else MANY_REFUSED
    if counts.refused >= few and counts.refused > most:
        return f"{counts.refused} of {counts.answered} were refused, more than {waves.stop_percent:g} %"
    if counts.complaints >= FEW_COMPLAINTS and counts.complaints > counts.answered * COMPLAINTS / 100:
        return f"{counts.complaints} of {counts.answered} reported it as spam, more than {COMPLAINTS:g} %"
    return ""
