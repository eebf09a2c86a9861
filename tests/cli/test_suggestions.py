from __future__ import annotations

import json
import sqlite3
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Digest

#: three kinds of news, six of each
NEWS = {
    "Nurseries": (
        "A nursery where toddlers cook",
        "Childminders open their doors to toddlers",
        "Songs in the nursery and what babies hear",
        "How nursery funding reaches childminders",
        "Babies and toddlers learn by play",
        "Outdoor play for nursery children",
    ),
    "Leaders": (
        "Headteachers on their first year",
        "How governors choose a headteacher",
        "Leadership programmes for deputy heads",
        "Governors and leadership in small schools",
        "What a new headteacher asks of governors",
        "Leadership under pressure: deputy heads speak",
    ),
    "Maths": (
        "Fractions without fear",
        "Maths mastery and times tables",
        "Why algebra starts with fractions",
        "Times tables: maths at the kitchen table",
        "Geometry and algebra for everyone",
        "Maths hubs share what works in algebra",
    ),
}
HEAD = """
base_url = "https://digest.example.org"
[brand]
organisation = "Fernhill"
legal_name = "Fernhill Trust"
postal_address = "1 Fern Hill"
[[newsletters]]
id = "news"
name = "Fernhill news"
[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
[[newsletters.sources]]
id = "ours"
kind = "file"
address = "news.csv"
name = "Fernhill"
[[newsletters.segments]]
id = "all"
name = "Everybody"
"""
THEME = """
[[newsletters.themes]]
id = "maths"
name = "Maths"
keywords = ["maths", "fractions", "algebra", "times tables"]
"""


def _fresh(workspace: Path, digest: Digest, news: int = 18, theme: str = THEME) -> Path:
    """A workspace that has collected this much news."""
    titles = [title for kind in NEWS.values() for title in kind]
    rows = [
        f"{title},https://fernhill.example.org/{number},{datetime.now(UTC) - timedelta(days=5 * number):%Y-%m-%d}\n"
        for number, title in enumerate(titles[:news])
    ]
    (workspace / "news.csv").write_text("title,link,date\n" + "".join(rows))
    (workspace / "digest.toml").write_text(HEAD + theme)
    done = digest("collect", folder=workspace)
    assert done.returncode == 0, done.stderr + done.stdout
    return workspace


def _suggested(digest: Digest, folder: Path, *words: str) -> dict[str, Any]:
    done = digest("themes", "suggest", *words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_themes_are_proposed_with_examples_and_where_they_stand_now(workspace: Path, digest: Digest) -> None:
    folder = _fresh(workspace, digest)
    found = _suggested(digest, folder)
    assert found["stories"] == 18
    assert [one["known"] for one in found["suggestions"]].count("maths") == 1
    assert all(3 <= len(one["examples"]) <= 5 for one in found["suggestions"])
    done = digest("themes", "suggest", folder=folder)
    assert done.returncode == 0
    assert "You have it already: " in done.stdout
    assert "stand under “Maths” now" in done.stdout
    assert "Next: " in done.stdout
    assert all(one["name"] in done.stdout for one in found["suggestions"])


def _rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the database but the vectors, which are made of texts and decide nothing."""
    with sqlite3.connect(folder / "digest.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in names if name != "vector"}


def test_nothing_is_written(workspace: Path, digest: Digest) -> None:
    folder = _fresh(workspace, digest)
    before = (folder / "digest.toml").read_text(), _rows(folder)
    for words in ((), ("--toml",), ("--json",)):
        assert digest("themes", "suggest", *words, folder=folder).returncode == 0
    assert ((folder / "digest.toml").read_text(), _rows(folder)) == before


def test_what_toml_prints_may_be_pasted_and_is_accepted(workspace: Path, digest: Digest) -> None:
    folder = _fresh(workspace, digest)
    printed = digest("themes", "suggest", "--toml", folder=folder).stdout
    pasted = tomllib.loads(printed)["newsletters"]["themes"]
    assert {"id", "name", "description", "keywords", "examples"} == set(pasted[0])
    file = folder / "digest.toml"
    file.write_text(f"{file.read_text()}\n{printed}")
    shown = digest("themes", "--json", folder=folder)
    assert shown.returncode == 0, shown.stderr
    ids = [one["id"] for one in json.loads(shown.stdout)]
    assert ids == ["maths", *(one["id"] for one in pasted)]
    # who pastes them has them: they are found again as themes that are there
    assert [one["known"] for one in _suggested(digest, folder)["suggestions"]] != [""] * len(pasted)


def test_a_workspace_without_themes_gets_its_first(workspace: Path, digest: Digest) -> None:
    folder = _fresh(workspace, digest, theme="")
    done = digest("themes", "suggest", folder=folder)
    assert done.returncode == 0
    assert "stand" not in done.stdout.split("Next: ")[0]
    assert len(_suggested(digest, folder)["suggestions"]) >= 2


@pytest.mark.parametrize(
    ("news", "said"),
    [(0, "There are no insights of"), (1, "There is 1 insight of"), (11, "There are 11 insights of")],
)
def test_under_twelve_it_says_how_many_there_are_and_what_to_do(
    workspace: Path, digest: Digest, news: int, said: str
) -> None:
    folder = _fresh(workspace, digest, news) if news else workspace
    done = digest("themes", "suggest", folder=folder)
    assert done.returncode == 0, done.stderr
    assert f"{said} the last 6 months. Themes are suggested from 12 insights on." in done.stdout
    assert "--months 12" in done.stdout
    toml = digest("themes", "suggest", "--toml", folder=folder)
    assert tomllib.loads(toml.stdout) == {}
    assert "from 12 insights on" in toml.stdout
    assert _suggested(digest, folder) == {"stories": news, "suggestions": []}


def test_months_tell_how_far_back_it_looks(workspace: Path, digest: Digest) -> None:
    folder = _fresh(workspace, digest)
    # a news item every five days
    assert _suggested(digest, folder, "--months", "1")["stories"] in (6, 7)
    assert digest("themes", "suggest", "--months", "0", folder=folder).returncode == 2
