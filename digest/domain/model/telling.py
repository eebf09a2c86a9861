"""Telling: what staff are mailed about an edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Telling(StrEnum):
    """What there is to tell. Each is told once: of one edition, for one occasion, to one person."""

    #: a draft was made and waits to be looked at
    READY = "ready"
    #: it was approved and is a draft again
    TAKEN_BACK = "taken back"
    #: it is to be approved soon, and nobody did
    REMINDER = "reminder"
    #: nobody approved it by its deadline, and there still is time until its slot
    OVERDUE = "overdue"
    #: nobody approved it by its slot
    HELD = "held"
    #: nobody approved it by its deadline, and with that it is over
    MISSED = "missed"
    #: links that lead nowhere, an hour before it leaves
    LINKS = "links"
    #: it stopped by itself
    PAUSED = "paused"
    SENT = "sent"
    #: there was too little news
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That one person is being told something, so that nobody else tells them."""

    edition: str
    telling: Telling
    #: when that came to be: the time of an event, or the slot
    occasion: datetime
    #: keyed hash of the address: who is told is in digest.toml alone
    whom: str
