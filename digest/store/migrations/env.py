"""Alembic's entry: runs the migrations on the connection that store/database.py hands over."""

from __future__ import annotations

from alembic import context

from digest.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with connection.begin(), context.begin_transaction():
    context.run_migrations()
