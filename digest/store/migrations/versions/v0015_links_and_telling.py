"""Links that are checked, what sources say now of insights that stand in editions, and what staff were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_LINK_STATES = "state IN ('ok', 'gone', 'trouble', 'no host', 'timed out', 'no answer', 'refused')"
_TELLINGS = "telling IN ('ready', 'taken back', 'held', 'links', 'paused', 'sent', 'skipped')"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "link_checked",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(_LINK_STATES, name=op.f("ck_link_checked_state")),
        sa.CheckConstraint("since <= at", name=op.f("ck_link_checked_since")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_link_checked")),
    )
    op.create_table(
        "link_round",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_link_round_edition")),
        sa.PrimaryKeyConstraint("edition", "slot", name=op.f("pk_link_round")),
    )
    op.create_table(
        "insight_now",
        sa.Column("insight", sa.String(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["insight"], ["insight.id"], name=op.f("fk_insight_now_insight")),
        sa.PrimaryKeyConstraint("insight", name=op.f("pk_insight_now")),
    )
    op.create_table(
        "told",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("telling", sa.String(), nullable=False),
        sa.Column("occasion", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whom", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_TELLINGS, name=op.f("ck_told_telling")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_told_edition")),
        sa.PrimaryKeyConstraint("edition", "telling", "occasion", "whom", name=op.f("pk_told")),
    )
