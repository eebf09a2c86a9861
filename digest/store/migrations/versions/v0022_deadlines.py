"""Staff are reminded of a deadline, told that it is over, and that an edition was missed by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_TELLINGS = (
    "telling IN ('ready', 'taken back', 'reminder', 'overdue', 'held', 'missed', 'links', 'paused', 'sent', 'skipped')"
)


def upgrade() -> None:
    """Bring the schema forward."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_told_telling"), "told")
        op.create_check_constraint(op.f("ck_told_telling"), "told", _TELLINGS)
        return
    # SQLite changes no constraint of a table that is there
    op.create_table(
        "told_now",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("telling", sa.String(), nullable=False),
        sa.Column("occasion", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whom", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_TELLINGS, name=op.f("ck_told_telling")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_told_edition")),
        sa.PrimaryKeyConstraint("edition", "telling", "occasion", "whom", name=op.f("pk_told")),
    )
    op.execute(
        "INSERT INTO told_now (edition, telling, occasion, whom, at) "
        "SELECT edition, telling, occasion, whom, at FROM told"
    )
    op.drop_table("told")
    op.rename_table("told_now", "told")
