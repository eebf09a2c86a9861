"""Who sends is a row of its own, and says how long its journal is; the mark of a body stands in the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the schema forward."""
    # there was no journal before: a mark in the row says what was begun, and no version that writes one is running
    op.execute(
        "UPDATE delivery SET state = 'unknown', settled_at = started_at, reason = 'the program stopped after it had "
        "begun this message and before it knew the answer' WHERE state = 'claimed' AND started_at IS NOT NULL"
    )
    op.execute("UPDATE delivery SET state = 'pending' WHERE state = 'claimed'")
    # whom it was is of no use without a row that says who that is
    op.execute("UPDATE delivery SET worker = NULL, started_at = NULL")
    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index("ix_delivery_edition_state_next_at")
        batch.drop_constraint(op.f("ck_delivery_claim"), type_="check")
        batch.drop_constraint(op.f("ck_delivery_begun"), type_="check")
        for column in ("host", "boot", "pid", "lease", "started_at"):
            batch.drop_column(column)
        batch.add_column(sa.Column("claim", sa.Integer()), insert_after="worker")
        batch.create_foreign_key(op.f("fk_delivery_worker"), "worker", ["worker"], ["id"])
        batch.create_check_constraint(
            op.f("ck_delivery_claim"), "state <> 'claimed' OR (worker IS NOT NULL AND claim IS NOT NULL)"
        )
        batch.create_check_constraint(op.f("ck_delivery_free"), "state <> 'pending' OR worker IS NULL")
        batch.create_index("ix_delivery_edition_state_wave_next_at", ["edition", "state", "wave", "next_at"])
