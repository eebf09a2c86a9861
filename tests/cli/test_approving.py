"""Two who approve, and editions beside the schedule, on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Digest


def _configured(workspace: Path, lines: str) -> None:
    file = workspace / "digest.toml"
    text = file.read_text()
    assert text.count("[newsletters.sender]") == 1
    file.write_text(text.replace("[newsletters.sender]", f"{lines}\n[newsletters.sender]"))


def test_the_first_of_two_approvals_says_who_is_missing(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    _configured(workspace, 'approvals = 2\napprover = "Ada"\nstand_in = "Priya Nair"')
    first = digest("approve", edition, "--as", "Ada", folder=workspace)
    assert first.returncode == 0, first.stderr
    assert "Approved by Ada, the first of 2. Nobody gets it yet." in first.stdout
    assert "The second approval is another person's. Priya Nair can approve it." in first.stdout
    again = digest("approve", edition, "--as", " ada ", folder=workspace)
    assert again.returncode == 1
    assert "another person's" in again.stderr
    second = json.loads(digest("approve", edition, "--as", "Bo", "--json", folder=workspace).stdout)
    assert second["edition"]["state"] == "approved"
    assert (second["approvals"], second["approvals_needed"]) == (["Ada", "Bo"], 2)
    history = json.loads(digest("status", edition, "--json", folder=workspace).stdout)["history"]
    assert [(one["who"], one["what"]) for one in history[1:]] == [("Ada", "first approval"), ("Bo", "approved")]


def test_a_special_edition_is_drafted_for_a_time_and_like_an_old_one(workspace: Path, digest: Digest) -> None:
    digest("collect", folder=workspace)
    at = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d} 17:43"
    done = digest("draft", "--at", at, folder=workspace)
    assert done.returncode == 0, done.stderr
    assert "a special edition, no. 1" in done.stdout
    made = json.loads(digest("draft", "--at", at, "--again", "--json", folder=workspace).stdout)["edition"]
    assert (made["special"], made["id"][-15:]) == (True, f"{at[:10]}-1743")
    taken = digest("draft", "--at", at, folder=workspace)
    assert taken.returncode == 1
    assert f"{made['id']} has that time (draft). Choose another one." in taken.stderr
    assert digest("discard", made["id"], "--as", "Ada", folder=workspace).returncode == 0
    like = digest("draft", "--at", at.replace(":43", ":44"), "--like", made["id"], folder=workspace)
    assert like.returncode == 0, like.stderr
    assert f"Taken over from {made['id']}: nothing was written for it." in like.stderr


def test_a_special_edition_needs_a_time(workspace: Path, digest: Digest) -> None:
    for words, says in (
        (("--like", "old"), "needs a time"),
        (("--at", "tomorrow"), "Write the time as 2026-12-03 10:00."),
        (("--at", "2020-01-01 10:00"), "at least 10 minutes ahead"),
        (("--at", "2020-01-01 10:00", "--again"), "no special edition at that time"),
    ):
        done = digest("draft", *words, folder=workspace)
        assert done.returncode == 1
        assert says in done.stderr
