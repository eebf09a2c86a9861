"""The database: what may be wrong with where all state lies."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qs, urlsplit

from digest.config.lines import ValuePath

#: the environment variable that holds the password of the database's user
DATABASE_PASSWORD_VARIABLE = "DIGEST_DATABASE_PASSWORD"
_SCHEME = "postgresql+psycopg"
_MEND = f"Write it like {_SCHEME}://digest@db.example.org/digest, or remove the line: then all lies in a file here."


def faults(address: str, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for the address of a database; empty: a file beside the workspace."""
    if not address:
        return
    try:
        parts = urlsplit(address)
        good = parts.scheme == _SCHEME and bool(parts.path.strip("/")) and parts.port != 0
        secret = parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True)
    except ValueError:
        yield at, "What “database” says is no address.", _MEND
        return
    if secret:
        # what follows would show it
        mend = f"Put it into {DATABASE_PASSWORD_VARIABLE} and remove it here."
        yield at, "A password stands in the file.", mend
    elif not good:
        yield at, f"“{address}” is no database that this program knows.", _MEND
    elif not _has_host(parts):
        what = f"“{address}” does not say on which machine the database is."
        yield at, what, "Put the machine's name before the last slash, or ?host=/run/postgresql behind the database."


def _has_host(parts: SplitResult) -> bool:
    return bool(parts.hostname) or "host" in parse_qs(parts.query)
