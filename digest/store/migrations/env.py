"""Alembic's entry: runs the migrations on the connection that store/migrating.py hands over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from digest.store.tables import metadata

#: columns of text that PostgreSQL would compare by the locale of its database
_BY_LOCALE = (
    "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name <> 'alembic_version' AND is_generated = 'NEVER' "
    "AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
)


def _by_octets(connection: sa.Connection) -> None:
    """Have text of tables that migrations made compared by its octets, so that none of them has to say so."""
    for table, column, kind, most in connection.exec_driver_sql(_BY_LOCALE).all():
        if table not in metadata.tables:
            # what others keep in the same database is theirs
            continue
        of = f"{kind}({most})" if most else kind
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {of} COLLATE "C"')


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with connection.begin(), context.begin_transaction():
    context.run_migrations()
    if connection.dialect.name == "postgresql":
        _by_octets(connection)
