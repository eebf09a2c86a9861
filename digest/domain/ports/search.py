"""What finding something by a few words of it needs of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStory:
    """A story by its title, where it stood."""

    story: str
    title: str
    theme: str
    edition: str
    number: int
    newsletter: str
    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """A person by their address or name."""

    id: str
    address: str
    name: str


class Search(Protocol):
    """Finds by words; each finding is bounded."""

    def subjects(self, words: Sequence[str]) -> dict[str, str]:
        """Return edition -> a subject of it that holds all words."""
        ...

    def stories(self, words: Sequence[str], limit: int) -> list[FoundStory]:
        """Return the stories whose title holds all words, of the latest editions first."""
        ...

    def people(self, words: Sequence[str], limit: int) -> list[FoundPerson]:
        """Return people whose address or name begins with the words: by their addresses, up to so many of each kind."""
        ...
