"""Watch: whether anybody changed whom mail may go to, asked for a few microseconds."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class SqliteWatch:
    """Looks at SQLite's own mark of commits (PRAGMA data_version), and after one at what triggers have counted
    (domain/ports, Watch).
    """

    def __init__(self, path: Path, counter: str = "change") -> None:
        """counter: the table whose one row is counted up."""
        # a transport asks from threads of its own
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._asked = f"SELECT number FROM {counter}"  # noqa: S608 (a table's name from this program)
        self._commits = self._changes = -1

    def changed(self) -> bool:
        """Tell whether it changed since it was asked last; the first time it did.

        Where it cannot tell, it did: whoever looks then is told by the database what is wrong.
        """
        if not self._lock.acquire(blocking=False):
            # another line asks this very moment, and acts upon what it hears
            return False
        try:
            try:
                [commits] = self._connection.execute("PRAGMA data_version").fetchone()
                if commits == self._commits:
                    return False
                [changes] = self._connection.execute(self._asked).fetchone()
            except sqlite3.Error:
                self._commits = self._changes = -1
                return True
            before, self._commits, self._changes = self._changes, commits, changes
            return bool(changes != before)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Look no more."""
        self._connection.close()
