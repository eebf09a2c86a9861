"""Passwords: that of a mail server, typed on the desk, lies in .digest/passwords; nobody is shown it again.

It is given to the very server and user that it was typed for, and to no other: whoever writes another address into
digest.toml does not get it sent there.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from digest import config
from digest.config.oauth import FIRST
from digest.domain.errors import Refused
from digest.domain.model import Server

_FOLDER = "passwords"


def kept(folder: Path, name: str, server: Server) -> str:
    """Return the password of a server; empty where none is kept for it. name: its id, empty for [server]."""
    try:
        found = json.loads(_file(folder, name).read_text(encoding="utf8"))
        return str(found["password"]) if found["for"] == server.url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def keep(folder: Path, name: str, server: Server, password: str) -> None:
    """Keep the password of a server, in the place of the one before. Raises Refused where it cannot be written."""
    file = _file(folder, name)
    try:
        config.private(folder)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        config.write_private(file, json.dumps({"for": server.url, "password": password}).encode())
    except OSError as fault:
        what = f"The password could not be kept ({fault.strerror})."
        raise Refused(what, "Type it once more when that is mended; all else is saved.") from fault


def forget(folder: Path, name: str) -> None:
    """Take away what was kept of a server."""
    with suppress(FileNotFoundError):
        _file(folder, name).unlink()


def _file(folder: Path, name: str) -> Path:
    return folder / config.PRIVATE / _FOLDER / f"{name or FIRST}.json"
