"""What staff decide about themes, stories at the top by hand, and vectors of texts that were compared before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("placement") as table:
        table.add_column(sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "reviewed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("insight", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("before", sa.String(), nullable=False, comment="the theme it stood under"),
        sa.Column("checked", sa.Boolean(), nullable=False, comment="it was marked there: check this"),
        sa.Column("theme", sa.String(), nullable=False),
        sa.CheckConstraint("who <> ''", name=op.f("ck_reviewed_who")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_reviewed_edition")),
        sa.ForeignKeyConstraint(["insight"], ["insight.id"], name=op.f("fk_reviewed_insight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewed")),
    )
    op.create_index(op.f("ix_reviewed_newsletter"), "reviewed", ["newsletter"])
    op.create_table(
        "vector",
        sa.Column("encoder", sa.String(), nullable=False, comment="the weights it was made with"),
        sa.Column("text", sa.String(length=64), nullable=False, comment="SHA-256 of the text"),
        sa.Column("used", sa.DateTime(timezone=True), nullable=False, comment="when it was last needed"),
        sa.Column("numbers", sa.LargeBinary(), nullable=False, comment="little-endian float32"),
        sa.PrimaryKeyConstraint("encoder", "text", name=op.f("pk_vector")),
    )
