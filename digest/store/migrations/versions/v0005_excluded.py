"""Stories that staff took out of a newsletter for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "excluded",
        sa.Column("newsletter", sa.String(), nullable=False),
        sa.Column("insight", sa.String(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.CheckConstraint("who <> ''", name=op.f("ck_excluded_who")),
        sa.ForeignKeyConstraint(["edition"], ["edition.id"], name=op.f("fk_excluded_edition")),
        sa.ForeignKeyConstraint(["insight"], ["insight.id"], name=op.f("fk_excluded_insight")),
        sa.ForeignKeyConstraint(["story"], ["insight.id"], name=op.f("fk_excluded_story")),
        sa.PrimaryKeyConstraint("newsletter", "insight", name=op.f("pk_excluded")),
    )
