"""Migrating: a database's schema is brought up to date, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.store.kind import Kind

#: the newest migration; tests hold it against the folder of migrations
HEAD = "0025"


def migrate(kind: Kind) -> None:
    """Bring a database's schema up to date.

    Raises StoreError where the database is newer than this program.
    """
    with kind.engine.connect() as connection:
        found = version(connection)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with kind.migrating() as connection:
        settings.attributes["connection"] = connection
        try:
            if kind.begins_after and not _version_now(connection):
                command.stamp(settings, kind.begins_after)
            command.upgrade(settings, "head")
        except CommandError as fault:
            raise StoreError(
                f"The database {kind.name} was made by a newer version of this program ({found}).",
                "Install that version, or restore a backup made by this one.",
            ) from fault


def _version_now(connection: sa.Connection) -> str:
    """Return what another program has made of it while this one waited for its turn."""
    found = version(connection)
    connection.rollback()
    return found


def version(connection: sa.Connection) -> str:
    """Return the newest migration that a database has had; empty where it is none of this program's."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")
