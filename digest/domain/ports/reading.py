"""What the jobs need of the database for reading links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import Comment, ReadingLink


class ReadingLinks(Protocol):
    """Links by which people without an account read an edition, and what they said to it."""

    def add(self, link: ReadingLink) -> None:
        """Keep a link."""
        ...

    def get(self, key: str) -> ReadingLink | None:
        """Return a link, also where it has ended or was withdrawn."""
        ...

    def of(self, edition: str) -> Sequence[ReadingLink]:
        """Return an edition's links, the first one first."""
        ...

    def withdraw(self, key: str, who: str, at: datetime) -> bool:
        """Withdraw a link; False where it was withdrawn before."""
        ...

    def said(self, key: str) -> int:
        """Count the comments that came by a link."""
        ...

    def say(self, comment: Comment) -> None:
        """Keep a comment."""
        ...

    def comments(self, edition: str) -> Sequence[Comment]:
        """Return what was said to an edition, the first one first."""
        ...

    def settle(self, comment: str, who: str, at: datetime) -> bool:
        """Mark a comment as settled; False where there is none, or it was settled before."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop the links and comments of editions whose slot is before then; return how many links there were."""
        ...
