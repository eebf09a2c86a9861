"""What following a send needs of the database: how its deliveries stand, who is behind a number, what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CountsAs(StrEnum):
    """What a delivery counts as for who looks on; the six add up to everybody who is planned."""

    SENT = "sent"
    #: not tried yet, or on its way
    WAITING = "waiting"
    #: refused for now, and tried again
    PUT_OFF = "put_off"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How many deliveries of a wave count as what, for one reason."""

    wave: int
    counts_as: CountsAs
    #: why: the program's own words, or the codes with which a server's answer began; empty where there is none
    why: str
    people: int
    #: how often one came to stand here, also where it has moved on
    moves: int
    #: when one was settled here last
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A person behind a number."""

    subscriber: str
    address: str
    name: str
    reason: str
    #: the server's answer, or why there is none
    reply: str
    attempts: int
    #: when it is tried next, where it waits
    next_at: datetime | None
    settled_at: datetime | None
    #: who decided that it is left as it is; empty where nobody did
    left_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mornings:
    """People who get it at their own time of day, and when the first and the last of them do."""

    people: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CameTo:
    """What an edition came to, in a row of several."""

    #: people by what their delivery counts as
    people: Mapping[CountsAs, int]
    #: visits of its links
    clicks: int
    #: people who left the list from the day on which it began to leave until that of the next edition
    left: int


class Following(Protocol):
    """How a send stands, without reading its deliveries."""

    def countings(self, edition: str) -> list[Counting]:
        """Return how an edition's deliveries stand."""
        ...

    def version(self, edition: str) -> int:
        """Return a number that grows with whatever happens to an edition or its deliveries."""
        ...

    def pace(self, edition: str, since: datetime) -> int:
        """Count the messages that had their answer since then; of the last two minutes."""
        ...

    def retries(self, edition: str) -> tuple[datetime, int] | None:
        """Return when the first who is put off is tried again, and how often they were tried; None: nobody is."""
        ...

    def mornings(self, edition: str, after: datetime) -> Mornings | None:
        """Return who was never tried and is due only after a moment; None: nobody is."""
        ...

    def behind(self, edition: str, counts_as: CountsAs, after: str, limit: int) -> list[Behind]:
        """Return a page of the people who count as something, from after `after` on: in the order of their ids, or of
        when they are tried again.
        """
        ...

    def hasten(self, edition: str, now: datetime) -> int:
        """Let those who are put off be tried now; return how many they are."""
        ...

    def skip(self, edition: str, reason: str, now: datetime, limit: int) -> int:
        """Skip up to so many of those that nobody has in hand; return how many were."""
        ...

    def leave(self, edition: str, subscriber: str, who: str, at: datetime) -> bool:
        """Note that somebody who is in doubt is left as they are; False where they are not in doubt, or it is noted."""
        ...

    def undecided(self, edition: str) -> int:
        """Count those in doubt about whom nobody decided."""
        ...

    def outcomes(self, editions: Sequence[str]) -> Mapping[str, Mapping[CountsAs, int]]:
        """Return how many people of each of these editions count as what."""
        ...

    def came_to(self, editions: Sequence[str], endings: Sequence[str]) -> Mapping[str, CameTo]:
        """Return what each of these editions came to that has begun to leave; endings: what is counted as leaving."""
        ...

    def returned(self, editions: Sequence[str]) -> Mapping[str, int]:
        """Count the people of each of these editions whose mail came back for good after it was taken."""
        ...

    def ring(self) -> None:
        """Have the clock look soon, in whatever process it is."""
        ...
