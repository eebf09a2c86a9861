"""Where an entry is written into the text of digest.toml, what goes with one that is taken out, and how they swap.

tomlkit spells the values and nothing else, since it does not leave the rest as it was: it put a new table
of sources between the next table's heading and the remark above it, moved tables that stood in an unusual
order, gave a CRLF file bare line ends, and wrote no TOML at all into an array of inline tables. The syntax tree
knows where every value stands, so here text goes in at one place and every other byte stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tree_sitter import Node

from digest.config.edges import (
    CannotSplice,
    changed,
    elements,
    indent,
    into_array,
    line_end,
    line_end_of,
    line_start,
    out_of_array,
    pairs,
    past_remarks,
    rest_of_line,
    table_end,
)
from digest.config.lines import Lines, ValuePath
from digest.config.spelling import key_of, pair, spelled

#: what a newsletter has many of, in the order in which a person looks for them under its settings
_LISTS = ("sources", "themes", "rules", "segments")


def with_entry(text: str, owner: ValuePath, kind: str, values: Mapping[str, object]) -> tuple[str, str]:
    """Write a table after the last one of its kind; return the new text and what was added.

    owner: where the list of them stands, () for the top of the file; kind: its key there, such as "sources". Raises
    CannotSplice; ValueError and TypeError for values TOML cannot hold.
    """
    data = text.encode()
    lines = Lines(text)
    ending = line_end_of(data)
    entries = lines.node((*owner, kind))
    if entries is not None and entries.type == "pair":
        element = spelled(values).encode()
        return changed(data, into_array(data, entries.named_children[1], element)), element.decode()
    above = _table_above(lines, owner, kind)
    has_neighbour = entries is not None
    head = indent(data, above) if has_neighbour else b""
    first = pairs(above)[:1] if has_neighbour else []
    deep = indent(data, first[0]) if first else b""
    written = [pair(key, value).encode() for key, value in values.items()]
    block = b"".join(
        [head + f"[[{_heading((*owner, kind))}]]".encode(), ending, *(deep + one + ending for one in written)]
    )
    return standing_under(data, above, block), block.decode()


def without_entry(text: str, owner: ValuePath, kind: str, place: int) -> tuple[str, str]:
    """Take a table out, with the tables inside it; return the new text and what was taken out.

    owner, kind: as in `with_entry`; place: its position among its kind. Raises CannotSplice.
    """
    data = text.encode()
    path = (*owner, kind, place)
    lines = Lines(text)
    node = lines.node(path)
    if node is None:
        raise CannotSplice
    if node.type != "table_array_element":
        return changed(data, out_of_array(data, node)), data[node.start_byte : node.end_byte].decode()
    cut = [without_table(data, table) for _, table in lines.tables(path)]
    return changed(data, [(start, end, b"") for start, end, _ in cut]), "".join(block for _, _, block in cut)


def reordered(text: str, owner: ValuePath, kind: str, order: Sequence[int]) -> str:
    """Let the entries of a kind swap places; what stands between them stays where it is.

    owner, kind: as in `with_entry`; order: the positions as they are now, in the order in which they are to stand. A
    remark right above an entry goes with it. Raises CannotSplice.
    """
    data = text.encode()
    lines = Lines(text)
    entries = lines.node((*owner, kind))
    if entries is not None and entries.type == "pair":
        spans = [(one.start_byte, one.end_byte) for one in elements(entries.named_children[1])]
    else:
        spans = [_span(data, lines, (*owner, kind, place)) for place in range(len(order))]
    if len(spans) != len(order) or any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise CannotSplice
    blocks = [data[start:end] for start, end in spans]
    if entries is None or entries.type != "pair":
        # the last line of a file may have no end
        blocks = [block if block.endswith(b"\n") else block + line_end_of(data) for block in blocks]
    return changed(data, [(*span, blocks[place]) for span, place in zip(spans, order, strict=True)])


def standing_under(data: bytes, above: Node, block: bytes) -> str:
    """Write a table under another one and its remarks, with an empty line between them."""
    ending = line_end_of(data)
    at = past_remarks(data, table_end(data, above))
    broken = data[:at].endswith(b"\n")
    return changed(data, [(at, at, (b"" if broken else ending) + ending + block)])


def without_table(data: bytes, table: Node) -> tuple[int, int, str]:
    """Return where a table begins and ends with the empty line that parts it from its neighbour, and what it says."""
    start = line_start(data, table.start_byte)
    end = table_end(data, table)
    block = data[start:end].decode()
    before = line_start(data, start - 1) if start else 0
    if not data[before:start].strip():
        start = before
    elif not rest_of_line(data, end).strip():
        end = line_end(data, end)
    return start, end, block


def last_of_the_top(lines: Lines) -> Node:
    """Return the table under which a new one of the top of the file stands: the last of those that are there once."""
    tables = lines.tables(())
    many = {path[0] for path, _ in tables if len(path) > 1 and isinstance(path[1], int)}
    single = [node for path, node in tables if path[0] not in many]
    if not tables:
        raise CannotSplice
    return (single or [node for _, node in tables])[-1]


def under_the_newsletter(lines: Lines, owner: ValuePath, kind: str) -> Node:
    """Return the table of a newsletter under which a new one of a kind stands: the last of what comes before it."""
    own = lines.tables(owner)
    later = _LISTS[_LISTS.index(kind) :] if kind in _LISTS else _LISTS
    before = [node for path, node in own if not set(path[len(owner) : len(owner) + 1]) & set(later)]
    if not before:
        raise CannotSplice
    return before[-1]


def _table_above(lines: Lines, owner: ValuePath, kind: str) -> Node:
    mine = lines.tables((*owner, kind))
    if mine:
        return mine[-1][1]
    return under_the_newsletter(lines, owner, kind) if owner else last_of_the_top(lines)


def _heading(path: ValuePath) -> str:
    return ".".join(key_of(part) for part in path if isinstance(part, str))


def _span(data: bytes, lines: Lines, path: ValuePath) -> tuple[int, int]:
    tables = [node for _, node in lines.tables(path)]
    if not tables:
        raise CannotSplice
    for above, below in pairwise(tables):
        # a table of something else stands between an entry and what is inside it
        if above.next_named_sibling != below:
            raise CannotSplice
    start = line_start(data, tables[0].start_byte)
    while start and data[line_start(data, start - 1) : start].lstrip().startswith(b"#"):
        start = line_start(data, start - 1)
    return start, table_end(data, tables[-1])
