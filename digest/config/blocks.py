"""Blocks: pieces of digest.toml for people to paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import tomlkit


def theme(values: Mapping[str, object], remark: str, *, as_remark: bool = False) -> str:
    """Write a theme as a block of digest.toml under a remark; what is empty is left out.

    as_remark: the whole block is one, for somebody to take out what they like.
    """
    written = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}
    block = f"[[newsletters.themes]]\n{tomlkit.dumps(written)}"
    return f"{remarked(remark.splitlines())}{remarked(block.splitlines()) if as_remark else block}"


def remarked(lines: Iterable[str]) -> str:
    """Write lines as remarks of TOML, which know no control characters."""
    return "".join(f"# {''.join(c if c.isprintable() else ' ' for c in line)}\n" for line in lines)
