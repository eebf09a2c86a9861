from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest

HEADER = "email,first_name,consent_source,consent_at\n"


def _taken_in(workspace: Path, digest: Digest) -> None:
    (workspace / "subscribers.csv").write_text(HEADER + "cy@example.org,Cy,form,2026-01-01\n")
    assert digest("subscribers", "import", "--yes", folder=workspace).returncode == 0


def test_what_is_held_of_a_person_is_shown_as_json(workspace: Path, digest: Digest) -> None:
    _taken_in(workspace, digest)
    shown = digest("subscribers", "show", "CY@example.org", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    held = json.loads(shown.stdout)
    assert held["subscriber"][0]["first_name"] == "Cy"
    assert held["subscription"][0]["consent_source"] == "form"


def test_a_person_is_erased_and_where_staff_still_have_them_is_said(workspace: Path, digest: Digest) -> None:
    _taken_in(workspace, digest)
    (workspace / "saved").mkdir()
    (workspace / "saved" / "1.eml").write_text("To: cy@example.org\r\n\r\nHello Cy\r\n")
    done = digest("subscribers", "erase", "cy@example.org", "--yes", "--mail", "saved", folder=workspace)
    assert done.returncode == 0, done.stderr
    for words in ("a hash that keeps it off", "1 mail to them removed", "subscribers.csv, line 2"):
        assert words in done.stdout
    assert list((workspace / "saved").iterdir()) == []
    assert list(json.loads(digest("subscribers", "show", "cy@example.org", folder=workspace).stdout)) == [
        "address",
        "suppression",
    ]
    again = digest("subscribers", "import", "--yes", folder=workspace)
    assert "kept off" in again.stdout


def test_another_address_typed_erases_nobody(workspace: Path, digest: Digest) -> None:
    _taken_in(workspace, digest)
    asked = digest("subscribers", "erase", "cy@example.org", folder=workspace)
    assert asked.returncode != 0
    assert json.loads(digest("subscribers", "show", "cy@example.org", folder=workspace).stdout)["subscriber"]


def test_of_nobody_nothing_is_held(workspace: Path, digest: Digest) -> None:
    for command in ("show", "erase"):
        told = digest("subscribers", command, "nobody@example.org", folder=workspace)
        assert (told.returncode, "Nothing is held of nobody@example.org." in told.stderr) == (1, True)
    wrong = digest("subscribers", "show", "nobody", folder=workspace)
    assert (wrong.returncode, "is no address" in wrong.stderr) == (1, True)
