"""Where lines, tables and values of a TOML text begin and end, in bytes, and how pieces of it are exchanged."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

#: bytes from, bytes to, and what stands there instead
Exchange = tuple[int, int, bytes]


class CannotSplice(Exception):
    """The file is written in a way that leaves no place for it."""


def changed(data: bytes, exchanges: Iterable[Exchange]) -> str:
    """Return the text with pieces exchanged, and every other byte as it was."""
    made = []
    at = 0
    for start, stop, instead in sorted(exchanges, key=lambda one: one[:2]):
        made += [data[at:start], instead]
        at = stop
    return b"".join([*made, data[at:]]).decode()


def line_end_of(data: bytes) -> bytes:
    """Return how the lines of a text end."""
    return b"\r\n" if b"\r\n" in data else b"\n"


def line_start(data: bytes, at: int) -> int:
    """Return where the line begins that a byte stands in."""
    return data.rfind(b"\n", 0, at) + 1


def line_end(data: bytes, at: int) -> int:
    """Return where the next line begins."""
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found + 1


def rest_of_line(data: bytes, at: int) -> bytes:
    """Return what stands between a byte and the end of its line."""
    return data[at : line_end(data, at)].rstrip(b"\r\n")


def is_remark(rest: bytes) -> bool:
    """Tell whether the rest of a line says nothing, or a remark."""
    return not rest.strip() or rest.lstrip().startswith(b"#")


def has_own_line(data: bytes, node: Node) -> bool:
    """Tell whether nothing stands before a value in its line."""
    return not data[line_start(data, node.start_byte) : node.start_byte].strip()


def indent(data: bytes, node: Node) -> bytes:
    """Return what stands before a value in its line."""
    return data[line_start(data, node.start_byte) : node.start_byte]


def pairs(table: Node) -> list[Node]:
    """Return the keys with their values that stand in a table itself."""
    return [child for child in table.named_children if child.type == "pair"]


def table_end(data: bytes, table: Node) -> int:
    """Return where a table ends.

    Its node reaches to the next heading, over remarks that speak of what comes next.
    """
    inside = pairs(table)
    last = inside[-1].named_children[1] if inside else table.named_children[0]
    return line_end(data, last.end_byte)


def past_remarks(data: bytes, at: int) -> int:
    """Step over remarks that belong to what stands above: those that an empty line or the end of the file follows."""
    end = at
    while rest_of_line(data, end).lstrip().startswith(b"#"):
        end = line_end(data, end)
    return end if not rest_of_line(data, end).strip() else at


def elements(array: Node) -> list[Node]:
    """Return the values of an array, or the pairs of an inline table."""
    return [child for child in array.named_children if child.type != "comment"]


def into_array(data: bytes, array: Node, element: bytes) -> list[Exchange]:
    """Put an element at the end of an array, or a pair at the end of an inline table."""
    if array.type not in ("array", "inline_table"):
        raise CannotSplice
    known = elements(array)
    if not known:
        # an inline table is written with room inside: { a = 1 }
        padded = element if array.type == "array" else b" " + element + b" "
        is_blank = not data[array.start_byte + 1 : array.end_byte - 1].strip()
        return [(array.start_byte + 1, array.end_byte - 1 if is_blank else array.start_byte + 1, padded)]
    last = known[-1]
    comma = _comma(last, ahead=True)
    at = last.end_byte if comma is None else comma.end_byte
    exchanges = [(at, at, b",")] if comma is None else []
    closing = b"" if comma is None else b","
    if not has_own_line(data, last):
        return [*exchanges, (at, at, b" " + element + closing)]
    rest = rest_of_line(data, at)
    stop = at + len(rest) if is_remark(rest) else at
    return [*exchanges, (stop, stop, line_end_of(data) + indent(data, last) + element + closing)]


def out_of_array(data: bytes, node: Node) -> list[Exchange]:
    """Take an element out of an array, or a pair out of an inline table, with its comma and the remark beside it."""
    after, before = _comma(node, ahead=True), _comma(node, ahead=False)
    if after is None and before is not None and not data[before.end_byte : node.start_byte].strip():
        return [(before.start_byte, node.end_byte, b"")]
    # of the last one the comma before goes, though a remark stands between
    exchanges = [(before.start_byte, before.end_byte, b"")] if after is None and before is not None else []
    end = node.end_byte if after is None else after.end_byte
    if has_own_line(data, node) and is_remark(rest_of_line(data, end)):
        return [*exchanges, (line_start(data, node.start_byte), line_end(data, end), b"")]
    if after is None:
        return [*exchanges, (node.start_byte, node.end_byte, b"")]
    space = 1 if data[end : end + 1] == b" " else 0
    return [(node.start_byte, node.end_byte, b""), (after.start_byte, after.end_byte + space, b"")]


def _comma(node: Node, *, ahead: bool) -> Node | None:
    beside = node.next_sibling if ahead else node.prev_sibling
    while beside is not None and beside.type == "comment":
        beside = beside.next_sibling if ahead else beside.prev_sibling
    return beside if beside is not None and beside.type == "," else None
