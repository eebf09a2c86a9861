"""What is remembered of a source, so that it is asked politely and read only when it changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("source") as table:
        for name in ("asked_as", "body"):
            table.add_column(sa.Column(name, sa.String(length=64), server_default="", nullable=False))
        table.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("wait_until", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False))
    # what was failing before failed once at least
    op.execute("UPDATE source SET failures = 1 WHERE failing_since IS NOT NULL")
    with op.batch_alter_table("source") as table:
        table.create_check_constraint("failing", "(failures = 0) = (failing_since IS NULL)")
