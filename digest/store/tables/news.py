"""News: sources, insights, editions with their stories, variants and approvals, pictures."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from digest.domain.model import EditionState, Turn
from digest.store.tables.base import Utc, metadata, one_of

revision = Table(
    "revision",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 over the files"),
    Column("at", Utc, nullable=False),
    Column("files", JSON, nullable=False, comment="path -> text"),
)

source = Table(
    "source",
    metadata,
    Column("id", String, primary_key=True),
    Column("etag", Text, nullable=False, server_default=""),
    Column("last_modified", Text, nullable=False, server_default=""),
    Column("last_asked", Utc),
    Column("last_success", Utc),
    Column("last_new", Utc),
    Column("failing_since", Utc),
    Column("fault", Text, nullable=False, server_default=""),
    Column("asked_as", String(64), nullable=False, server_default="", comment="SHA-256 over its settings"),
    Column("body", String(64), nullable=False, server_default="", comment="SHA-256 of what it gave last"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("wait_until", Utc),
    Column("gone", Boolean, nullable=False, server_default=false()),
    # what fails has a beginning
    CheckConstraint("(failures = 0) = (failing_since IS NULL)", name="failing"),
)

insight = Table(
    "insight",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("published", Utc, nullable=False),
    Column("date_from", String, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("categories", JSON, nullable=False),
)

edition = Table(
    "edition",
    metadata,
    Column("id", String, primary_key=True),
    Column("newsletter", String, nullable=False),
    Column("slot", Utc, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("revision", String(64), ForeignKey("revision.id"), nullable=False),
    Column("drafted_at", Utc, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    Column("approved_at", Utc),
    Column("planned_at", Utc),
    Column("step", Integer, nullable=False, server_default="0", comment="how often people changed its content"),
    Column("written", JSON, nullable=False, server_default="{}", comment="what staff wrote beside its stories"),
    Column("left_out", JSON, nullable=False, server_default="[]", comment="stories that somebody left out"),
    Column("special", Boolean, nullable=False, server_default=false(), comment="at a time beside the schedule"),
    Column("corrects", String, ForeignKey("edition.id"), index=True, comment="the edition that it corrects"),
    # any number of schedulers may ring: one edition comes of a slot
    UniqueConstraint("newsletter", "slot"),
    CheckConstraint(one_of("state", EditionState), name="state"),
)

clock = Table(
    "clock",
    metadata,
    Column("newsletter", String, primary_key=True),
    # slots before this are nobody's promise
    Column("since", Utc, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition", String, ForeignKey("edition.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
)

step = Table(
    "step",
    metadata,
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("turn", String, nullable=False),
    Column("of", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("content", JSON, nullable=False, comment="all that people decide about, as it was afterwards"),
    CheckConstraint(one_of("turn", Turn), name="turn"),
)

placement = Table(
    "placement",
    metadata,
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("story", String, ForeignKey("insight.id"), nullable=False),
    Column("theme", String, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("score", Float, nullable=False),
    Column("check", Boolean, nullable=False),
    Column("runner_up", String, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("first_in", String, ForeignKey("edition.id"), comment="the edition it stood in first; none: this one"),
    Column("place", Integer, nullable=False, server_default="0", comment="where a person wants it under its theme"),
    Column("wording", JSON, nullable=False, server_default="{}", comment="what staff wrote in place of its source"),
    # a story stands once in an edition
    UniqueConstraint("edition", "story"),
)

edition_insight = Table(
    "edition_insight",
    metadata,
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("insight", String, ForeignKey("insight.id"), primary_key=True, index=True),
    Column("story", String, ForeignKey("insight.id"), nullable=False),
)

reviewed = Table(
    "reviewed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String, nullable=False, index=True),
    Column("edition", String, ForeignKey("edition.id"), nullable=False),
    Column("insight", String, ForeignKey("insight.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    Column("before", String, nullable=False, comment="the theme it stood under"),
    Column("checked", Boolean, nullable=False, comment="it was marked there: check this"),
    Column("theme", String, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default=false(), comment="it was undone"),
    # what is decided by hand is known by name
    CheckConstraint("who <> ''", name="who"),
)

excluded = Table(
    "excluded",
    metadata,
    Column("newsletter", String, primary_key=True),
    Column("insight", String, ForeignKey("insight.id"), primary_key=True),
    Column("story", String, ForeignKey("insight.id"), nullable=False),
    Column("edition", String, ForeignKey("edition.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    # what is decided by hand is known by name
    CheckConstraint("who <> ''", name="who"),
)

usage = Table(
    "usage",
    metadata,
    Column("server", String, primary_key=True),
    Column("minute", Utc, primary_key=True),
    # as of an outcome (store/tables/following.py)
    Column("part", Integer, primary_key=True, autoincrement=False, server_default="0", comment="whose; 0 in SQLite"),
    Column("messages", Integer, nullable=False),
    CheckConstraint("messages > 0", name="messages"),
)

vector = Table(
    "vector",
    metadata,
    Column("encoder", String, primary_key=True, comment="the weights it was made with"),
    Column("text", String(64), primary_key=True, comment="SHA-256 of the text"),
    Column("used", Utc, nullable=False, comment="when it was last needed"),
    Column("numbers", LargeBinary, nullable=False, comment="little-endian float32"),
)

picture_asked = Table(
    "picture_asked",
    metadata,
    Column("address", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("fault", Text, nullable=False),
    Column("next_at", Utc, comment="when it may be asked again; none where it never is"),
    # what failed says why, and what is held is never asked again
    CheckConstraint("CASE WHEN failures > 0 THEN fault <> '' ELSE next_at IS NULL END", name="failing"),
)

picture = Table(
    "picture",
    metadata,
    # an address gives one picture a shape, for ever: what was signed is what is sent
    Column("address", Text, ForeignKey("picture_asked.address"), primary_key=True),
    Column("shape", String, primary_key=True),
    # two addresses may give the same picture
    Column("name", String, nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("content_type", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

variant = Table(
    "variant",
    metadata,
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("slug", String, primary_key=True),
    Column("segment", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("stories", JSON, nullable=False),
    Column("people", Integer, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition", String, ForeignKey("edition.id"), nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("signed", JSON, nullable=False, comment="[slug, SHA-256, people] of every variant"),
    Column("step", Integer, nullable=False, server_default="0", comment="the content that was signed"),
    Column("revision", String(64), ForeignKey("revision.id"), comment="the files that made the bytes"),
    Column("complete", Boolean, nullable=False, server_default=true(), comment="not the first of two"),
    Column("ended_at", Utc, comment="when it was taken back; none where it stands"),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column("ended_why", Text, nullable=False, server_default=""),
)
