"""People are found by the beginning of their names, too, of whom there may be a million."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index("ix_subscriber_first_name", "subscriber", [sa.text("lower(first_name)")])
    op.create_index(
        "ix_subscriber_last_name", "subscriber", [sa.text("lower(last_name)"), sa.text("lower(first_name)")]
    )
