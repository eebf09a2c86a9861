"""What is asked of the database about links that are followed. Nothing in it says by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from digest.domain.model import Insight


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCount:
    """How often a link of an edition was followed on a day (UTC)."""

    link: str
    day: date
    clicks: int


class Clicks(Protocol):
    """How often the links of editions were followed."""

    def told(self, edition: str, insight: str) -> Insight | None:
        """Return an insight that an edition told; None where it did not, or nobody was mailed that edition."""
        ...

    def count(self, edition: str, link: str, day: date, clicks: int) -> None:
        """Add to how often a link was followed on a day (UTC)."""
        ...

    def of(self, edition: str) -> Sequence[LinkCount]:
        """Return what was counted of an edition, the oldest day first."""
        ...
