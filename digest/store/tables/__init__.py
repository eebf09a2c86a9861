"""The schema. What must never be false is a constraint here, with the promise in a comment.

Migrations (store/migrations) are proven equal to it by tests/store/test_migrations.py.
"""

from __future__ import annotations

from digest.store.tables.base import Utc, metadata
from digest.store.tables.mail import COUNTED, change, delivery, worker
from digest.store.tables.news import (
    approval,
    clock,
    edition,
    edition_insight,
    event,
    excluded,
    insight,
    picture,
    picture_asked,
    placement,
    reviewed,
    revision,
    source,
    step,
    usage,
    variant,
    vector,
)
from digest.store.tables.people import growth, roster, subscriber, subscription, suppression
from digest.store.tables.readers import asking, click, consent, feedback, mailbox, notice

__all__ = [
    "COUNTED",
    "Utc",
    "approval",
    "asking",
    "change",
    "click",
    "clock",
    "consent",
    "delivery",
    "edition",
    "edition_insight",
    "event",
    "excluded",
    "feedback",
    "growth",
    "insight",
    "mailbox",
    "metadata",
    "notice",
    "picture",
    "picture_asked",
    "placement",
    "reviewed",
    "revision",
    "roster",
    "source",
    "step",
    "subscriber",
    "subscription",
    "suppression",
    "usage",
    "variant",
    "vector",
    "worker",
]
