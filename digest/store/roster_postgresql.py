"""Staging in PostgreSQL: what it does otherwise than SQLite (roster.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from digest.domain.ports.roster import StagedBatch
from digest.store.roster import PLACE, ROW, SqlStaging

#: columns that are no text
_KINDS = {
    "line": "bigint PRIMARY KEY",
    "staged_place": "bigint",
    "tags": "json",
    "fields": "json",
    "themes": "json",
    "consent_at": "timestamptz",
    "joined_at": "timestamptz",
    "paused_until": "timestamptz",
}
_TEXT = 'text COLLATE "C"'


def _columns(names: str) -> str:
    return ", ".join(f"{name} {_KINDS.get(name, _TEXT)}" for name in names.split(", "))


class CopiedStaging(SqlStaging):
    """A file's rows, held beside a database of PostgreSQL (domain/ports, Staging)."""

    tables = (
        f"CREATE TEMP TABLE staged ({_columns(ROW)})",
        f"CREATE TEMP TABLE staged_place (number bigint PRIMARY KEY, {_columns(PLACE)})",
        f"CREATE TEMP TABLE judged ({_columns('line, id, fate, off, file_row, staged_place')})",
        f"CREATE TEMP TABLE counted ({_columns('fate, off, staged_place')}, people bigint)",
    )
    new_id = (
        "lpad(to_hex(staged.line * CAST(:step AS bigint) + "
        "CAST(floor(random() * CAST(:step AS bigint)) AS bigint) % :most), 16, '0')"
    )
    day = "to_char(joined_at, 'YYYY-MM-DD')"
    # to leave an index out would keep everybody from reading until the end
    fills_sorted = False

    def add(self, batch: StagedBatch) -> None:
        """Hold more rows."""
        # begins a transaction, where none is
        self._run("SELECT 1")
        self._copy("staged_place", ((number, *place) for number, place in batch.places))
        self._copy("staged", batch.rows)

    def _copy(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        raw = self._connection.connection.driver_connection
        assert raw is not None
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _prepare(self) -> None:
        """Let the connection hold many rows."""
        self._connection.exec_driver_sql("SET temp_buffers = '32MB'")

    def _index(self) -> None:
        """Let rows be found by address; of several with the same only the first stays."""
        super()._index()
        # the server does not look by itself at tables that only one connection sees
        for table in ("staged", "staged_place"):
            self._run(f"ANALYZE {table}")
