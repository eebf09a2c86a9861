"""Watch: whether anybody else changed the database, asked for a few microseconds."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class SqliteWatch:
    """Looks at SQLite's own count of commits by other connections (domain/ports, Watch; PRAGMA data_version)."""

    def __init__(self, path: Path) -> None:
        # a transport asks from threads of its own, one at a time
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._seen = -1

    def changed(self) -> bool:
        """Tell whether anybody committed anything since it was asked last; the first time it is."""
        with self._lock:
            [found] = self._connection.execute("PRAGMA data_version").fetchone()
            before, self._seen = self._seen, found
        return bool(found != before)

    def close(self) -> None:
        """Look no more."""
        self._connection.close()
