"""The schema. What must never be false is a constraint here, with the promise in a comment.

Migrations (store/migrations) are proven equal to this file by tests/store/test_migrations.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.event import listen

from digest.domain.model import DeliveryState, EditionState, SubscriptionState


class Utc(TypeDecorator[datetime]):
    """An aware time, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC on the way in."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone: what comes out is UTC."""
        if value is None:
            return None
        made: datetime = value
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)


def _one_of(column: str, states: type[EditionState] | type[DeliveryState] | type[SubscriptionState]) -> str:
    return f"{column} IN ({', '.join(repr(str(state)) for state in states)})"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
    # any number of schedulers may ring: one edition comes of a slot
    UniqueConstraint("newsletter", "slot"),
    CheckConstraint(_one_of("state", EditionState), name="state"),
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
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", String, primary_key=True),
    # one spelling of an address is one subscriber
    Column("comparable", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("suppression_key", String(64), nullable=False, index=True),
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
    CheckConstraint(_one_of("state", SubscriptionState), name="state"),
    # nobody is active without a consent record
    CheckConstraint("state <> 'active' OR (consent_source <> '' AND consent_at IS NOT NULL)", name="consent"),
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
)

change = Table(
    "change",
    metadata,
    # one row: how often it changed whom mail may go to. Triggers count it, so that no way of changing it is forgotten
    Column("number", Integer, nullable=False),
)
#: event of a table after which it is counted
COUNTED = {
    "edition": "UPDATE OF state",
    "subscription": "UPDATE OF state, paused_until",
    "suppression": "INSERT",
}
_first: Any = DDL("INSERT INTO change (number) VALUES (0)")  # type: ignore[no-untyped-call]
listen(change, "after_create", _first)
_COUNT = "BEGIN UPDATE change SET number = number + 1; END"
for _name, _event in COUNTED.items():
    _trigger: Any = DDL(f"CREATE TRIGGER count_{_name} AFTER {_event} ON {_name} {_COUNT}")  # type: ignore[no-untyped-call]
    listen(metadata, "after_create", _trigger)

worker = Table(
    "worker",
    metadata,
    # a process that sends, for one sending
    Column("id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("boot", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("lease", Utc, nullable=False, comment="until when what it claimed is its own"),
    Column("written", Integer, nullable=False, comment="records that its journal had at least"),
)

delivery = Table(
    "delivery",
    metadata,
    # one promise of one edition to one subscriber, ever
    Column("edition", String, ForeignKey("edition.id"), primary_key=True),
    Column("subscriber", String, ForeignKey("subscriber.id"), primary_key=True),
    Column("segment", String, nullable=False),
    Column("variant", String, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Utc, nullable=False),
    # who has it, or had it last, and in which of its claims
    Column("worker", String, ForeignKey("worker.id")),
    Column("claim", Integer),
    Column("settled_at", Utc),
    Column("reply", Text, nullable=False, server_default=""),
    CheckConstraint(_one_of("state", DeliveryState), name="state"),
    # a claim names who holds it; what is pending is nobody's
    CheckConstraint("state <> 'claimed' OR (worker IS NOT NULL AND claim IS NOT NULL)", name="claim"),
    CheckConstraint("state <> 'pending' OR worker IS NULL", name="free"),
    # who is not skipped has an approved variant
    CheckConstraint("state = 'skipped' OR variant <> ''", name="variant"),
    # a claim takes the first rows of it that are due, and sorts nothing. Each row leaves it when it is claimed
    Index("ix_delivery_pending", "edition", "wave", "next_at", sqlite_where=text("state = 'pending'")),
    Index("ix_delivery_claimed", "worker", "claim", sqlite_where=text("state = 'claimed'")),
    # those who get it before the rest
    Index("ix_delivery_early", "edition", sqlite_where=text("wave < 2")),
    Index("ix_delivery_subscriber", "subscriber"),
    sqlite_with_rowid=False,
)
