"""Killed while it changes the form of the database: the form is the old one, and the next start makes the new one."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from digest.store.database import Database

#: kills itself when it makes a table for the so-manieth time
_KILLED = """
import os, signal, sys
from pathlib import Path
from alembic.operations import Operations
from digest.store.database import Database
real, calls = Operations.create_table, 0

def counted(self, *arguments, **words):
    global calls
    calls += 1
    if calls == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, *arguments, **words)

Operations.create_table = counted
Database.open(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("table", [3, 25])
def test_a_database_whose_making_is_killed_is_made_by_the_next_start(tmp_path: Path, table: int) -> None:
    """Fault 68: kill -9 amid a migration."""
    path = tmp_path / "digest.db"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(path), str(table)], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store = Database.open(path)
    with store.reading() as session:
        assert session.editions.every() == []
    store.close()
