"""One spelling is one subscriber by an index, which can be left out while a large list is taken in, and built after."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring the schema forward."""
    # its rows lie in the order of ids, which the copy has to keep
    with op.batch_alter_table("subscriber", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_constraint(op.f("uq_subscriber_comparable"), type_="unique")
        table.create_index(op.f("ix_subscriber_comparable"), ["comparable"], unique=True)
