"""Readers: what they ask for, consent to and are mailed one by one, what came back, and clicks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_STATES = "'pending', 'claimed', 'sent', 'failed', 'unknown', 'skipped'"


def upgrade() -> None:
    """Bring the schema forward."""
    _consent()
    _asking()
    _notice()
    op.create_table(
        "feedback",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subscriber", sa.String()),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_feedback_subscriber")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_subscriber"), "feedback", ["subscriber"])
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("validity", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "click",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.CheckConstraint("clicks > 0", name=op.f("ck_click_clicks")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_click_edition")),
        sa.PrimaryKeyConstraint("edition", "link", "day", name=op.f("pk_click")),
    )


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.CheckConstraint("what IN ('given', 'kept', 'withdrawn')", name=op.f("ck_consent_what")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_consent_subscriber")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_subscriber"), "consent", ["subscriber"])


def _asking() -> None:
    op.create_table(
        "asking",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("comparable", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asking")),
    )
    op.create_index(op.f("ix_asking_comparable"), "asking", ["comparable"])
    op.create_index("ix_asking_new", "asking", ["at"], sqlite_where=sa.text("handled_at IS NULL"))


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("asking", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("reply", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_notice_state")),
        sa.CheckConstraint("kind IN ('confirm', 'known', 'welcome', 'keep')", name=op.f("ck_notice_kind")),
        sa.CheckConstraint("state <> 'claimed' OR claimed_at IS NOT NULL", name=op.f("ck_notice_claim")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_notice_subscriber")),
        sa.ForeignKeyConstraint(["asking"], ["asking.id"], name=op.f("fk_notice_asking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_subscriber"), "notice", ["subscriber"])
    op.create_index("ix_notice_waiting", "notice", ["next_at"], sqlite_where=sa.text("state IN ('pending', 'claimed')"))
    op.create_index("ix_notice_made", "notice", ["kind", "made_at"])
