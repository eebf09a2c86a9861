"""Approvals: who signed which bytes of an edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Signed:
    """One variant as it was signed: its bytes, and for how many people it was made."""

    slug: str
    sha256: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's signature under all variants of an edition."""

    who: str
    at: datetime
    signed: tuple[Signed, ...]
    #: the step of the content that was signed
    step: int
    #: hash of the configuration and templates that made the bytes; empty where it was not written down yet
    revision: str
    #: False for the first of two: the edition waited for another person
    complete: bool = True
    #: when it was taken back, by whom and why; None where it stands
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""

    @property
    def stands(self) -> bool:
        """Tell whether nobody and nothing has taken it back."""
        return self.ended_at is None
