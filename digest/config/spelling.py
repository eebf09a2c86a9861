"""How a value is written in TOML by this program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import tomlkit


def spelled(value: object, *, inline: bool = True) -> str:
    """Write a value, as it stands behind its key.

    inline: in one line; else texts of several lines stand as they are, between three quotes. Raises ValueError and
    TypeError for values that TOML cannot hold.
    """
    if isinstance(value, Mapping):
        inside = ", ".join(pair(key, one) for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(spelled(one) for one in value)}]"
    if isinstance(value, str) and "\n" in value and "\r" not in value and not inline:
        made = tomlkit.string(value, multiline=True).as_string()
        # a line end right behind the quotes is not part of the text
        return made if value.startswith("\n") else made.replace('"""', '"""\n', 1)
    return tomlkit.item(value).as_string()


def pair(key: str, value: object, *, inline: bool = True) -> str:
    """Write a key with its value; otherwise as `spelled`."""
    return f"{key_of(key)} = {spelled(value, inline=inline)}"


def key_of(key: str) -> str:
    """Write a key, in quotes where it needs them."""
    return tomlkit.key(key).as_string()
