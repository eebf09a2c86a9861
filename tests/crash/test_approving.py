"""A process that dies while it renders or approves leaves the draft as it was (../shared/faults.md, row 35)."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.crash.conftest import Desk

_DIES = """
import os, signal
from {module} import {owner}
_real = {owner}.{name}
def _die(*arguments, **words):
    {first}
    os.kill(os.getpid(), signal.SIGKILL)
{owner}.{name} = _die
"""
#: where it dies: the module, what owns the function, its name, and whether that does its work before
_PLACES = {
    "what it signs is computed": ("digest.jobs", "approvals", "_as_computed", False),
    "the edition has moved, and nothing is signed": ("digest.store.editions", "SqlEditions", "sign", False),
    "all is written, and nothing is committed": ("digest.store.editions", "SqlEditions", "sign", True),
    "its findings are looked for": ("digest.stages", "review", "review", False),
}


def _first(module: str, owner: str, name: str, works: bool) -> str:
    return _DIES.format(module=module, owner=owner, name=name, first="_real(*arguments, **words)" if works else "pass")


def _everything(desk: Desk) -> list[str]:
    with closing(sqlite3.connect(desk.folder / "digest.db")) as connection:
        tables = ("edition", "approval", "event", "variant", "placement", "step")
        return [repr(row) for table in tables for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


def _draft(desk: Desk) -> str:
    desk.run("collect")
    desk.run("draft")
    [edition] = desk.editions()
    return edition


@pytest.mark.parametrize("place", _PLACES)
def test_an_approval_that_is_killed_leaves_the_draft_as_it_was(desk: Callable[[int], Desk], place: str) -> None:
    here = desk(2)
    edition = _draft(here)
    before = _everything(here)
    killed = here.start("approve", edition, "--as", "Noreen Fairbrass", first=_first(*_PLACES[place]))
    assert killed.wait(timeout=120) == -signal.SIGKILL, here.said
    assert _everything(here) == before
    assert here.state(edition) == "draft"
    here.run("approve", edition, "--as", "Noreen Fairbrass")
    assert here.state(edition) == "approved"


@pytest.mark.parametrize("works", [False, True], ids=["before", "after"])
def test_a_draft_that_is_rendered_anew_and_killed_is_as_it_was(desk: Callable[[int], Desk], works: bool) -> None:
    here = desk(2)
    edition = _draft(here)
    before = _everything(here)
    configuration = here.folder / "digest.toml"
    configuration.write_text(configuration.read_text().replace("You asked for it.", "You wished for it."))
    killed = here.start("preview", edition, first=_first("digest.stages", "render", "html", works))
    assert killed.wait(timeout=120) == -signal.SIGKILL, here.said
    assert _everything(here) == before
    here.run("preview", edition)
    assert _everything(here) != before
