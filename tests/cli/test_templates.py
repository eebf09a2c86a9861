"""`digest templates`: the program's own are used until somebody takes one over."""

from __future__ import annotations

import json
from pathlib import Path

from digest.bundle import templates
from tests.cli.conftest import Digest


def _whose(folder: Path, digest: Digest) -> dict[str, str]:
    listed = json.loads(digest("templates", "--json", folder=folder).stdout)
    return {one["template"]: one["whose"] for one in listed}


def test_a_new_workspace_has_no_templates_of_its_own_and_works(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    assert not (folder / "templates").exists()
    assert set(_whose(folder, digest).values()) == {"the program's"}
    assert f"templates/{min(_whose(folder, digest))}" in templates()
    assert digest("preview", edition, folder=folder).returncode == 0


def test_one_that_is_taken_over_is_used_and_the_others_stay_the_programs(workspace: Path, digest: Digest) -> None:
    done = digest("templates", "eject", "blocks/hero.txt.j2", folder=workspace)
    assert done.returncode == 0, done.stderr
    own = workspace / "templates" / "blocks" / "hero.txt.j2"
    assert own.read_text(encoding="utf8") == templates()["templates/blocks/hero.txt.j2"]
    assert _whose(workspace, digest)["blocks/hero.txt.j2"] == "yours, not changed yet"
    own.write_text("OUR OWN WORDS\n" + own.read_text(encoding="utf8"), encoding="utf8")
    (workspace / "templates" / "ours.txt.j2").write_text("x")
    whose = _whose(workspace, digest)
    assert whose["blocks/hero.txt.j2"] == "yours, in place of the program's"
    assert whose["ours.txt.j2"] == "yours alone"
    assert whose["blocks/hero.mjml.j2"] == "the program's"
    digest("collect", folder=workspace)
    assert digest("draft", folder=workspace).returncode == 0
    digest("preview", folder=workspace)
    texts = [file.read_text(encoding="utf8") for file in (workspace / "out").rglob("*.txt")]
    assert len(texts) == 2
    assert all("OUR OWN WORDS" in text for text in texts)


def test_taking_over_twice_or_what_is_not_there_is_told_and_changes_nothing(workspace: Path, digest: Digest) -> None:
    digest("templates", "eject", "templates/email.txt.j2", folder=workspace)
    own = workspace / "templates" / "email.txt.j2"
    own.write_text("changed")
    again = digest("templates", "eject", "email.txt.j2", folder=workspace)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert own.read_text() == "changed"
    for name, told in (
        ("email.tx.j2", "Did you mean “email.txt.j2”?"),
        ("../../secret", "lists them"),
        ("", "lists them"),
    ):
        wrong = digest("templates", "eject", name, folder=workspace)
        assert wrong.returncode == 1
        assert told in wrong.stderr
        assert "Traceback" not in wrong.stderr
    nowhere = digest("templates", "eject", "email.txt.j2", folder=workspace.parent)
    assert nowhere.returncode == 1
    assert "This is no workspace" in nowhere.stderr


def test_a_new_template_of_the_program_takes_an_approval_back(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    assert digest("approve", edition, "--as", "Ada", folder=folder).returncode == 0
    digest("templates", "eject", "blocks/hero.txt.j2", folder=folder)
    assert "approved" in digest("status", edition, folder=folder).stdout, "a copy changes no byte"
    own = folder / "templates" / "blocks" / "hero.txt.j2"
    own.write_text("Other words\n" + own.read_text(encoding="utf8"), encoding="utf8")
    sent = digest("send", edition, folder=folder)
    assert sent.returncode == 1
    assert "is a draft again" in sent.stderr
