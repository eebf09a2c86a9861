"""One look a person: no index of deliveries by subscriber.

Planning filled a page of it for each person, and took half as long again with fifty editions behind it. Whoever asks
for one person's deliveries asks for each edition by its key.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the schema forward."""
    op.drop_index("ix_delivery_subscriber", "delivery")
