"""Webhooks have owners by their ids; the history says from which revision of digest.toml to which a change led."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Bring the schema forward."""
    _give_owners()
    for name, comment in (("before", "revision of digest.toml"), ("after", None)):
        op.add_column("audit", sa.Column(name, sa.String(64), nullable=False, server_default="", comment=comment))
    some = sa.text("after <> ''")
    op.create_index("ix_audit_settings", "audit", ["at"], sqlite_where=some, postgresql_where=some)


def _give_owners() -> None:
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
