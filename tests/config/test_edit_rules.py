"""Rules of grouping go into digest.toml and out of it as sources do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest.app import theming
from digest.config import parse
from digest.domain.errors import ConfigurationError, DigestError, NotFound
from digest.domain.model import OTHER
from digest.jobs.staffing import BY_COMMAND
from tests.config.entries import add_rule, remove_rule
from tests.config.test_edit import SAMPLE, TWISTED
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Workbench

RULE: dict[str, object] = {
    "theme": OTHER,
    "like": "We are looking for a “trustee” \\ or two",
    "words": ["trustee", "é"],
}
#: a newsletter without a source is a fault before anything is written, and one that is a value has no place for tables
SHAPES = [shape for shape in TWISTED if "none yet" not in shape and shape != "all in one value"]


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    made = Workbench(tmp_path, clock)
    yield made
    made.app.store.close()


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "digest.toml").write_bytes(text.encode())
    return tmp_path


def _text(folder: Path) -> str:
    return (folder / "digest.toml").read_bytes().decode()


def _raw(text: str, newsletter: str) -> dict[str, Any]:
    written = tomllib.loads(text.removeprefix("\ufeff"))["newsletters"]
    found: dict[str, Any] = next(one for one in written if one["id"] == newsletter)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_a_rule_goes_in_and_out_of_any_file_and_all_else_stays(shape: str, tmp_path: Path) -> None:
    text, newsletter = TWISTED[shape]
    folder = _folder(tmp_path, text)
    block = add_rule(folder, newsletter, RULE)
    made = _text(folder)
    assert block in made
    assert _raw(made, newsletter) == _raw(text, newsletter) | {"rules": [RULE]}
    remove_rule(folder, newsletter, 1)
    assert _text(folder).rstrip() == text.rstrip()


def test_a_newsletter_in_one_value_is_left_to_a_person(tmp_path: Path) -> None:
    text, newsletter = TWISTED["all in one value"]
    folder = _folder(tmp_path, text)
    with pytest.raises(ConfigurationError, match="leaves no place for it") as told:
        add_rule(folder, newsletter, RULE)
    assert "by hand" in told.value.mend
    assert _text(folder) == text


@pytest.mark.parametrize("number", [1, 2, 3])
def test_rules_keep_their_order_when_one_goes(number: int, tmp_path: Path) -> None:
    folder = _folder(tmp_path, SAMPLE)
    rules: list[dict[str, object]] = [{"theme": OTHER, "words": [word]} for word in ("one", "two", "three")]
    for rule in rules:
        add_rule(folder, "insights", rule)
    block = remove_rule(folder, "insights", number)
    assert str(rules[number - 1]["words"])[2:-2] in block
    assert _raw(_text(folder), "insights")["rules"] == rules[: number - 1] + rules[number:]


def test_the_first_rule_stands_between_the_themes_and_the_segments(tmp_path: Path) -> None:
    folder = _folder(tmp_path, SAMPLE)
    add_rule(folder, "insights", RULE)
    made = _text(folder)
    places = [made.rindex("[[newsletters.themes]]"), made.index("[[newsletters.rules]]")]
    assert places == sorted(places)
    assert made.index("[[newsletters.rules]]") < made.index("[[newsletters.segments]]")
    assert parse(made).newsletters[0].rules[0].words == ("trustee", "é")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"theme": "nowhere", "words": ["x"]}, "no theme “nowhere”"),
        ({"theme": OTHER}, "does not say for what it holds"),
        ({"theme": OTHER, "source": "nobody"}, "no source “nobody”"),
        ({"theme": OTHER, "words": ["x"], "wrods": ["x"]}, "no setting"),
    ],
)
def test_a_rule_that_would_be_a_fault_is_told_and_nothing_is_written(
    rule: dict[str, object], told: str, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, SAMPLE)
    with pytest.raises(DigestError, match=told):
        add_rule(folder, "insights", rule)
    assert _text(folder) == SAMPLE


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_rule_that_is_not_there_is_told_so(number: int, bench: Workbench) -> None:
    _folder(bench.folder, CONFIGURATION)
    for told in ("There is none.", "There are 1"):
        with pytest.raises(NotFound, match=f"no rule {number}") as fault:
            theming.take_out_rule(bench.app, bench.app.newsletter(), number, BY_COMMAND)
        assert fault.value.mend.startswith(told)
        if told == "There is none.":
            theming.add_rule(bench.app, bench.app.newsletter(), RULE, BY_COMMAND)
