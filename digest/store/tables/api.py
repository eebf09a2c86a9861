"""The API: tokens of programs, answers that may be asked for again, webhooks, and what those are to be told.

Triggers write what happened into `webhook_message`, a row for each webhook that wants to know, in the commit of what
happened itself, whichever code or process made it. Where nobody wants to know, nothing is written.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from digest.store.dialects import SQLITE
from digest.store.tables.base import Utc, make_with, metadata, only

api_token = Table(
    "api_token",
    metadata,
    Column("id", String, primary_key=True),
    # the token itself is in one program and nowhere else: who reads the database can do nothing with it
    Column("key", String(64), nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("name", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    # no token without somebody who answers for it
    Column("staff", String, ForeignKey("staff.id"), nullable=False, index=True),
    Column("made_at", Utc, nullable=False),
    Column("ends_at", Utc),
    Column("used_at", Utc),
    Column("withdrawn_at", Utc),
    CheckConstraint("name <> ''", name="name"),
)

api_replay = Table(
    "api_replay",
    metadata,
    Column("token", String, ForeignKey("api_token.id"), primary_key=True),
    Column("key", String, primary_key=True, comment="Idempotency-Key"),
    Column("request", String(64), nullable=False, comment="SHA-256 of the request"),
    Column("at", Utc, nullable=False, index=True),
    Column("status", Integer, nullable=False, server_default="0", comment="0 until there is an answer"),
    Column("body", Text, nullable=False, server_default=""),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", String, primary_key=True),
    Column("address", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("with_addresses", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    # secrets are made from the workspace's own and this number: a copy of the database signs nothing
    Column("generation", Integer, nullable=False),
    Column("both_until", Utc),
    Column("ended_at", Utc),
    Column("last_success", Utc),
    Column("failing_since", Utc),
    Column("fault", Text, nullable=False, server_default=""),
    # ends with their account; none: it was made with a command by somebody without, or before owners were kept
    Column("staff", String, ForeignKey("staff.id"), index=True),
    CheckConstraint("who <> ''", name="who"),
)

webhook_message = Table(
    "webhook_message",
    metadata,
    # the same at every try: a receiver knows by it what it has
    Column("id", String, primary_key=True),
    Column("webhook", String, ForeignKey("webhook.id"), nullable=False, index=True),
    Column("event", String, nullable=False),
    # of an edition it comes with the line of its history, in the same commit
    Column("at", Utc),
    Column("edition", String, ForeignKey("edition.id"), index=True),
    Column("newsletter", String, nullable=False),
    # an id and no address: that is looked up when it is told, and of who was erased there is none
    Column("subscriber", String, ForeignKey("subscriber.id", ondelete="CASCADE"), index=True),
    Column("who", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("first_try", Utc),
    Column("next_at", Utc, comment="none: at once"),
    Column("given_up_at", Utc),
    CheckConstraint("(edition IS NULL) <> (subscriber IS NULL)", name="about"),
    Index("ix_webhook_message_open", "next_at", **only("given_up_at IS NULL")),
)

_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
_WANTED = (
    "FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_each(webhook.events) AS one WHERE one.value"
)
_ID = "'msg_' || lower(hex(randomblob(16)))"
_OF_EDITION = "INSERT INTO webhook_message (id, webhook, event, edition, newsletter)"
#: what an edition is where it begins, and what its moves are called
_MADE = "CASE NEW.state WHEN 'draft' THEN 'edition.drafted' ELSE 'edition.' || NEW.state END"
_MOVED = (
    "CASE NEW.state WHEN 'draft' THEN 'edition.approval_taken_back' "
    "WHEN 'sending' THEN CASE OLD.state WHEN 'paused' THEN 'edition.resumed' ELSE 'edition.sending' END "
    "ELSE 'edition.' || NEW.state END"
)
_ENDED = "CASE NEW.state WHEN 'active' THEN 'subscriber.confirmed' ELSE 'subscriber.' || NEW.state END"
TELLING = (
    f"CREATE TRIGGER tell_made AFTER INSERT ON edition WHEN NEW.state IN ('draft', 'skipped', 'missed') BEGIN "
    f"{_OF_EDITION} SELECT {_ID}, webhook.id, {_MADE}, NEW.id, NEW.newsletter {_WANTED} = {_MADE}); END",
    # to hold, and to hold no longer, is a step on the way and nothing that others need to know
    "CREATE TRIGGER tell_moved AFTER UPDATE OF state ON edition WHEN OLD.state <> NEW.state "
    "AND NEW.state <> 'holding' AND NOT (OLD.state = 'holding' AND NEW.state = 'approved') BEGIN "
    f"{_OF_EDITION} SELECT {_ID}, webhook.id, {_MOVED}, NEW.id, NEW.newsletter {_WANTED} = {_MOVED}); END",
    # the line of its history comes right after it, and says when, who and why
    "CREATE TRIGGER tell_event AFTER INSERT ON event BEGIN UPDATE webhook_message "
    "SET at = NEW.at, who = NEW.who, why = NEW.why WHERE edition = NEW.edition AND at IS NULL; END",
    # an import inserts: what a list says is news to nobody who wrote it
    "CREATE TRIGGER tell_place AFTER UPDATE OF state ON subscription WHEN OLD.state <> NEW.state "
    "AND NEW.state <> 'pending' BEGIN INSERT INTO webhook_message (id, webhook, event, at, newsletter, subscriber) "
    f"SELECT {_ID}, webhook.id, {_ENDED}, coalesce(NEW.ended_at, {_NOW}), NEW.newsletter, NEW.subscriber "
    f"{_WANTED} = {_ENDED}); END",
)
make_with(metadata, SQLITE, *TELLING)
