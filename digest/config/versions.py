"""Versions of digest.toml that pages were made from, or that were replaced: kept beside the file, by their hash."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from digest.config import private, write_private

#: what is kept longest is what was used last; a version has some ten thousand bytes
MOST_KEPT = 200


def revision_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text of digest.toml."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep(folder: Path, text: str) -> str:
    """Keep a version of a workspace's digest.toml; return its revision. Raises OSError."""
    revision = revision_of(text)
    file = _folder(folder) / f"{revision}.toml"
    if file.exists():
        os.utime(file)
        return revision
    # who comes while another writes the same version need not write it, too
    with suppress(FileExistsError, FileNotFoundError):
        write_private(file, text.encode())
    _forget(file.parent)
    return revision


def kept(folder: Path, revision: str) -> str | None:
    """Return the text of a version; None where it is not kept, or is not what its name says."""
    if not (revision.isascii() and revision.isalnum()):
        return None
    try:
        text = (_folder(folder) / f"{revision}.toml").read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
    return text if revision_of(text) == revision else None


def _folder(folder: Path) -> Path:
    made = private(folder) / "settings"
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def _forget(folder: Path) -> None:
    def last_used(file: Path) -> float:
        try:
            return file.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    for file in sorted(folder.glob("*.toml"), key=last_used)[:-MOST_KEPT]:
        file.unlink(missing_ok=True)
