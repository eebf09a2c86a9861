"""Reading links: a head or a trustee without an account reads an edition before it leaves, and says something to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLink:
    """A link by which one person may look at one edition, and at nothing else."""

    #: SHA-256 (hex) of the token in it
    key: str
    edition: str
    #: whom it is for
    name: str
    made_by: str
    made_at: datetime
    ends_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said to an edition. It is text, whatever it looks like: pages escape it."""

    id: str
    edition: str
    #: key of the link by which it came, and the name that the link is for
    reading: str
    name: str
    at: datetime
    #: the step of the content that they read
    step: int
    #: id of the story that it is about; empty: the edition
    story: str
    text: str
    settled_at: datetime | None = None
    settled_by: str = ""
