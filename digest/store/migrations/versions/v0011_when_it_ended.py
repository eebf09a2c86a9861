"""When a subscription ended: what is known of who left may be forgotten some time after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("subscription", sa.Column("ended_at", sa.DateTime(timezone=True)))
    # the best that is known: when they said so themselves, or the address was kept off
    op.execute(
        "UPDATE subscription SET ended_at = coalesce("
        "(SELECT max(at) FROM consent WHERE consent.subscriber = subscription.subscriber "
        "AND consent.newsletter = subscription.newsletter AND consent.what = 'withdrawn'), "
        "(SELECT at FROM suppression JOIN subscriber ON suppression.key = subscriber.suppression_key "
        "WHERE subscriber.id = subscription.subscriber)) "
        "WHERE state IN ('unsubscribed', 'bounced', 'complained')"
    )
