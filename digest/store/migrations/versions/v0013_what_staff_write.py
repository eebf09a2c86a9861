"""What staff write in an edition: wordings, places, texts of its own, and every step of it, to be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("edition", sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("edition", sa.Column("written", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("edition", sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("placement", sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("placement", sa.Column("wording", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("approval", sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reviewed", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "step",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.CheckConstraint("turn IN ('edit', 'undo', 'redo')", name=op.f("ck_step_turn")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_step_edition")),
        sa.PrimaryKeyConstraint("edition", "number", name=op.f("pk_step")),
    )
