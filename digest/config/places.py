"""Places in digest.toml as people name them: entries of lists by their id, where they have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from digest.config.lines import ValuePath
from digest.domain.errors import NotFound

#: keys, and of lists the ids of their entries (positions from 0 where these have none), from the top of the file
Place = tuple[str | int, ...]


def path_of(raw: Any, place: Place) -> ValuePath:
    """Return keys and positions that lead to a place; the last keys need not be there yet.

    raw: what the file says. Raises NotFound where an entry of a list is not there.
    """
    path: ValuePath = ()
    for part in place:
        at = value_at(raw, path)
        path = (*path, _position(at, part) if isinstance(at, list) else part)
    return path


def value_at(raw: Any, path: ValuePath) -> Any:
    """Return what the file says at a path; None where it says nothing."""
    at = raw
    for part in path:
        try:
            at = at[part]
        except (LookupError, TypeError):
            return None
    return at


def shown_at(workspace: object, path: ValuePath) -> Any:
    """Return what holds at a path, with what the program takes where the file says nothing, as TOML's own types."""
    at: Any = workspace
    for part in path:
        try:
            at = getattr(at, part) if is_dataclass(at) and isinstance(part, str) else at[part]
        except (LookupError, TypeError, AttributeError):
            return None
    return plain(at)


def plain(value: Any) -> Any:
    """Return a value as TOML has it: lists for tuples, tables for the domain's types."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def identified(entries: object) -> list[str] | None:
    """Return the ids of a list's entries; None where not all of them have one of their own."""
    if not isinstance(entries, list) or not entries:
        return None
    ids = [one.get("id") if isinstance(one, Mapping) else None for one in entries]
    named = [one for one in ids if isinstance(one, str)]
    return named if len(set(named)) == len(ids) else None


def _position(entries: list[Any], part: str | int) -> int:
    if isinstance(part, int) and 0 <= part < len(entries):
        return part
    for number, one in enumerate(entries):
        if isinstance(one, Mapping) and one.get("id") == part:
            return number
    raise NotFound(f"“{part}” is not in digest.toml any more.", "Open the page again to see what is there.")
