from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest


def test_a_story_is_taken_out_listed_and_let_in_again(workspace: Path, digest: Digest) -> None:
    (workspace / "insights.txt").write_text(
        "Our news\nWhat we learn.\n\nA first title\nSo.\n\nQuite another thing\nSo.\n"
    )
    digest("collect", folder=workspace)
    edition = json.loads(digest("draft", "--json", folder=workspace).stdout)["edition"]["id"]
    assert "No story was taken out." in digest("excluded", folder=workspace).stdout
    out = digest("exclude", "first", "--as", "Bo", folder=workspace)
    assert out.returncode == 0, out.stderr
    assert "“A first title” is out, also of what comes later." in out.stdout
    (listed,) = json.loads(digest("excluded", "--json", folder=workspace).stdout)
    assert (listed["title"], listed["edition"], listed["who"]) == ("A first title", edition, "Bo")
    again = digest("draft", "--again", folder=workspace)
    assert "with 1 story" in again.stdout
    assert digest("exclude", "another", folder=workspace).returncode == 1
    assert "is new again" in digest("include", "FIRST", folder=workspace).stdout
    assert "with 2 stories" in digest("draft", "--again", folder=workspace).stdout
    assert digest("include", "first", folder=workspace).returncode == 1
