"""Entries go into lists of digest.toml, and out of them, as commands have them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from digest.config import FILE, bytes_of, decoded
from digest.config.change import Act, Add, Remove, change
from digest.config.versions import keep, revision_of


def add_source(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    """Add a source as the last one; return its text."""
    return _changed(folder, Add(to=("newsletters", newsletter, "sources"), values=values))


def remove_source(folder: Path, newsletter: str, source: str) -> str:
    return _changed(folder, Remove(at=("newsletters", newsletter, "sources", source)))


def add_rule(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    return _changed(folder, Add(to=("newsletters", newsletter, "rules"), values=values))


def remove_rule(folder: Path, newsletter: str, number: int) -> str:
    """number: the first is 1."""
    return _changed(folder, Remove(at=("newsletters", newsletter, "rules", number - 1)))


def _changed(folder: Path, act: Act) -> str:
    text = decoded(bytes_of(folder / FILE))
    # as where a page is shown on a full disk: saving will say it
    with suppress(OSError):
        keep(folder, text)
    seen = revision_of(text)
    [entry] = change(folder, seen, [act]).entries
    return entry
