"""Staff find people by how their names begin, and those of a state; nobody's row is written anew for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Bring the schema forward."""
    for name in ("first", "last"):
        op.execute(
            f"ALTER TABLE subscriber ADD COLUMN {name}_folded TEXT GENERATED ALWAYS AS (lower({name}_name)) VIRTUAL"
        )
        op.create_index(op.f(f"ix_subscriber_{name}_folded"), "subscriber", [f"{name}_folded"])
    apart = sa.text("state <> 'active'")
    op.create_index("ix_subscription_apart", "subscription", ["newsletter", "state"], sqlite_where=apart)
