"""Pictures of stories, and what asking for them came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "picture_asked",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column(
            "next_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it may be asked again; none where it never is",
        ),
        sa.CheckConstraint(
            "CASE WHEN failures > 0 THEN fault <> '' ELSE next_at IS NULL END", name=op.f("ck_picture_asked_failing")
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_picture_asked")),
    )
    op.create_table(
        "picture",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["address"], ["picture_asked.address"], name=op.f("fk_picture_address")),
        sa.PrimaryKeyConstraint("address", "shape", name=op.f("pk_picture")),
    )
    op.create_index(op.f("ix_picture_name"), "picture", ["name"])
