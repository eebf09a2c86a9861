"""The schema. What must never be false is a constraint here, with the promise in a comment.

Migrations (store/migrations) are proven equal to it by tests/store/test_migrations.py.
"""

from __future__ import annotations

from digest.store.dialects import POSTGRESQL
from digest.store.tables.api import api_replay, api_token, webhook, webhook_message
from digest.store.tables.base import Utc, by_octets, make_with, metadata
from digest.store.tables.desk import audit, invitation, one_time_link, recovery_code, sitting, staff
from digest.store.tables.following import bell, decided, outcome, pace
from digest.store.tables.links import insight_now, link_checked, link_round, told
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
from digest.store.tables.postgresql import TRIGGERS
from digest.store.tables.readers import asking, click, consent, feedback, mailbox, notice
from digest.store.tables.reading import comment, reading
from digest.store.tables.working import attendance, lead, secret_mark, share

__all__ = [
    "COUNTED",
    "Utc",
    "api_replay",
    "api_token",
    "approval",
    "asking",
    "attendance",
    "audit",
    "bell",
    "change",
    "click",
    "clock",
    "comment",
    "consent",
    "decided",
    "delivery",
    "edition",
    "edition_insight",
    "event",
    "excluded",
    "feedback",
    "growth",
    "insight",
    "insight_now",
    "invitation",
    "lead",
    "link_checked",
    "link_round",
    "mailbox",
    "metadata",
    "notice",
    "one_time_link",
    "outcome",
    "pace",
    "picture",
    "picture_asked",
    "placement",
    "reading",
    "recovery_code",
    "reviewed",
    "revision",
    "roster",
    "secret_mark",
    "share",
    "sitting",
    "source",
    "staff",
    "step",
    "subscriber",
    "subscription",
    "suppression",
    "told",
    "usage",
    "variant",
    "vector",
    "webhook",
    "webhook_message",
    "worker",
]

by_octets(metadata)
make_with(metadata, POSTGRESQL, *TRIGGERS)
