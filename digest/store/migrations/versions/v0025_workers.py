"""Workers on several machines: who works, whose files count, the mark of the secret, shares of the mail servers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"

_UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "attendance",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("since", _UTC, nullable=False),
        sa.Column("seen", _UTC, nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("refuses", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_table(
        "lead",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", _UTC, nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_lead_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_lead")),
    )
    op.create_table(
        "secret_mark",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_secret_mark_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_secret_mark")),
    )
    op.create_table(
        "share",
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("until", _UTC, nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.CheckConstraint("parts > 0", name=op.f("ck_share_parts")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_share")),
    )
