"""What the jobs need of the world, as Protocols. app.py hands the adapters in.

A port is as small as its users allow, so that a fake at the edge stays under thirty lines.
"""

from __future__ import annotations

from digest.domain.ports.api import ApiTokens, Webhooks
from digest.domain.ports.archive import Archive, PastEdition, PastStory
from digest.domain.ports.attending import Attendance, Attending, Lead
from digest.domain.ports.clicks import Clicks, LinkCount
from digest.domain.ports.desk import Access, Audit, Invitations
from digest.domain.ports.following import Behind, CameTo, Counting, CountsAs, Following
from digest.domain.ports.growth import Agreed, DayCount, Growth, Headcount, Mailed, Refusals
from digest.domain.ports.ledger import Deliveries, Usage
from digest.domain.ports.links import AskLink, Links, Tellings
from digest.domain.ports.people import People, Segments
from digest.domain.ports.readers import Readers
from digest.domain.ports.reading import ReadingLinks
from digest.domain.ports.records import (
    UNTOLD,
    Counted,
    Early,
    Entry,
    Event,
    Excluded,
    Holder,
    InSegment,
    KeptOff,
    Named,
    Page,
    PictureAsked,
    PictureKept,
    Remembered,
    Result,
    SourceState,
    Tally,
    Told,
    Worker,
)
from digest.domain.ports.roster import Staging
from digest.domain.ports.search import FoundPerson, FoundStory, Search
from digest.domain.ports.store import (
    Editions,
    Exclusions,
    Insights,
    Pictures,
    Reviews,
    Session,
    Store,
    Vectors,
)
from digest.domain.ports.tasks import Queued, Task, Tasks, Work
from digest.domain.ports.world import (
    AskArticle,
    AskPicture,
    Begin,
    Clock,
    Gather,
    Journal,
    Known,
    Mailbox,
    Presence,
    Progress,
    Resize,
    Transport,
    Watch,
    unheard,
)

__all__ = [
    "UNTOLD",
    "Access",
    "Agreed",
    "ApiTokens",
    "Archive",
    "AskArticle",
    "AskLink",
    "AskPicture",
    "Attendance",
    "Attending",
    "Audit",
    "Begin",
    "Behind",
    "CameTo",
    "Clicks",
    "Clock",
    "Counted",
    "Counting",
    "CountsAs",
    "DayCount",
    "Deliveries",
    "Early",
    "Editions",
    "Entry",
    "Event",
    "Excluded",
    "Exclusions",
    "Following",
    "FoundPerson",
    "FoundStory",
    "Gather",
    "Growth",
    "Headcount",
    "Holder",
    "InSegment",
    "Insights",
    "Invitations",
    "Journal",
    "KeptOff",
    "Known",
    "Lead",
    "LinkCount",
    "Links",
    "Mailbox",
    "Mailed",
    "Named",
    "Page",
    "PastEdition",
    "PastStory",
    "People",
    "PictureAsked",
    "PictureKept",
    "Pictures",
    "Presence",
    "Progress",
    "Queued",
    "Readers",
    "ReadingLinks",
    "Refusals",
    "Remembered",
    "Resize",
    "Result",
    "Reviews",
    "Search",
    "Segments",
    "Session",
    "SourceState",
    "Staging",
    "Store",
    "Tally",
    "Task",
    "Tasks",
    "Tellings",
    "Told",
    "Transport",
    "Usage",
    "Vectors",
    "Watch",
    "Webhooks",
    "Work",
    "Worker",
    "unheard",
]
