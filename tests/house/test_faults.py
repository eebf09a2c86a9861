"""docs/faults.md: every number is there, each with tests that exist, and what a test says it shows is on the page."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf8")
#: (kind, number, the rest of the line)
ROWS = re.findall(r"^\| (Rule|Row|Reply|Trap) (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
LAST = {"Rule": 24, "Row": 70, "Reply": 11, "Trap": 7}
#: what has no test yet. A row that has one goes from here; nothing comes in
OPEN = {("Row", 67)}
_SHOWN = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


@cache
def named_in(file: str) -> dict[str, str]:
    """Return each test of a file with its docstring; nothing is run."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_every_number_is_there_once_and_in_its_order() -> None:
    for kind, last in LAST.items():
        assert [int(number) for name, number, _ in ROWS if name == kind] == list(range(1, last + 1))


@pytest.mark.parametrize(("kind", "number", "rest"), ROWS, ids=[f"{kind} {number}" for kind, number, _ in ROWS])
def test_a_row_says_what_the_program_does_and_names_tests_that_exist(kind: str, number: str, rest: str) -> None:
    what, does, shown = rest.split(" | ")
    assert what
    assert does.endswith(".")
    named = _SHOWN.findall(shown)
    assert shown == (", ".join(f"[`{name}`](../{file})" for name, file in named) if named else "open")
    assert bool(named) is ((kind, int(number)) not in OPEN), "what has a test is open no more"
    for name, file in named:
        assert name in named_in(file), f"{file} has no {name}"


def test_what_a_test_says_it_shows_is_on_the_page() -> None:
    rows = {int(number): rest for kind, number, rest in ROWS if kind == "Row"}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file = path.relative_to(ROOT).as_posix()
        for name, words in named_in(file).items():
            for numbers in re.findall(r"\b(?:Faults?|Rows?|rows?) (\d+(?:(?:, | and )\d+)*)", words):
                for number in map(int, re.findall(r"\d+", numbers)):
                    assert f"[`{name}`](../{file})" in rows.get(number, ""), f"{file}::{name} shows row {number}"


def test_no_file_of_tests_is_named_that_is_not_run() -> None:
    assert all(Path(file).name.startswith("test_") for _, file in _SHOWN.findall(PAGE))
