"""Who sends is a row of its own, and says how long its journal is; the mark of a body stands in the journal.

People and deliveries lie in the order of their ids from now on. SQLite cannot change that, so those tables are made
anew, the children first: a parent that is dropped must have none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

#: what is kept of each table, in its order
_SUBSCRIBER = "id, comparable, address, first_name, last_name, tags, fields, suppression_key"
_SUBSCRIPTION = "subscriber, newsletter, state, themes, cadence, consent_source, consent_at, paused_until"
_DELIVERY = "edition, subscriber, segment, variant, wave, state, reason, attempts, next_at, settled_at, reply"


def upgrade() -> None:
    """Bring the schema forward."""
    # there was no journal before: a mark in the row says what was begun, and no version that writes one is running
    op.execute(
        "UPDATE delivery SET state = 'unknown', settled_at = started_at, reason = 'the program stopped after it had "
        "begun this message and before it knew the answer' WHERE state = 'claimed' AND started_at IS NOT NULL"
    )
    op.execute("UPDATE delivery SET state = 'pending' WHERE state = 'claimed'")
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table("change", sa.Column("number", sa.Integer(), nullable=False))
    op.execute("INSERT INTO change (number) VALUES (0)")
    for name, columns in (("delivery", _DELIVERY), ("subscription", _SUBSCRIPTION), ("subscriber", _SUBSCRIBER)):
        op.execute(f"CREATE TABLE old_{name} AS SELECT {columns} FROM {name}")  # noqa: S608 (all of it stands here)
        op.drop_table(name)
    _make()
    for name, columns, order in (
        ("subscriber", _SUBSCRIBER, "id"),
        ("subscription", _SUBSCRIPTION, "subscriber, newsletter"),
        ("delivery", _DELIVERY, "edition, subscriber"),
    ):
        copy = f"SELECT {columns} FROM old_{name} ORDER BY {order}"  # noqa: S608 (all of it stands here)
        op.execute(f"INSERT INTO {name} ({columns}) {copy}")
        op.drop_table(f"old_{name}")
    op.create_index(op.f("ix_subscriber_suppression_key"), "subscriber", ["suppression_key"])
    for name, indexed, condition in (
        ("ix_delivery_pending", ["edition", "wave", "next_at"], "state = 'pending'"),
        ("ix_delivery_claimed", ["worker", "claim"], "state = 'claimed'"),
        ("ix_delivery_early", ["edition"], "wave < 2"),
    ):
        op.create_index(name, "delivery", indexed, sqlite_where=sa.text(condition))
    op.create_index("ix_delivery_subscriber", "delivery", ["subscriber"])

    for name, event in (
        ("edition", "UPDATE OF state"),
        ("subscription", "UPDATE OF state, paused_until"),
        ("suppression", "INSERT"),
    ):
        count = "BEGIN UPDATE change SET number = number + 1; END"
        op.execute(f"CREATE TRIGGER count_{name} AFTER {event} ON {name} {count}")


def _make() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("comparable", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("suppression_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("comparable", name=op.f("uq_subscriber_comparable")),
        sqlite_with_rowid=False,
    )
    states = "'pending', 'active', 'unsubscribed', 'bounced', 'complained', 'erased'"
    op.create_table(
        "subscription",
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("consent_source", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True)),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_subscription_state")),
        sa.CheckConstraint(
            "state <> 'active' OR (consent_source <> '' AND consent_at IS NOT NULL)",
            name=op.f("ck_subscription_consent"),
        ),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_subscription_subscriber")),
        sa.PrimaryKeyConstraint("subscriber", "newsletter", name=op.f("pk_subscription")),
        sqlite_with_rowid=False,
    )
    states = "'pending', 'claimed', 'sent', 'failed', 'unknown', 'skipped'"
    op.create_table(
        "delivery",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String()),
        sa.Column("claim", sa.Integer()),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("reply", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_delivery_state")),
        sa.CheckConstraint(
            "state <> 'claimed' OR (worker IS NOT NULL AND claim IS NOT NULL)", name=op.f("ck_delivery_claim")
        ),
        sa.CheckConstraint("state <> 'pending' OR worker IS NULL", name=op.f("ck_delivery_free")),
        sa.CheckConstraint("state = 'skipped' OR variant <> ''", name=op.f("ck_delivery_variant")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_delivery_edition")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_delivery_subscriber")),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=op.f("fk_delivery_worker")),
        sa.PrimaryKeyConstraint("edition", "subscriber", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
