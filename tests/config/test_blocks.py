from __future__ import annotations

import tomllib

import pytest

from digest.config import blocks

TITLE = "A “quoted” \"title\" with 'all', \\ \t and\nmore \x00\x1b\x7f\x85\u2028 🎉 ''' \"\"\" # ] ="


def test_whatever_a_title_holds_the_block_reads_as_it_was_given() -> None:
    values = {"id": "a", "name": TITLE, "description": "", "keywords": (TITLE, "b"), "examples": ()}
    text = blocks.theme(values, f"remark {TITLE}")
    assert tomllib.loads(text)["newsletters"]["themes"] == [{"id": "a", "name": TITLE, "keywords": [TITLE, "b"]}]


@pytest.mark.parametrize("name", ["a", TITLE])
def test_a_block_that_is_a_remark_says_nothing_to_the_program(name: str) -> None:
    assert tomllib.loads(blocks.theme({"id": "a", "name": name}, "known", as_remark=True)) == {}
