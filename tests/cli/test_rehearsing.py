from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest


def test_a_draft_is_rehearsed_by_command_and_nobody_counts_as_mailed(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    done = digest("rehearse", edition, folder=folder)
    assert done.returncode == 0, done.stderr
    assert "2 people would get it. Each of them was mailed once" in done.stdout
    assert "List-Unsubscribe" in done.stdout
    assert f"rehearsals/{edition} until the edition leaves" in done.stdout.replace("\n", "")
    told = json.loads(digest("rehearse", edition, "--json", folder=folder).stdout)
    assert told["sound"] is True
    assert told["rehearsal"]["received"]["messages"] == 2
    assert json.loads(digest("deliveries", edition, "--json", folder=folder).stdout) == []


def test_what_cannot_be_rehearsed_is_said_in_plain_words(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, _ = drafted
    done = digest("rehearse", "news-1999-01-01", folder=folder)
    assert done.returncode == 1
    assert "There is no edition" in done.stderr
    assert "Traceback" not in done.stderr
