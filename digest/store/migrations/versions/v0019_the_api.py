"""Programs use the API with tokens of their own; what happens is told to webhooks, written down by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
_WANTED = (
    "FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_each(webhook.events) AS one WHERE one.value"
)
_ID = "'msg_' || lower(hex(randomblob(16)))"
_OF_EDITION = "INSERT INTO webhook_message (id, webhook, event, edition, newsletter)"
_MADE = "CASE NEW.state WHEN 'draft' THEN 'edition.drafted' ELSE 'edition.' || NEW.state END"
_MOVED = (
    "CASE NEW.state WHEN 'draft' THEN 'edition.approval_taken_back' "
    "WHEN 'sending' THEN CASE OLD.state WHEN 'paused' THEN 'edition.resumed' ELSE 'edition.sending' END "
    "ELSE 'edition.' || NEW.state END"
)
_ENDED = "CASE NEW.state WHEN 'active' THEN 'subscriber.confirmed' ELSE 'subscriber.' || NEW.state END"
_TRIGGERS = (
    f"CREATE TRIGGER tell_made AFTER INSERT ON edition WHEN NEW.state IN ('draft', 'skipped', 'missed') BEGIN "
    f"{_OF_EDITION} SELECT {_ID}, webhook.id, {_MADE}, NEW.id, NEW.newsletter {_WANTED} = {_MADE}); END",
    "CREATE TRIGGER tell_moved AFTER UPDATE OF state ON edition WHEN OLD.state <> NEW.state "
    "AND NEW.state <> 'holding' AND NOT (OLD.state = 'holding' AND NEW.state = 'approved') BEGIN "
    f"{_OF_EDITION} SELECT {_ID}, webhook.id, {_MOVED}, NEW.id, NEW.newsletter {_WANTED} = {_MOVED}); END",
    "CREATE TRIGGER tell_event AFTER INSERT ON event BEGIN UPDATE webhook_message "
    "SET at = NEW.at, who = NEW.who, why = NEW.why WHERE edition = NEW.edition AND at IS NULL; END",
    "CREATE TRIGGER tell_place AFTER UPDATE OF state ON subscription WHEN OLD.state <> NEW.state "
    "AND NEW.state <> 'pending' BEGIN INSERT INTO webhook_message (id, webhook, event, at, newsletter, subscriber) "
    f"SELECT {_ID}, webhook.id, {_ENDED}, coalesce(NEW.ended_at, {_NOW}), NEW.newsletter, NEW.subscriber "
    f"{_WANTED} = {_ENDED}); END",
)


def upgrade() -> None:
    """Bring the schema forward."""
    _make_tokens()
    _make_webhooks()
    for trigger in _TRIGGERS:
        # what stands after a colon is a format of time here, and no place to be filled in
        op.get_bind().exec_driver_sql(trigger)


def _make_tokens() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("name <> ''", name=op.f("ck_api_token_name")),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_api_token_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("key", name=op.f("uq_api_token_key")),
    )
    op.create_index(op.f("ix_api_token_staff"), "api_token", ["staff"])
    op.create_table(
        "api_replay",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["token"], ["api_token.id"], name=op.f("fk_api_replay_token")),
        sa.PrimaryKeyConstraint("token", "key", name=op.f("pk_api_replay")),
    )
    op.create_index(op.f("ix_api_replay_at"), "api_replay", ["at"])


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("with_addresses", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("both_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("last_success", sa.DateTime(timezone=True)),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("fault", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("who <> ''", name=op.f("ck_webhook_who")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("webhook", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("edition", sa.String()),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String()),
        sa.Column("who", sa.Text(), nullable=False, server_default=""),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("first_try", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(edition IS NULL) <> (subscriber IS NULL)", name=op.f("ck_webhook_message_about")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_webhook_message_edition")),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name=op.f("fk_webhook_message_subscriber"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["webhook"], ["webhook.id"], name=op.f("fk_webhook_message_webhook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
    )
    for column in ("edition", "subscriber", "webhook"):
        op.create_index(op.f(f"ix_webhook_message_{column}"), "webhook_message", [column])
    waiting = sa.text("given_up_at IS NULL")
    op.create_index("ix_webhook_message_open", "webhook_message", ["next_at"], sqlite_where=waiting)
