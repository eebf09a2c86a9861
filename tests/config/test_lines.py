from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.lines import Lines, ValuePath

TEXT = '''# a remark
top = 1
a.b = 2
a."c d" = 3

[table] # with a remark
'quoted' = 4
inline = { x = 5, y = { z = 6 } }
list = [
  7, # seven
  # nothing
  { deep = 8 },
]
text = """
two
lines"""
after = 9

[[things]]
name = "one"
[things.part]
x = 10
[[things.pieces]]
y = 11
[[things.pieces]]
y = 12

[[things]]
name = "two"
[[things.pieces]]
y = 13
[things.pieces.inner."dotted.key"]
z = 14
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("a", "b"), 3),
        (("a", "c d"), 4),
        (("table",), 6),
        (("table", "quoted"), 7),
        (("table", "inline", "x"), 8),
        (("table", "inline", "y", "z"), 8),
        (("table", "list"), 9),
        (("table", "list", 0), 10),
        (("table", "list", 1, "deep"), 12),
        (("table", "after"), 17),
        (("things",), 19),
        (("things", 0, "name"), 20),
        (("things", 0, "part", "x"), 22),
        (("things", 0, "pieces", 0, "y"), 24),
        (("things", 0, "pieces", 1, "y"), 26),
        (("things", 1), 28),
        (("things", 1, "name"), 29),
        (("things", 1, "pieces", 0, "y"), 31),
        (("things", 1, "pieces", 0, "inner", "dotted.key", "z"), 33),
        # what is not there stands where the nearest thing around it stands
        (("table", "missing"), 6),
        (("things", 0, "missing"), 19),
        (("things", 1, "pieces", 0, "missing", "more"), 30),
        (("table", "list", 9), 9),
        (("missing",), 1),
        ((), 1),
    ],
)
def test_each_value_stands_on_its_line(path: ValuePath, line: int) -> None:
    assert Lines(TEXT).of(path) == line


KEYS = st.sampled_from(["a", "b-2", "c_d", "with space", "with.dot", "é", "#", "[x]", "="])
PLAIN = st.sampled_from(["1", "true", '"text"', "'raw # x'", "2026-01-01", "[1, 2]", '"""one line"""', "-1.5e3"])
INLINE = st.recursive(PLAIN, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2), max_leaves=4)
TABLES = st.recursive(
    st.dictionaries(KEYS, INLINE, max_size=3),
    lambda inner: st.tuples(
        st.dictionaries(KEYS, INLINE, max_size=2),
        st.dictionaries(KEYS, inner | st.lists(inner, min_size=1, max_size=3), max_size=3),
    ),
    max_leaves=8,
)


def _key(key: str) -> str:
    return (
        key
        if key.replace("-", "").replace("_", "").isascii() and key.replace("-", "").replace("_", "").isalnum()
        else f'"{key}"'
    )


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"


def _written(tree: Any, heading: str, path: ValuePath) -> Iterator[tuple[str, ValuePath]]:
    """Write a tree as TOML: each line, and the path of the value that stands on it."""
    values, tables = tree if isinstance(tree, tuple) else (tree, {})
    for key, value in values.items():
        yield f"{_key(key)} = {_value(value)} # remark", (*path, key)
    for key, inner in tables.items():
        name = f"{heading}.{_key(key)}" if heading else _key(key)
        if key in values:
            continue
        if isinstance(inner, list):
            for number, one in enumerate(inner):
                yield f"[[{name}]]", (*path, key, number)
                yield from _written(one, name, (*path, key, number))
        else:
            yield f"[{name}]", (*path, key)
            yield from _written(inner, name, (*path, key))


@given(TABLES)
def test_every_value_of_any_file_stands_where_it_was_written(tree: Any) -> None:
    written = list(_written(tree, "", ()))
    text = "".join(f"{line}\n" for line, _ in written)
    tomllib.loads(text)
    lines = Lines(text)
    assert [lines.of(path) for _, path in written] == list(range(1, len(written) + 1))


@given(st.text(alphabet="ab.=[]{}\"'#\n1, é", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    assert Lines(text).of(("a", 0, "b")) >= 1
