"""Procrastinate's tables: who opens the database brings them up to date, as it does with the program's own.

Procrastinate writes down nowhere what it was brought up to, so the name of its last migration stands as the comment of
its table of jobs. It keeps its tables compatible within a version; across versions no worker of another version of this
program takes a task (app/in_step.py), so that all of its migrations can be applied at once.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digest.domain.errors import StoreError

_ASK = "SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class'), to_regclass('procrastinate_jobs')"


def is_ready(connection: Any) -> bool:
    """Tell whether the tables are those of the installed version. Raises StoreError where they are newer."""
    found, newest = _found(connection), _migrations()[-1]
    if found > newest:
        raise StoreError(
            "The queue in the database was made by a newer version of Procrastinate.",
            "Install what the lock file of this version of Digest names on every machine, or restore a backup.",
        )
    return found == newest


def prepare(connection: Any) -> None:
    """Make the tables, or bring them up to date."""
    found, known = _found(connection), _migrations()
    behind = [_read("migrations", name) for name in known if name > found]
    # what is new begins with all of them at once
    for text in behind if found else [_read("", "schema.sql")]:
        # a value that one adds to a type can be used only when that is committed
        connection.execute(text)
        connection.commit()
    # a name of a file that comes with the package
    connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{known[-1]}'")
    connection.commit()


def _found(connection: Any) -> str:
    return str(connection.execute(_ASK).fetchone()[0] or "")


def _migrations() -> list[str]:
    return sorted(file.name for file in (_place() / "migrations").glob("*.sql"))


def _read(folder: str, name: str) -> str:
    return (_place() / folder / name).read_text(encoding="utf8")


def _place() -> Path:
    """Return where Procrastinate keeps its SQL. Raises StoreError where it is not installed."""
    # found, and not loaded: that takes a quarter of a second, and every command opens the database
    found = find_spec("procrastinate")
    if found is None or found.origin is None:
        what = "“database” names PostgreSQL, and what keeps tasks in it is not installed."
        raise StoreError(what, "Install it: `pip install 'digest[postgres]'`.")
    return Path(found.origin).parent / "sql"
