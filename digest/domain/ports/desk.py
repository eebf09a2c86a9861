"""What the jobs need of the database to know who may use the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from digest.domain.model import OneTimeLink, Sitting, Staff


class Access(Protocol):
    """Staff, the browsers in which they are logged in, and one-time links."""

    def everybody(self) -> list[Staff]:
        """Return all staff, the first one first."""
        ...

    def by_address(self, address: str) -> Staff | None:
        """Return whose address it is, however its letters are written."""
        ...

    def add(self, staff: Staff) -> None:
        """Give somebody an account."""
        ...

    def set_phrase(self, staff: str, phrase: str) -> None:
        """Give somebody another pass phrase, by its hash."""
        ...

    def begin(self, sitting: Sitting) -> None:
        """Keep that somebody logged in."""
        ...

    def sitting(self, key: str) -> tuple[Sitting, Staff] | None:
        """Return a sitting and whose it is, also where it has ended by now."""
        ...

    def seen(self, key: str, at: datetime) -> None:
        """Record that a sitting is in use."""
        ...

    def end(self, key: str) -> None:
        """End a sitting."""
        ...

    def end_all(self, staff: str) -> None:
        """End every sitting of somebody."""
        ...

    def offer(self, link: OneTimeLink) -> None:
        """Keep a one-time link; one for the same that was not used works no more."""
        ...

    def link(self, key: str) -> OneTimeLink | None:
        """Return a one-time link, also where it was used or is too old."""
        ...

    def use(self, key: str, at: datetime) -> bool:
        """Use a one-time link; False where it was used before."""
        ...

    def forget(self, unused_since: datetime, now: datetime) -> None:
        """Drop sittings that are over, and links that are too old."""
        ...
