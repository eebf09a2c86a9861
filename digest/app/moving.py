"""Moving a workspace's data to PostgreSQL: what is looked at before, and what is written down after it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest import bundle, config
from digest.config import versions
from digest.config.database import faults
from digest.domain.errors import DigestError, Refused
from digest.domain.model import Matter
from digest.domain.ports import Progress
from digest.jobs import audit
from digest.store.database import Database

if TYPE_CHECKING:
    from digest.store.moving import Moved


def move(folder: Path, address: str, who: str, progress: Progress) -> Moved:
    """Move a workspace's data from its file to a database of PostgreSQL, and have digest.toml name that.

    address: as the setting `database` has it; who: for the history; progress: told rows, of all. Raises Refused and
    StoreError as store.moving.move does, DigestError where the address is none, ConfigurationError.
    """
    # what only PostgreSQL needs is loaded only for it
    from digest.store import moving

    loaded = config.load(folder, bundle.templates())
    if loaded.workspace.database:
        raise Refused(
            f"The data of this workspace are in {loaded.workspace.database} already, as digest.toml says.",
            "From one database of PostgreSQL to another they go with its own tools: `pg_dump` and `pg_restore`.",
        )
    for _, what, mend in faults(address, ("database",)):
        raise DigestError(what, mend)
    file, mark = folder / config.DATABASE, folder / config.PRIVATE / "database"
    if not file.exists():
        raise Refused(
            f"There is nothing to move: {file} is not there.",
            f'Write database = "{address}" into digest.toml: the first command makes the tables.',
        )
    password = config.database_password()
    moved = moving.move(file, mark, address, password, progress)
    _name(folder, loaded.files[config.FILE], address)
    _note(address, password, mark, who, moved.name)
    return moved


def _name(folder: Path, text: str, address: str) -> None:
    """Have digest.toml name the database; the version before is kept, as of any change."""
    # it reads TOML in its own way, which takes a twentieth of a second to load
    from digest.config.change import Put, change

    try:
        change(folder, versions.keep(folder, text), [Put(values={"database": address})])
    except (DigestError, OSError) as fault:
        raise DigestError(
            f"All is moved, and digest.toml could not be changed: {fault}",
            f'Write database = "{address}" into its first lines, above the first line with a bracket.',
        ) from fault


def _note(address: str, password: str, mark: Path, who: str, name: str) -> None:
    store = Database.at(address, password, mark)
    with store.writing() as session:
        line = audit.noted(datetime.now(UTC), who, Matter.SETTINGS, "moved all data to PostgreSQL", name)
        session.audit.note(line)
    store.close()
