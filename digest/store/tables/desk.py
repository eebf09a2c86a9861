"""The desk: staff, the browsers in which they are logged in, links and codes that let them in, and what they did."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from digest.domain.model import Matter, Opens, Role
from digest.store.dialects import spelt
from digest.store.tables.base import Utc, metadata, one_of, only

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
    # whoever is added without a word about it may do least
    Column("role", String, nullable=False, server_default=str(Role.EDITOR)),
    Column("seen_at", Utc),
    # who reads the database alone can make no codes
    Column("factor", Text, nullable=False, server_default="", comment="secret of the second factor, encrypted"),
    # a code that was seen over somebody's shoulder counts no second time
    Column("factor_step", Integer, nullable=False, server_default="0", comment="time step of the last code"),
    CheckConstraint(one_of("role", Role), name="role"),
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
    Column("remote", Text, nullable=False, server_default=""),
    Column("browser", Text, nullable=False, server_default=""),
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

invitation = Table(
    "invitation",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String(64), nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    # one address is invited once
    Column("folded", Text, nullable=False, unique=True, comment="the address in small letters"),
    Column("role", String, nullable=False),
    Column("invited_by", Text, nullable=False),
    Column("invited_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    CheckConstraint(one_of("role", Role), name="role"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    # a code is here until it is used
    Column("key", String(64), primary_key=True, comment="keyed hash of the code"),
    Column("staff", String, ForeignKey("staff.id"), nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False),
    # names, not ids: what somebody did stays theirs when their account is gone
    Column("who", Text, nullable=False),
    Column("matter", String, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("remote", Text, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),
    Column("before", String(64), nullable=False, server_default="", comment="revision of digest.toml"),
    Column("after", String(64), nullable=False, server_default=""),
    CheckConstraint(one_of("matter", Matter), name="matter"),
    CheckConstraint("what <> ''", name="what"),
    CheckConstraint("times >= 1", name="times"),
    # editions have histories of their own, which are shown with these
    CheckConstraint("matter <> 'editions'", name="of_editions"),
    # nobody's address is kept beyond their erasure because somebody did something about them
    CheckConstraint(
        spelt(
            sqlite="instr(what, '@') = 0 AND instr(about, '@') = 0",
            postgresql="strpos(what, '@') = 0 AND strpos(about, '@') = 0",
        ),
        name="addresses",
    ),
    # changes of the settings are few among all that is done
    Index("ix_audit_settings", "at", **only("after <> ''")),
    Index(None, "at"),
)
