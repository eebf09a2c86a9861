"""What the archive needs of the database: what everybody may read of editions that were sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.domain.model import Insight


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEdition:
    """An edition that everybody may read."""

    id: str
    newsletter: str
    number: int
    slot: datetime
    drafted_at: datetime
    #: the subject of its web version
    subject: str = ""
    #: when its web version was corrected last; None where it stands as it was sent
    corrected: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStory:
    """A story where it stood first, as it was mailed."""

    insight: Insight
    #: a theme's id, or OTHER
    theme: str
    edition: PastEdition


class Archive(Protocol):
    """Editions that were sent, or are being sent, and their stories; nothing else is ever returned.

    themes: ids of the newsletter's themes of today. What stood under another one counts as OTHER.
    """

    def counts(self, newsletter: str, themes: Collection[str]) -> dict[str, int]:
        """Count the stories under each theme that has any."""
        ...

    def since(self, newsletter: str) -> datetime | None:
        """Return when the first edition was for; None where there is none."""
        ...

    def stories(
        self, newsletter: str, themes: Collection[str], theme: str | None, limit: int, offset: int = 0
    ) -> list[PastStory]:
        """Return stories newest first, those of one theme or of all (None)."""
        ...

    def pictured(self, editions: Collection[str]) -> dict[str, list[str]]:
        """Return the addresses of the pictures of all stories of each of these editions."""
        ...

    def how_many(self, newsletter: str) -> int:
        """Count the editions."""
        ...

    def editions(self, newsletter: str, limit: int, offset: int = 0) -> list[PastEdition]:
        """Return editions newest first."""
        ...

    def page(self, edition: str) -> str | None:
        """Return the HTML of an edition's web version as it was signed, or corrected last; None: nobody may read it."""
        ...
