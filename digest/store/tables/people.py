"""People: subscribers, what they are subscribed to, who must not be mailed."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Computed, ForeignKey, Index, Integer, String, Table, Text

from digest.domain.model import SubscriptionState
from digest.store.tables.base import Utc, metadata, one_of, only

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", String, primary_key=True),
    # one spelling of an address is one subscriber
    # an index and no constraint: one that can be left out while a large list is taken in
    Column("comparable", String, nullable=False, unique=True, index=True),
    Column("address", String, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("suppression_key", String(64), nullable=False, index=True),
    Column("traits", Text, nullable=False, server_default="", comment="what rules compare (domain/traits.py)"),
    # by which staff find people; SQLite folds what is ASCII (store/searching.py)
    Column("first_folded", Text, Computed("lower(first_name)", persisted=False), index=True),
    Column("last_folded", Text, Computed("lower(last_name)", persisted=False), index=True),
    # its rows lie in the order of ids, in which all work is done: pages of a large list are read once
    sqlite_with_rowid=False,
)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber", String, ForeignKey("subscriber.id"), primary_key=True),
    Column("newsletter", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("themes", JSON, nullable=False),
    Column("cadence", String, nullable=False),
    Column("consent_source", Text, nullable=False),
    Column("consent_at", Utc),
    Column("paused_until", Utc),
    Column("traits", Text, nullable=False, server_default="", comment="what rules compare (domain/traits.py)"),
    Column("joined_at", Utc),
    Column("joined_by", Text, nullable=False, server_default=""),
    # a row of the file that is the same as when it was read last takes back nothing that a reader chose since
    Column("file_row", String, nullable=False, server_default="", comment="hash of their row in the file read last"),
    Column("ended_at", Utc, comment="when they came to get no more; none while it lasts"),
    CheckConstraint(one_of("state", SubscriptionState), name="state"),
    # nobody is active without a consent record
    CheckConstraint("state <> 'active' OR (consent_source <> '' AND consent_at IS NOT NULL)", name="consent"),
    # the few of a long list who wait, left, or cannot be mailed. One of everybody would be taken by the statements that
    # go through the whole list in the order of ids, and they would take three times as long
    Index("ix_subscription_apart", "newsletter", "state", **only("state <> 'active'")),
    sqlite_with_rowid=False,
)

suppression = Table(
    "suppression",
    metadata,
    Column("key", String(64), primary_key=True, comment="keyed hash of the address"),
    Column("reason", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

roster = Table(
    "roster",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String, nullable=False, index=True),
    Column("content_hash", String(64), nullable=False),
    Column("at", Utc, nullable=False),
    Column("counts", JSON, nullable=False, server_default="{}", comment="what it came to: word -> people"),
)

growth = Table(
    "growth",
    metadata,
    # counts and nobody's name: they may be kept when a person is erased
    Column("newsletter", String, primary_key=True),
    Column("day", String(10), primary_key=True, comment="2026-11-24, in UTC"),
    Column("what", String, primary_key=True, comment="joined, left, bounced, complained, erased"),
    Column("how", String, primary_key=True, comment="by which way, such as the words of a consent source"),
    Column("people", Integer, nullable=False),
    CheckConstraint("people > 0", name="people"),
)
