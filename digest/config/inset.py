"""One setting is written into the text of digest.toml, written anew, or taken out; all other bytes stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from digest.config.edges import (
    CannotSplice,
    changed,
    elements,
    has_own_line,
    indent,
    into_array,
    line_end,
    line_end_of,
    line_start,
    out_of_array,
    pairs,
)
from digest.config.lines import Lines, ValuePath
from digest.config.spelling import key_of, pair, spelled
from digest.config.splice import last_of_the_top, standing_under, under_the_newsletter, without_table


def revalued(text: str, path: ValuePath, old: object, new: object) -> str:
    """Return the text in which a setting says another value, or is not there.

    path: keys and positions down to it; old: what is there now; new: what is to stand there; None, which is no value
    of TOML, is nothing. Of tables and lists only what differs is touched. Raises CannotSplice; ValueError and TypeError
    for values that TOML cannot hold.
    """
    if same(old, new):
        return text
    if new is None:
        return _without(text, path)
    if isinstance(old, Mapping | None) and isinstance(new, Mapping):
        was = old or {}
        for key in [*was, *(key for key in new if key not in was)]:
            text = revalued(text, (*path, key), was.get(key), new.get(key))
        return text
    if isinstance(old, list) and isinstance(new, list):
        return _relisted(text, path, old, new)
    return _with(text, path, new)


def same(one: object, other: object) -> bool:
    """Tell whether TOML would write two values alike: it tells true from 1, and 1 from 1.0, and Python does not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def _relisted(text: str, path: ValuePath, old: Sequence[object], new: Sequence[object]) -> str:
    """Take out of an array what is gone and put in what is new; write all of it anew where that is not enough."""
    kept = [place for place, one in enumerate(old) if one in new]
    more = new[len(kept) :]
    if [old[place] for place in kept] + list(more) != list(new) or not new:
        return _with(text, path, new)
    for place in reversed([place for place in range(len(old)) if place not in kept]):
        data = text.encode()
        text = changed(data, out_of_array(data, _found(text, (*path, place))))
    for one in more:
        data = text.encode()
        text = changed(data, into_array(data, _value(_found(text, path)), spelled(one).encode()))
    return text


def _with(text: str, path: ValuePath, value: object) -> str:
    data = text.encode()
    lines = Lines(text)
    node = lines.node(path)
    if node is not None:
        return changed(data, [_instead(data, node, value)])
    *around, key = path
    table = tuple(around)
    home = lines.node(table) if table else None
    if isinstance(key, int):
        raise CannotSplice
    if home is not None and home.type in ("pair", "inline_table"):
        return changed(data, into_array(data, _value(home), pair(key, value).encode()))
    if home is not None:
        return _into_table(data, home, key, value)
    if not table:
        return _at_the_top(data, lines, key, value)
    dotted = [(one, node) for one, node in lines.inside(table) if node.type == "pair"]
    if dotted:
        return _beside(data, *dotted[-1], table, key, value)
    return _new_table(data, lines, table, key, value)


def _instead(data: bytes, node: Node, value: object) -> tuple[int, int, bytes]:
    """Exchange a value for another, in the way the old one was laid out."""
    if node.type in ("table", "table_array_element"):
        raise CannotSplice
    was = _value(node)
    in_lines = _stands_free(node) and isinstance(value, str)
    written = spelled(value, inline=not in_lines).encode()
    items = elements(was) if was.type == "array" else []
    if isinstance(value, list) and value and items and has_own_line(data, items[0]):
        ending, deep = line_end_of(data), indent(data, items[0])
        body = b"".join(ending + deep + spelled(one).encode() + b"," for one in value)
        written = b"[" + body + ending + indent(data, node) + b"]"
    return was.start_byte, was.end_byte, written.replace(b"\n", line_end_of(data)) if in_lines else written


def _into_table(data: bytes, table: Node, key: str, value: object) -> str:
    """Write a line under the last of a table, or under its heading."""
    inside = pairs(table)
    above = inside[-1] if inside else table
    last = inside[-1].named_children[1] if inside else table.named_children[0]
    return _line_below(data, last.end_byte, indent(data, above), pair(key, value, inline=False))


def _at_the_top(data: bytes, lines: Lines, key: str, value: object) -> str:
    top = lines.top()
    if not top:
        return changed(data, [(0, 0, pair(key, value).encode() + line_end_of(data) * 2)])
    return _line_below(data, top[-1].end_byte, indent(data, top[-1]), pair(key, value, inline=False))


def _beside(data: bytes, path: ValuePath, node: Node, table: ValuePath, key: str, value: object) -> str:
    """Write a.c beside a.b, where a table stands in no other way."""
    names = _names(node.named_children[0])
    written = ".".join([*names[: len(names) - (len(path) - len(table))], key_of(key)])
    if written == key_of(key):
        raise CannotSplice
    line = f"{written} = {spelled(value)}"
    if node.parent is not None and node.parent.type == "inline_table":
        return changed(data, into_array(data, node.parent, line.encode()))
    return _line_below(data, node.end_byte, indent(data, node), line)


def _new_table(data: bytes, lines: Lines, table: ValuePath, key: str, value: object) -> str:
    """Write the table in which the setting stands, since there is none yet."""
    owner = table[:-1]
    heading = ".".join(key_of(part) for part in table if isinstance(part, str))
    ending = line_end_of(data)
    block = f"[{heading}]".encode() + ending
    block += pair(key, value, inline=False).encode().replace(b"\n", ending) + ending
    if not owner:
        return standing_under(data, last_of_the_top(lines), block)
    is_newsletter = owner[0] == "newsletters" and len(owner) == 2
    home = lines.node(owner)
    if is_newsletter and home is not None and home.type == "table_array_element":
        return standing_under(data, under_the_newsletter(lines, owner, ""), block)
    # a table in an entry of a list is short: it stands in one line
    return _with(data.decode(), table, {key: value})


def _line_below(data: bytes, at: int, deep: bytes, line: str) -> str:
    ending = line_end_of(data)
    end = line_end(data, at)
    begin = b"" if data[:end].endswith(b"\n") else ending
    return changed(data, [(end, end, begin + deep + line.encode().replace(b"\n", ending) + ending)])


def _without(text: str, path: ValuePath) -> str:
    while inside := Lines(text).inside(path):
        _, node = inside[0]
        data = text.encode()
        if node.type in ("table", "table_array_element"):
            start, end, _ = without_table(data, node)
            text = changed(data, [(start, end, b"")])
        elif node.type == "pair" and _stands_free(node):
            text = changed(data, [(line_start(data, node.start_byte), line_end(data, node.end_byte), b"")])
        else:
            text = changed(data, out_of_array(data, node))
    return text


def _stands_free(node: Node) -> bool:
    """Tell whether a pair has its own line, in a table or at the top, and not in an inline table."""
    return node.type == "pair" and node.parent is not None and node.parent.type != "inline_table"


def _found(text: str, path: ValuePath) -> Node:
    node = Lines(text).node(path)
    if node is None:
        raise CannotSplice
    return node


def _value(node: Node) -> Node:
    return node.named_children[1] if node.type == "pair" else node


def _names(key: Node) -> list[str]:
    """Return the parts of a dotted key as they are spelled."""
    if key.type == "dotted_key":
        return [name for child in key.named_children for name in _names(child)]
    return [(key.text or b"").decode()]
