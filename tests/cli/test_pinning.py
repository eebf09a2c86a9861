from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Digest


@pytest.fixture
def edition(workspace: Path, digest: Digest) -> str:
    (workspace / "insights.txt").write_text(
        "Our news\nWhat we learn.\n\nA first title\nSo.\n\nQuite another thing\nSo.\n"
    )
    digest("collect", folder=workspace)
    done = digest("draft", "--json", folder=workspace)
    found: str = json.loads(done.stdout)["edition"]["id"]
    return found


def top(workspace: Path, digest: Digest, edition: str) -> str:
    """The top story as the preview's JSON says it."""
    shown = json.loads(digest("preview", edition, "--json", folder=workspace).stdout)
    reason: str = shown["variants"][0]["reasons"][0]
    return reason.partition("” is at the top")[0].removeprefix("“")


def test_a_story_is_pinned_by_its_number_and_let_go_by_words(workspace: Path, digest: Digest, edition: str) -> None:
    first = top(workspace, digest, edition)
    other = {"A first title": "Quite another thing", "Quite another thing": "A first title"}[first]
    drafted = digest("draft", folder=workspace).stdout
    digest("approve", edition, "--as", "Ada", folder=workspace)
    assert f"“{first}” is at the top: " in drafted
    row = next(line for line in drafted.splitlines() if other in line and "at the top" not in line)
    pinned = digest("pin", row.split()[0], "--as", "Bo", folder=workspace)
    assert pinned.returncode == 0, pinned.stderr
    assert f"“{other}” is pinned to the top." in pinned.stdout
    assert next(line for line in pinned.stdout.splitlines() if other in line).rstrip().endswith("pinned")
    assert f"“{other}” is at the top: pinned by hand" in pinned.stdout
    assert top(workspace, digest, edition) == other
    status = json.loads(digest("status", edition, "--json", folder=workspace).stdout)
    assert status["edition"]["state"] == "draft"
    assert {"who": "Bo", "what": f"pinned “{other}” to the top"}.items() <= status["history"][-1].items()
    let_go = digest("unpin", other[2:].upper(), "--edition", edition, "--json", folder=workspace)
    assert json.loads(let_go.stdout)["pinned"] is False
    assert top(workspace, digest, edition) == first


def test_words_that_fit_several_stories_or_none_are_answered_with_their_numbers(
    workspace: Path, digest: Digest, edition: str
) -> None:
    for words in ("i", "rugby"):
        done = digest("pin", words, folder=workspace)
        assert done.returncode == 1
        for number, title in enumerate(("A first title", "Quite another thing"), 1):
            assert title in done.stderr, number
        assert "1 “" in done.stderr
        assert "2 “" in done.stderr
    assert digest("unpin", "1", folder=workspace).returncode == 1
