"""Webhooks have owners by their ids, and end with their accounts; one whose owner has left goes on without."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"


def upgrade() -> None:
    """Bring the schema forward."""
    # nothing is written anew: what was made before has no owner but by its name
    op.execute("ALTER TABLE webhook ADD COLUMN staff VARCHAR CONSTRAINT fk_webhook_staff REFERENCES staff (id)")
    op.create_index(op.f("ix_webhook_staff"), "webhook", ["staff"])
    # no two accounts bear the same name; one of that name that is younger than the webhook is somebody else's
    op.get_bind().execute(
        sa.text(
            "UPDATE webhook SET staff = (SELECT staff.id FROM staff "
            "WHERE staff.name = webhook.who AND staff.created_at <= webhook.made_at)"
        )
    )
