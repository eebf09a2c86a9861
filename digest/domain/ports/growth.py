"""What is asked of the database about how a list grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many people came or left on a day (UTC) by one way. Nobody's name is with it."""

    day: date
    #: joined, left, bounced, complained, erased (stages/growth.py)
    what: str
    #: by which way, such as the words of a consent source
    how: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount:
    """How many people of a list are in which state."""

    active: int = 0
    #: of the active, those who paused it for now
    paused: int = 0
    #: of the active, those whose address must not be mailed
    kept_off: int = 0
    pending: int = 0
    unsubscribed: int = 0
    bounced: int = 0
    complained: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """An edition that people got, or are getting, and how many it was approved for."""

    edition: str
    slot: datetime
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What a domain did with some editions."""

    domain: str
    sent: int
    #: for good
    refused: int
    #: for now: they still wait, or were given up
    put_off: int
    #: of its answers that took nothing the one with the highest code (RFC 5321 4.2.1); it may hold an address
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Somebody's consent record, with who they are."""

    subscriber: str
    address: str
    first_name: str
    last_name: str
    source: str
    at: datetime


class Growth(Protocol):
    """Who came and left, counted, and how a list stands."""

    def count(self, newsletter: str, day: date, what: str, how: str, people: int = 1) -> None:
        """Add people to those who came or left on a day (UTC)."""
        ...

    def since(self, newsletter: str, day: date) -> list[DayCount]:
        """Return what was counted from a day on, the oldest first."""
        ...

    def headcount(self, newsletter: str, now: datetime) -> Headcount:
        """Count the people of a list by state."""
        ...

    def anybody(self, newsletter: str) -> bool:
        """Tell whether anybody ever came to a list."""
        ...

    def alone(self, newsletter: str, others: Sequence[str]) -> int:
        """Count the active people of a list who are on none of the others."""
        ...

    def mailed(self, newsletter: str, limit: int) -> list[Mailed]:
        """Return the last editions that people got or are getting, the latest first."""
        ...

    def refusals(self, editions: Sequence[str], limit: int) -> list[Refusals]:
        """Return the domains that took least well what these editions sent them; none that took all."""
        ...

    def agreed_by_year(self, newsletter: str, before: datetime) -> dict[int, int]:
        """Count the active people whose consent is older than `before`, by its year (UTC)."""
        ...

    def agreed(self, newsletter: str, before: datetime, after: str, limit: int) -> list[Agreed]:
        """Return a page of them whose ids come after `after`, in the order of ids."""
        ...
