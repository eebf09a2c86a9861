"""Packaged: files of packages that are only read, never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from digest.domain.errors import EncoderError


def file_of(package: str, name: str, what: str) -> Path:
    """Return the path of a file inside an installed package.

    name: its path in the package's folder; what: what it holds, for the message. Raises EncoderError where it is not
    there.
    """
    found = importlib.util.find_spec(package)
    file = Path(found.origin).parent / name if found and found.origin else None
    if file is None or not file.is_file():
        raise EncoderError(f"{what} not installed.")
    return file
