"""What counting that which came back needs of the database."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Feedback(Protocol):
    """What came back, each report once, and where the reading of a mailbox goes on."""

    def add(
        self,
        key: str,
        at: datetime,
        *,
        subscriber: str,
        newsletter: str,
        edition: str,
        kind: str,
        status: str,
        how: str,
    ) -> bool:
        """Keep a report; False where it is kept already, by its key."""
        ...

    def failed(self, edition: str, subscriber: str, status: str, at: datetime) -> None:
        """Say of a delivery in doubt that it failed: a bounce is evidence. What was sent stays sent."""
        ...

    def soft(self, subscriber: str, since: datetime) -> int:
        """Count somebody's soft bounces since then; those of one edition, or of one day, are one."""
        ...
