from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.app import App
from tests.cli.conftest import Digest

SEGMENTS = """
[[newsletters.segments]]
id = "heads"
name = "Heads"
rule = { field = "tags", contains = "head" }

[[newsletters.segments]]
id = "south-west"
name = "The South West"
rule = { field = "region", equals = "South West" }
"""
PEOPLE = """email,first_name,last_name,region,tags,consent_source,consent_at
ada@example.org,Ada,Ek,South West,head,form,2026-01-01
bo@example.org,Bo,,south west,teacher,form,2026-01-01
cy@example.org,Cy,Price,London,head,form,2026-01-01
di@example.org,Di,Price,London,,form,2026-01-01
ed@example.org,Ed,Price,South West,head,,
"""


def write_segments(folder: Path, segments: str) -> None:
    text = (folder / "digest.toml").read_text()
    kept = text[: text.index("[[newsletters.segments]]")]
    (folder / "digest.toml").write_text(kept + segments)


@pytest.fixture
def listed(workspace: Path) -> Path:
    """A workspace with two segments, and five people on its list."""
    write_segments(workspace, SEGMENTS)
    (workspace / "subscribers.csv").write_text(PEOPLE)
    opened = App.open(workspace)
    opened.import_people(opened.newsletter())
    opened.store.close()
    return workspace


def test_segments_are_shown_in_words_and_numbers(listed: Path, digest: Digest) -> None:
    shown = digest("segments", "--json", folder=listed)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == {
        "people": 5,
        "now": 4,
        "nowhere": 1,
        "several": 1,
        "segments": [
            {"id": "heads", "name": "Heads", "who": "heads", "people": 3, "now": 2, "counts_here": 2},
            {
                "id": "south-west",
                "name": "The South West",
                "who": "people in the South West",
                "people": 3,
                "now": 2,
                "counts_here": 1,
            },
        ],
        "findings": [],
    }


def test_who_is_in_several_segments_is_shown_and_which_counts(listed: Path, digest: Digest) -> None:
    shown = digest("segments", folder=listed).stdout
    assert "5 people are on the list; 4 would get mail now." in shown
    assert "Of these, 1 is in no segment and gets nothing." in shown
    assert "Of these, 1 is in several segments and gets one email: the first of the segments in digest.toml" in shown
    assert "Of “south-west”, 1 counts for an earlier one." in shown
    first, second = SEGMENTS.strip().split("\n\n")
    write_segments(listed, f"{second}\n\n{first}\n")
    assert "Of “heads”, 1 counts for an earlier one." in digest("segments", folder=listed).stdout


def test_a_sample_shows_what_the_rule_asks(listed: Path, digest: Digest) -> None:
    shown = digest("segments", "south-west", folder=listed).stdout
    assert "The South West: people in the South West" in shown
    assert "ada@example.org" in shown
    assert "bo@example.org" in shown
    # who gave no consent would get no mail
    assert "ed@example.org" not in shown
    sample = json.loads(digest("segments", "south-west", "--json", folder=listed).stdout)["sample"]
    assert sorted(one["fields"]["region"] for one in sample) == ["South West", "south west"]


def test_a_segment_that_is_not_there_is_told_with_the_one_that_was_meant(listed: Path, digest: Digest) -> None:
    shown = digest("segments", "haeds", folder=listed)
    assert shown.returncode == 1
    assert "There is no segment “haeds”." in shown.stderr
    assert "Did you mean “heads”?" in shown.stderr


@pytest.mark.parametrize("command", ["segments", "check"])
def test_a_field_that_nobody_has_is_told_with_the_one_that_was_meant(
    listed: Path, digest: Digest, command: str
) -> None:
    write_segments(listed, SEGMENTS.replace('"region"', '"regoin"'))
    shown = digest(command, folder=listed).stdout
    assert "Nobody has a field “regoin”." in shown
    assert "Did you mean “region”?" in shown


def test_a_segment_without_people_says_so(listed: Path, digest: Digest) -> None:
    write_segments(listed, SEGMENTS.replace('"South West"', '"Wales"'))
    assert "Nobody of them would get mail now." in digest("segments", "south-west", folder=listed).stdout


def test_before_anybody_is_on_the_list_it_is_said_what_to_do(workspace: Path, digest: Digest) -> None:
    shown = digest("segments", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    assert "Nobody is on the list of" in shown.stdout
    assert "`digest draft` reads subscribers.csv." in shown.stdout


@pytest.mark.parametrize(
    ("rule", "line", "says"),
    [
        ('{ field = "themes", contains = "nowhere" }', 5, "asks for the theme “nowhere”, and there is none"),
        ('{ any = [\n  { field = "tags", contains = "x" },\n  { field = "role", equal = "x" },\n] }', 7, "equals?"),
        ('{ field = "since", before = "24/11/2026" }', 5, 'before = "2026-11-24"'),
        (f"{'{ not = ' * 30}{{}}{' }' * 30}", 5, "more than 20 deep"),
    ],
)
def test_a_fault_of_a_rule_is_told_with_its_line(
    workspace: Path, digest: Digest, rule: str, line: int, says: str
) -> None:
    write_segments(workspace, f'\n[[newsletters.segments]]\nid = "x"\nname = "X"\nrule = {rule}\n')
    before = (workspace / "digest.toml").read_text().split("\n[[newsletters.segments]]")[0].count("\n") + 1
    shown = digest("check", folder=workspace)
    assert shown.returncode == 1
    assert f"digest.toml:{before + line - 1}" in shown.stdout
    assert says in shown.stdout
