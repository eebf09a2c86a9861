"""How many messages each mail server took, by minute: what it may take in a day is remembered over restarts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "usage",
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.CheckConstraint("messages > 0", name=op.f("ck_usage_messages")),
        sa.PrimaryKeyConstraint("server", "minute", name=op.f("pk_usage")),
    )
