"""Where each value of a TOML text stands, so that an error can name its line."""

from __future__ import annotations

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

#: keys and positions from the top of the file to a value
ValuePath = tuple[str | int, ...]


class Lines:
    """Knows the line of each value of a TOML text, and its node in the syntax tree (offsets are of UTF-8 bytes)."""

    def __init__(self, text: str) -> None:
        self._nodes: dict[ValuePath, Node] = {}
        self._arrays: dict[ValuePath, int] = {}
        self._top: list[Node] = []
        tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
        for node in tree.root_node.named_children:
            if node.type == "pair":
                self._top.append(node)
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def of(self, path: ValuePath) -> int:
        """Return the line of a value, or of the nearest thing around it that stands in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._nodes:
                return self._nodes[path[:length]].start_point[0] + 1
        return 1

    def node(self, path: ValuePath) -> Node | None:
        """Return the table, the pair of key and value, or the element of an array that stands at a path."""
        return self._nodes.get(path)

    def tables(self, under: ValuePath) -> list[tuple[ValuePath, Node]]:
        """Return the tables with a header of their own at or under a path, in the order in which they stand."""
        return [
            (path, node)
            for path, node in self._nodes.items()
            if path[: len(under)] == under and node.type in ("table", "table_array_element")
        ]

    def inside(self, path: ValuePath) -> list[tuple[ValuePath, Node]]:
        """Return everything that stands at or under a path; what holds another stands before it."""
        return [(one, node) for one, node in self._nodes.items() if one[: len(path)] == path]

    def top(self) -> list[Node]:
        """Return the pairs of key and value that stand before the first heading."""
        return list(self._top)

    def _table(self, node: Node) -> None:
        key, *pairs = node.named_children
        path = self._resolved(_keys(key), node, is_array=node.type == "table_array_element")
        self._nodes.setdefault(path, node)
        for pair in pairs:
            if pair.type == "pair":
                self._pair(pair, path)

    def _resolved(self, keys: list[str], node: Node, is_array: bool) -> ValuePath:
        # [a.b] after [[a]] means the last a's b
        path: ValuePath = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if is_array and position == len(keys) - 1:
                self._nodes.setdefault(path, node)
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
        return path

    def _pair(self, node: Node, base: ValuePath) -> None:
        key, value = node.named_children[:2]
        path = (*base, *_keys(key))
        self._nodes[path] = node
        self._inside(value, path)

    def _inside(self, node: Node, path: ValuePath) -> None:
        if node.type == "inline_table":
            for pair in node.named_children:
                if pair.type == "pair":
                    self._pair(pair, path)
        elif node.type == "array":
            values = [child for child in node.named_children if child.type != "comment"]
            for number, child in enumerate(values):
                self._nodes[(*path, number)] = child
                self._inside(child, (*path, number))


def _keys(node: Node) -> list[str]:
    if node.type == "dotted_key":
        return [key for child in node.named_children for key in _keys(child)]
    text = (node.text or b"").decode()
    return [text[1:-1] if node.type == "quoted_key" else text]
