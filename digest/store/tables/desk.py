"""The desk: staff, the browsers in which they are logged in, and one-time links."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, Text

from digest.domain.model import Opens
from digest.store.tables.base import Utc, metadata, one_of

staff = Table(
    "staff",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    # one address is one person, however its letters are written
    Column("folded", Text, nullable=False, unique=True, comment="the address in small letters"),
    Column("phrase", Text, nullable=False, comment="Argon2id of the pass phrase"),
    Column("created_at", Utc, nullable=False),
)

sitting = Table(
    "sitting",
    metadata,
    # the token itself is in one browser and nowhere else: who reads the database cannot log in with it
    Column("key", String(64), primary_key=True, comment="SHA-256 of the token"),
    Column("staff", String, ForeignKey("staff.id"), nullable=False, index=True),
    Column("begun_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("secret", String(64), nullable=False, comment="what the tokens of its forms are made with"),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("key", String(64), primary_key=True, comment="SHA-256 of the token"),
    Column("opens", String, nullable=False),
    Column("staff", String, nullable=False, comment="whose pass phrase it changes"),
    Column("ends_at", Utc, nullable=False),
    Column("used_at", Utc),
    CheckConstraint(one_of("opens", Opens), name="opens"),
    CheckConstraint("(opens = 'first') = (staff = '')", name="whose"),
)
