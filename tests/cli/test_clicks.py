from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Digest


@pytest.fixture
def drafted(workspace: Path, digest: Digest) -> tuple[Path, str]:
    """A workspace with a draft, and the draft's id."""
    digest("collect", folder=workspace)
    digest("draft", folder=workspace)
    with sqlite3.connect(workspace / "digest.db") as connection:
        [(edition,)] = connection.execute("SELECT id FROM edition").fetchall()
    return workspace, edition


def test_what_is_not_counted_says_how_to(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    shown = digest("clicks", edition, folder=folder)
    assert shown.returncode == 0, shown.stderr
    assert "are not counted" in shown.stdout
    assert "clicks = true" in shown.stdout


def test_an_edition_that_is_none_is_told_with_those_that_are(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    shown = digest("clicks", "none", folder=folder)
    assert shown.returncode == 1
    assert edition in shown.stderr


def test_links_are_told_with_their_stories_and_days(drafted: tuple[Path, str], digest: Digest) -> None:
    folder, edition = drafted
    with sqlite3.connect(folder / "digest.db") as connection:
        [(link, title), *_] = connection.execute("SELECT link, title FROM insight WHERE link <> ''").fetchall()
        rows = [(edition, link, "2026-11-24", 1_200), (edition, link, "2026-11-25", 3)]
        connection.executemany("INSERT INTO click VALUES (?, ?, ?, ?)", rows)
    shown = digest("clicks", edition, folder=folder)
    assert shown.returncode == 0, shown.stderr
    for words in (title, link, "1,203", "2026-11-24", "1,200", "visits, not people"):
        assert words in " ".join(shown.stdout.split()), words
    told = json.loads(digest("clicks", edition, "--json", folder=folder).stdout)
    assert (told["edition"], told["clicks"]) == (edition, 1_203)
    assert told["links"][0] == {
        "link": link,
        "title": title,
        "clicks": 1_203,
        "days": {"2026-11-24": 1_200, "2026-11-25": 3},
    }
    assert told["days"] == {"2026-11-24": 1_200, "2026-11-25": 3}
