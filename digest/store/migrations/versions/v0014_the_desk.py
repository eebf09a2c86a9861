"""The desk: staff, the browsers in which they are logged in, and one-time links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("folded", name=op.f("uq_staff_folded")),
    )
    op.create_table(
        "sitting",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name=op.f("fk_sitting_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sitting")),
    )
    op.create_index(op.f("ix_sitting_staff"), "sitting", ["staff"])
    op.create_table(
        "one_time_link",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("opens", sa.String(), nullable=False),
        sa.Column("staff", sa.String(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("opens IN ('first', 'phrase')", name=op.f("ck_one_time_link_opens")),
        sa.CheckConstraint("(opens = 'first') = (staff = '')", name=op.f("ck_one_time_link_whose")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_one_time_link")),
    )
