"""What the jobs need of the world, as Protocols. app.py hands the adapters in.

A port is as small as its users allow, so that a fake at the edge stays under thirty lines.
"""

from __future__ import annotations

from digest.domain.ports.records import Event, Named, Result, SourceState, Tally, Worker
from digest.domain.ports.store import Deliveries, Editions, Insights, People, Reviews, Session, Store, Vectors
from digest.domain.ports.world import AskArticle, Begin, Clock, Gather, Presence, Progress, Transport

__all__ = [
    "AskArticle",
    "Begin",
    "Clock",
    "Deliveries",
    "Editions",
    "Event",
    "Gather",
    "Insights",
    "Named",
    "People",
    "Presence",
    "Progress",
    "Result",
    "Reviews",
    "Session",
    "SourceState",
    "Store",
    "Tally",
    "Transport",
    "Vectors",
    "Worker",
]
