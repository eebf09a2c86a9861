"""Where a source or a rule is written into the text of digest.toml, and what goes with one that is taken out.

tomlkit writes the new table and nothing else, since it does not leave the rest as it was: it put a new table
of sources between the next table's heading and the remark above it, moved tables that stood in an unusual
order, gave a CRLF file bare line ends, and wrote no TOML at all into an array of inline tables. The syntax tree
knows where every value stands, so here text goes in at one place and every other byte stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import tomlkit
from tree_sitter import Node

from digest.config.lines import Lines, ValuePath

#: bytes from, bytes to, and what stands there instead
_Edit = tuple[int, int, bytes]

#: what a newsletter has many of, in the order in which a person looks for them under its settings
_LISTS = ("sources", "themes", "rules", "segments")


class CannotSplice(Exception):
    """The file is written in a way that leaves no place for it."""


def with_entry(text: str, number: int, kind: str, values: Mapping[str, object]) -> tuple[str, str]:
    """Write a table after the last one of its kind in a newsletter; return the new text and what was added.

    number: the newsletter's position; kind: its key there, such as "sources". Raises CannotSplice; ValueError and
    TypeError for values TOML cannot hold.
    """
    data = text.encode()
    lines = Lines(text)
    line_end = b"\r\n" if b"\r\n" in data else b"\n"
    pairs = [tomlkit.dumps({key: value}).strip().encode() for key, value in values.items()]
    entries = lines.node(("newsletters", number, kind))
    if entries is not None and entries.type == "pair":
        element = b"{ " + b", ".join(pairs) + b" }"
        return _changed(data, _into_array(data, entries.named_children[1], element, line_end)), element.decode()
    above = _table_above(lines, number, kind)
    has_neighbour = entries is not None
    head = _indent(data, above) if has_neighbour else b""
    first = _pairs(above)[:1] if has_neighbour else []
    deep = _indent(data, first[0]) if first else b""
    block = b"".join(
        [head + f"[[newsletters.{kind}]]".encode() + line_end, *(deep + pair + line_end for pair in pairs)]
    )
    at = _past_remarks(data, _table_end(data, above))
    broken = data[:at].endswith(b"\n")
    return _changed(data, [(at, at, (b"" if broken else line_end) + line_end + block)]), block.decode()


def without_entry(text: str, number: int, kind: str, place: int) -> tuple[str, str]:
    """Take a table out of a newsletter; return the new text and what was taken out.

    number: the newsletter's position; kind: its key there; place: its position among its kind. Raises CannotSplice.
    """
    data = text.encode()
    node = Lines(text).node(("newsletters", number, kind, place))
    if node is None:
        raise CannotSplice
    if node.type != "table_array_element":
        return _changed(data, _out_of_array(data, node)), data[node.start_byte : node.end_byte].decode()
    start = _line_start(data, node.start_byte)
    end = _table_end(data, node)
    block = data[start:end].decode()
    # the empty line that parted it from its neighbour goes with it
    before = _line_start(data, start - 1) if start else 0
    if not data[before:start].strip():
        start = before
    elif not data[end : _line_end(data, end)].strip():
        end = _line_end(data, end)
    return _changed(data, [(start, end, b"")]), block


def _table_above(lines: Lines, number: int, kind: str) -> Node:
    """Return the table a new one of a kind stands under: the last of its kind, else of what comes before it."""
    owner: ValuePath = ("newsletters", number)
    own = lines.tables(owner)
    if not own:
        raise CannotSplice
    mine = [node for path, node in own if path[2:3] == (kind,)]
    later = _LISTS[_LISTS.index(kind) :]
    before = [node for path, node in own if not set(path[2:3]) & set(later)]
    return (mine or before)[-1]


def _into_array(data: bytes, array: Node, element: bytes, line_end: bytes) -> list[_Edit]:
    if array.type != "array":
        raise CannotSplice
    elements = [child for child in array.named_children if child.type != "comment"]
    if not elements:
        return [(array.start_byte + 1, array.start_byte + 1, element)]
    last = elements[-1]
    comma = _comma(last, ahead=True)
    at = last.end_byte if comma is None else comma.end_byte
    edits = [(at, at, b",")] if comma is None else []
    closing = b"" if comma is None else b","
    if not _has_own_line(data, last):
        return [*edits, (at, at, b" " + element + closing)]
    rest = _rest_of_line(data, at)
    stop = at + len(rest) if _is_remark(rest) else at
    return [*edits, (stop, stop, line_end + _indent(data, last) + element + closing)]


def _out_of_array(data: bytes, node: Node) -> list[_Edit]:
    after, before = _comma(node, ahead=True), _comma(node, ahead=False)
    if after is None and before is not None and not data[before.end_byte : node.start_byte].strip():
        return [(before.start_byte, node.end_byte, b"")]
    # of the last one the comma before goes, though a remark stands between
    edits = [(before.start_byte, before.end_byte, b"")] if after is None and before is not None else []
    end = node.end_byte if after is None else after.end_byte
    if _has_own_line(data, node) and _is_remark(_rest_of_line(data, end)):
        return [*edits, (_line_start(data, node.start_byte), _line_end(data, end), b"")]
    if after is None:
        return [*edits, (node.start_byte, node.end_byte, b"")]
    space = 1 if data[end : end + 1] == b" " else 0
    return [(node.start_byte, node.end_byte, b""), (after.start_byte, after.end_byte + space, b"")]


def _comma(node: Node, *, ahead: bool) -> Node | None:
    beside = node.next_sibling if ahead else node.prev_sibling
    while beside is not None and beside.type == "comment":
        beside = beside.next_sibling if ahead else beside.prev_sibling
    return beside if beside is not None and beside.type == "," else None


def _pairs(table: Node) -> list[Node]:
    return [child for child in table.named_children if child.type == "pair"]


def _table_end(data: bytes, table: Node) -> int:
    # a table's node reaches to the next heading, over remarks that speak of what comes next
    pairs = _pairs(table)
    last = pairs[-1].named_children[1] if pairs else table.named_children[0]
    return _line_end(data, last.end_byte)


def _past_remarks(data: bytes, at: int) -> int:
    """Step over remarks that belong to what stands above: those that an empty line or the end of the file follows."""
    end = at
    while _rest_of_line(data, end).lstrip().startswith(b"#"):
        end = _line_end(data, end)
    return end if not _rest_of_line(data, end).strip() else at


def _line_start(data: bytes, at: int) -> int:
    return data.rfind(b"\n", 0, at) + 1


def _line_end(data: bytes, at: int) -> int:
    found = data.find(b"\n", at)
    return len(data) if found < 0 else found + 1


def _rest_of_line(data: bytes, at: int) -> bytes:
    return data[at : _line_end(data, at)].rstrip(b"\r\n")


def _is_remark(rest: bytes) -> bool:
    return not rest.strip() or rest.lstrip().startswith(b"#")


def _has_own_line(data: bytes, node: Node) -> bool:
    return not data[_line_start(data, node.start_byte) : node.start_byte].strip()


def _indent(data: bytes, node: Node) -> bytes:
    return data[_line_start(data, node.start_byte) : node.start_byte]


def _changed(data: bytes, edits: Iterable[_Edit]) -> str:
    made = []
    at = 0
    for start, stop, instead in sorted(edits, key=lambda edit: edit[:2]):
        made += [data[at:start], instead]
        at = stop
    return b"".join([*made, data[at:]]).decode()
