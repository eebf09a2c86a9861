"""Reading links, and what people said by them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from digest.store.tables.base import Utc, metadata

reading = Table(
    "reading",
    metadata,
    # the token itself is in one person's link and nowhere else: who reads the database cannot open it
    Column("key", String(64), primary_key=True, comment="SHA-256 of the token"),
    Column("edition", String, ForeignKey("edition.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, comment="whom it is for"),
    Column("made_by", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", Text, nullable=False, server_default=""),
    # what somebody may read, and who let them, is known by name
    CheckConstraint("name <> '' AND made_by <> ''", name="names"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by = '')", name="withdrawn"),
)

comment = Table(
    "comment",
    metadata,
    Column("id", String, primary_key=True),
    Column("edition", String, ForeignKey("edition.id"), nullable=False, index=True),
    Column("reading", String(64), ForeignKey("reading.key"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("step", Integer, nullable=False, comment="the content that was read"),
    Column("story", String, nullable=False, comment="the story it is about; empty: the edition"),
    Column("text", Text, nullable=False),
    Column("settled_at", Utc),
    Column("settled_by", Text, nullable=False, server_default=""),
    # whoever has a link can fill no disk
    CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text"),
    CheckConstraint("(settled_at IS NULL) = (settled_by = '')", name="settled"),
)
