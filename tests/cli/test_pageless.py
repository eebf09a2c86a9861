from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Digest


@pytest.fixture
def pageless(workspace: Path) -> Path:
    """A workspace without public pages."""
    file = workspace / "digest.toml"
    lines = file.read_text().splitlines()
    kept = ['base_url = ""' if line.startswith("base_url") else line for line in lines]
    at = next(number for number, line in enumerate(kept) if line.startswith("[newsletters.sender]"))
    kept = [line for line in kept if not line.startswith("unsubscribe_mailto")]
    file.write_text("\n".join([*kept[: at + 1], 'unsubscribe_mailto = "leave@example.org"', *kept[at + 1 :], ""]))
    return workspace


@pytest.mark.parametrize("command", [("serve",), ("form",), ("ask-again",), ("ask-again", "--dry-run")])
def test_what_needs_pages_says_why_it_does_nothing(pageless: Path, digest: Digest, command: tuple[str, ...]) -> None:
    done = digest(*command, folder=pageless)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "base_url is empty in digest.toml" in done.stderr
    assert "docs/public.md" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_tells_what_is_lost_and_that_nothing_is_wrong(pageless: Path, digest: Digest) -> None:
    told = json.loads(digest("check", "--json", folder=pageless).stdout)
    assert [one for one in told["findings"] if one["severity"] == "must mend"] == []
    assert [one["code"] for one in told["findings"]].count("check.no-pages") == 5


def test_the_clock_runs_without_pages(pageless: Path, digest: Digest) -> None:
    done = digest("run", "--once", folder=pageless)
    assert done.returncode == 0, done.stderr
    assert "pages" not in done.stdout.lower()
