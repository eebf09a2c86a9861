"""Readers: what they ask for, agree to and are mailed one by one; what came back; how often links were followed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from digest.domain.model import Agreed, DeliveryState, NoticeKind
from digest.store.dialects import POSTGRESQL
from digest.store.tables.base import Utc, metadata, one_of, only

#: 32 bits without a sign, for which PostgreSQL's usual integer is too small
_UNSIGNED = Integer().with_variant(BigInteger(), POSTGRESQL)

consent = Table(
    "consent",
    metadata,
    # rows are added and never changed: each says what a reader agreed to themself, or that it ended. What a file said
    # of somebody stands with their subscription
    Column("id", Integer, primary_key=True),
    Column("subscriber", String, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("newsletter", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("what", String, nullable=False),
    Column("how", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("remote", String, nullable=False, comment="the network address that asked"),
    CheckConstraint(one_of("what", Agreed), name="what"),
)

asking = Table(
    "asking",
    metadata,
    Column("id", String, primary_key=True),
    Column("newsletter", String, nullable=False),
    Column("comparable", String, nullable=False, index=True),
    Column("address", String, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("themes", JSON, nullable=False),
    Column("cadence", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("remote", String, nullable=False, comment="the network address that asked"),
    Column("at", Utc, nullable=False),
    # looked at, and answered by a mail where it may have one
    Column("handled_at", Utc),
    Column("confirmed_at", Utc),
    Index("ix_asking_new", "at", **only("handled_at IS NULL")),
)

notice = Table(
    "notice",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("newsletter", String, nullable=False),
    Column("subscriber", String, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("asking", String, ForeignKey("asking.id")),
    Column("state", String, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("next_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    # written before its body is begun: what has it and no answer may have been mailed, and is not mailed again
    Column("claimed_at", Utc),
    Column("settled_at", Utc),
    Column("reply", Text, nullable=False, server_default=""),
    CheckConstraint(one_of("state", DeliveryState), name="state"),
    CheckConstraint(one_of("kind", NoticeKind), name="kind"),
    CheckConstraint("state <> 'claimed' OR claimed_at IS NOT NULL", name="claim"),
    Index("ix_notice_waiting", "next_at", **only("state IN ('pending', 'claimed')")),
    Index("ix_notice_made", "kind", "made_at"),
)

feedback = Table(
    "feedback",
    metadata,
    # a report counts once, however often its message is read
    Column("key", String(64), primary_key=True, comment="SHA-256 of the message and whom it is about"),
    Column("at", Utc, nullable=False),
    Column("subscriber", String, ForeignKey("subscriber.id"), index=True),
    Column("newsletter", String, nullable=False),
    Column("edition", String, nullable=False),
    Column("kind", String, nullable=False, comment="hard, soft, complaint, left"),
    Column("status", String, nullable=False, comment="RFC 3463"),
    Column("how", Text, nullable=False, comment="by which way it came"),
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("name", String, primary_key=True),
    # where the reading of an IMAP folder goes on (RFC 9051 2.3.1.1); up to 2³² - 1
    Column("validity", _UNSIGNED, nullable=False),
    Column("last", _UNSIGNED, nullable=False),
)

click = Table(
    "click",
    metadata,
    # how often a link was followed on a day, and by nobody in particular
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("link", Text, primary_key=True),
    Column("day", String(10), primary_key=True, comment="2026-11-24, in UTC"),
    Column("clicks", Integer, nullable=False),
    CheckConstraint("clicks > 0", name="clicks"),
)
