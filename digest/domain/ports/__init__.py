"""What the jobs need of the world, as Protocols. app.py hands the adapters in.

A port is as small as its users allow, so that a fake at the edge stays under thirty lines.
"""

from __future__ import annotations

from digest.domain.ports.records import (
    Event,
    Excluded,
    Named,
    PictureAsked,
    PictureKept,
    Result,
    SourceState,
    Tally,
    Worker,
)
from digest.domain.ports.store import (
    Deliveries,
    Editions,
    Exclusions,
    Insights,
    People,
    Pictures,
    Reviews,
    Session,
    Store,
    Usage,
    Vectors,
)
from digest.domain.ports.world import (
    AskArticle,
    AskPicture,
    Begin,
    Clock,
    Gather,
    Presence,
    Progress,
    Resize,
    Transport,
)

__all__ = [
    "AskArticle",
    "AskPicture",
    "Begin",
    "Clock",
    "Deliveries",
    "Editions",
    "Event",
    "Excluded",
    "Exclusions",
    "Gather",
    "Insights",
    "Named",
    "People",
    "PictureAsked",
    "PictureKept",
    "Pictures",
    "Presence",
    "Progress",
    "Resize",
    "Result",
    "Reviews",
    "Session",
    "SourceState",
    "Store",
    "Tally",
    "Transport",
    "Usage",
    "Vectors",
    "Worker",
]
