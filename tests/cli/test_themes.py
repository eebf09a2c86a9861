"""`digest themes`, as somebody would use it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from tests.cli.conftest import Digest

Drafted = tuple[Path, str]


def _draft(folder: Path, digest: Digest) -> list[Any]:
    """Return (title, theme) of the draft's stories."""
    import sqlite3

    with sqlite3.connect(folder / "digest.db") as database:
        return database.execute(
            "SELECT insight.title, placement.theme FROM placement JOIN insight ON insight.id = story ORDER BY position"
        ).fetchall()


def _other_theme(folder: Path, theme: str) -> str:
    themes = tomllib.loads((folder / "digest.toml").read_text())["newsletters"][0]["themes"]
    return next(str(one["id"]) for one in themes if one["id"] != theme)


def test_themes_are_shown_with_what_tells_their_stories(workspace: Path, digest: Digest) -> None:
    shown = digest("themes", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    themes = json.loads(digest("themes", "--json", folder=workspace).stdout)
    for theme in themes:
        assert theme["id"] in shown.stdout
    (workspace / "digest.toml").write_text(
        (workspace / "digest.toml").read_text().replace("[[newsletters.segments]]", BARE, 1)
    )
    assert "Without a description, which tells more than a name: Bare." in digest("themes", folder=workspace).stdout


BARE = '[[newsletters.themes]]\nid = "bare"\nname = "Bare"\n\n[[newsletters.segments]]'


def test_a_story_is_moved_and_the_record_says_so(drafted: Drafted, digest: Digest) -> None:
    folder, edition = drafted
    (title, theme), *_ = _draft(folder, digest)
    wanted = _other_theme(folder, theme)
    moved = digest("themes", "move", "1", wanted, "--as", "Ada", folder=folder)
    assert moved.returncode == 0, moved.stderr
    assert f"“{title}” stands under" in moved.stdout
    assert "no longer under" in moved.stdout
    assert f"digest preview {edition}" in moved.stdout
    assert dict(_draft(folder, digest))[title] == wanted
    history = json.loads(digest("themes", "history", "--json", folder=folder).stdout)
    assert [(one["who"], one["review"], one["before"], one["theme"]) for one in history] == [
        ("Ada", "moved", theme, wanted)
    ]
    assert "Ada" in digest("themes", "history", "--theme", wanted, folder=folder).stdout
    assert digest("draft", "--again", folder=folder).returncode == 0
    assert dict(_draft(folder, digest))[title] == wanted


def test_always_makes_a_rule_that_is_seen_and_removed(drafted: Drafted, digest: Digest) -> None:
    folder, _ = drafted
    before = (folder / "digest.toml").read_text()
    kept = digest("themes", "keep", "1", "--always", folder=folder)
    assert kept.returncode == 0, kept.stderr
    assert "[[newsletters.rules]]" in kept.stdout
    assert "stands in digest.toml already" in digest("themes", "keep", "1", "--always", folder=folder).stdout
    assert "insights like" in digest("themes", "rules", folder=folder).stdout
    assert len(json.loads(digest("themes", "rules", "--json", folder=folder).stdout)) == 1
    gone = digest("themes", "rules", "remove", "1", folder=folder)
    assert gone.returncode == 0, gone.stderr
    assert (folder / "digest.toml").read_text() == before
    assert "There is no rule" in digest("themes", "rules", folder=folder).stdout


def test_a_rule_of_words_is_added_and_heeded(drafted: Drafted, digest: Digest) -> None:
    folder, _ = drafted
    title = _draft(folder, digest)[0][0]
    word = max(title.split(), key=len).strip(".,?!’")
    added = digest("themes", "rules", "add", "Other", "--word", word, folder=folder)
    assert added.returncode == 0, added.stderr
    written = tomllib.loads((folder / "digest.toml").read_text())["newsletters"][0]["rules"]
    assert written == [{"theme": "OTHER", "words": [word]}]
    digest("draft", "--again", folder=folder)
    assert dict(_draft(folder, digest))[title] == "OTHER"


MISTAKES = (
    ("move", "no such story", "other", "There is no story"),
    ("move", "1", "no such theme", "There is no theme"),
    ("keep", "77", "There is no story"),
    ("keep", "1", "--edition", "nothing", "There is no edition"),
    ("rules", "remove", "1", "There is no rule 1"),
    ("rules", "add", "other", "does not say for what it holds"),
    ("rules", "add", "other", "--source", "nobody", "There is no source"),
    ("history", "--theme", "nothing", "There is no theme"),
)


def test_a_mistake_is_told_with_what_to_do(drafted: Drafted, digest: Digest) -> None:
    # one draft serves all: none of them changes anything
    before = _draft(drafted[0], digest)
    for *words, told in MISTAKES:
        done = digest("themes", *words, folder=drafted[0])
        assert done.returncode == 1, words
        assert told in done.stderr
        assert "→" in done.stderr
        assert "Traceback" not in done.stderr
    assert _draft(drafted[0], digest) == before


def test_the_report_counts_and_draws(drafted: Drafted, digest: Digest, tmp_path: Path) -> None:
    folder, _ = drafted
    digest("themes", "move", "1", _other_theme(folder, _draft(folder, digest)[0][1]), "--as", "Ada", folder=folder)
    drawing = tmp_path / "themes.svg"
    shown = digest("themes", "report", "--months", "3", "--svg", drawing, folder=folder)
    assert shown.returncode == 0, shown.stderr
    assert "stories a month" in shown.stdout
    assert f"Drawn: {drawing}" in shown.stdout
    assert drawing.read_text().startswith("<svg")
    found = json.loads(digest("themes", "report", "--json", folder=folder).stdout)
    assert len(found["months"]) == 6
    assert sum(sum(share["counts"]) for share in found["shares"]) == len(_draft(folder, digest))
    assert sum(share["moved_away"] for share in found["shares"]) == 1
    assert sum(share["moved_here"] for share in found["shares"]) == 1


def test_nothing_decided_is_said(workspace: Path, digest: Digest) -> None:
    assert "Nobody has decided anything by hand yet." in digest("themes", "history", folder=workspace).stdout
    assert digest("themes", "report", folder=workspace).returncode == 0
