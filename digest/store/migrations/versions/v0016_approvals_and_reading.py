"""Approvals say which files made the bytes and how they ended; reading links; editions beside the schedule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

#: the last signature of an edition that is approved, or was when it left
_STANDS = """
CREATE TEMPORARY VIEW standing AS
SELECT max(approval.id) AS id FROM approval JOIN edition ON edition.id = approval.edition
WHERE edition.approved_by <> '' GROUP BY approval.edition
"""
_MADE_BY = """
UPDATE approval SET revision = (SELECT revision FROM edition WHERE edition.id = approval.edition)
WHERE id IN (SELECT id FROM standing)
"""
#: the first event after an approval that took it back
_ENDED_BY = """
CREATE TEMPORARY VIEW ending AS
SELECT approval.id AS approval, min(event.id), event.at AS at, event.who AS who, event.why AS why
FROM approval JOIN event ON event.edition = approval.edition
WHERE event.what = 'approval taken back' AND event.at >= approval.at GROUP BY approval.id
"""
_ENDED = """
UPDATE approval SET
    ended_at = coalesce((SELECT at FROM ending WHERE ending.approval = approval.id), at),
    ended_by = coalesce((SELECT who FROM ending WHERE ending.approval = approval.id), ''),
    ended_why = coalesce((SELECT why FROM ending WHERE ending.approval = approval.id), '')
WHERE id NOT IN (SELECT id FROM standing)
"""


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("edition", sa.Column("special", sa.Boolean(), nullable=False, server_default=sa.false()))
    # alembic adds no column that refers to another on SQLite, which can
    op.execute(
        "ALTER TABLE approval ADD COLUMN revision VARCHAR(64) CONSTRAINT fk_approval_revision REFERENCES revision (id)"
    )
    op.add_column("approval", sa.Column("complete", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("approval", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("approval", sa.Column("ended_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("approval", sa.Column("ended_why", sa.Text(), nullable=False, server_default=""))
    _tell_of_old_ones()
    op.create_table(
        "reading",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("name <> '' AND made_by <> ''", name=op.f("ck_reading_names")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by = '')", name=op.f("ck_reading_withdrawn")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_reading_edition")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_edition"), "reading", ["edition"])
    op.create_table(
        "comment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("reading", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_comment_text")),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by = '')", name=op.f("ck_comment_settled")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_comment_edition")),
        sa.ForeignKeyConstraint(["reading"], ["reading.key"], name=op.f("fk_comment_reading")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_edition"), "comment", ["edition"])
    op.create_index(op.f("ix_comment_reading"), "comment", ["reading"])


def _tell_of_old_ones() -> None:
    """Say of approvals from before how they ended, and of those that stand which files made their bytes."""
    for statement in (_STANDS, _MADE_BY, _ENDED_BY, _ENDED, "DROP VIEW ending", "DROP VIEW standing"):
        op.execute(statement)
