from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
import typer.main

from digest.bundle import SAMPLE_CONFIGURATION, STARTER
from digest.cli import (
    api,
    asking,
    bounces,
    clicks,
    commands,
    correcting,
    dates,
    deliveries,
    desk,
    dkim,
    editions,
    excluding,
    forms,
    grouping,
    growth,
    links,
    lint,
    mail,
    moving,
    pictures,
    pinning,
    report,
    rights,
    rules,
    segments,
    sending,
    serving,
    sources,
    subscribers,
    suggestions,
    suppressions,
    templates,
    themes,
    why,
)
from digest.cli.frame import app
from digest.config import parse
from digest.domain import model
from digest.stages.group.abbreviations import SECTOR
from digest.stages.group.languages import NAMES
from digest.stages.group.words import SNOWBALL
from digest.stages.review.lint import KINDS as LINT_KINDS
from digest.stages.review.lint.clients import FEATURES
from digest.stages.review.lint.support import JUSTIFIED
from digest.stages.words import CATALOGUES
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf8")
assert api
assert bounces
assert clicks
assert commands
assert correcting
assert dates
assert deliveries
assert desk
assert dkim
assert editions
assert excluding
assert forms
assert grouping
assert growth
assert links
assert lint
assert mail
assert moving
assert pictures
assert pinning
assert report
assert rights
assert asking
assert rules
assert segments
assert sending
assert serving
assert sources
assert subscribers
assert suggestions
assert suppressions
assert templates
assert themes
assert why


def commands_of(group: Any, before: str = "") -> dict[str, Any]:
    """Every command by the words somebody types, those of a group among them."""
    found = {}
    for name, one in group.commands.items():
        found[f"{before}{name}"] = one
        if hasattr(one, "commands"):
            found |= commands_of(one, f"{before}{name} ")
    return found


COMMANDS = commands_of(typer.main.get_command(app))
KINDS = (
    model.Workspace,
    model.Brand,
    model.Public,
    model.Desk,
    model.Hook,
    model.Server,
    model.WarmUp,
    model.OAuth,
    model.Dkim,
    model.DomainLimit,
    model.Newsletter,
    model.Sender,
    model.Tracking,
    model.Schedule,
    model.Calendar,
    model.Holidays,
    model.Span,
    model.Waves,
    model.Source,
    model.Selectors,
    model.Theme,
    model.Rule,
    model.Segment,
    model.FreeBlock,
    model.Returns,
    model.Retention,
)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme_and_says_what_it_does(name: str) -> None:
    assert f"`digest {name}" in README
    assert COMMANDS[name].help


@pytest.mark.parametrize(
    ("command", "option"),
    sorted(
        (name, option.opts[0]) for name, one in COMMANDS.items() for option in one.params if option.opts[0][:2] == "--"
    ),
)
def test_every_option_is_documented(command: str, option: str) -> None:
    assert option in README, f"digest {command} {option}"


def test_every_command_the_readme_names_exists() -> None:
    for words in re.findall(r"`digest ([a-z-]+(?: [a-z-]+)*)", README):
        group = words.split(" ")
        while len(group) > 1 and hasattr(COMMANDS.get(" ".join(group[:-1])), "commands"):
            assert " ".join(group) in COMMANDS, words
            group.pop()
        assert group[0] in COMMANDS, words


@pytest.mark.parametrize(("kind", "name"), [(kind.__name__, one.name) for kind in KINDS for one in fields(kind)])
def test_every_setting_is_documented_under_its_table(kind: str, name: str) -> None:
    titles = {
        "Workspace": "The top of the file",
        "FreeBlock": "[block]",
        "WarmUp": "[warm_up]",
        "DomainLimit": "[domains]",
        "Span": "[[terms]]",
    }
    title = titles.get(kind, f"[{kind.lower()}]")
    section = next(
        part
        for part in SETTINGS.split("\n## ")
        if title.strip("[]") in part.splitlines()[0].lower() or part.startswith(title)
    )
    assert f"`{name}`" in section, f"{title}: {name}"


def test_the_exit_codes_of_the_readme_are_the_programs() -> None:
    from digest.cli import INTERRUPTED, MEND, OK, SERVER, USAGE

    for code in (OK, MEND, USAGE, SERVER, INTERRUPTED):
        assert re.search(rf"^\| {code} \|", README, re.MULTILINE)


@pytest.mark.parametrize("file", [SAMPLE_CONFIGURATION, STARTER / "digest.toml"], ids=["sample", "starter"])
def test_the_configurations_that_come_with_the_program_are_right(file: object) -> None:
    from pathlib import Path

    assert isinstance(file, Path)
    assert parse(file.read_text(encoding="utf8")).newsletters


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "DESIGN.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "docs/settings.md",
        "docs/api.md",
        "docs/abbreviations.md",
        "docs/growth.md",
        "docs/bounces.md",
        "docs/desk.md",
        "docs/lint.md",
        "docs/list.md",
        "docs/oauth.md",
        "docs/postgresql.md",
        "docs/segments.md",
        "docs/public.md",
        "docs/scale.md",
        "docs/words.md",
    ],
)
def test_links_between_the_documents_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / name).parent.joinpath(target).exists(), target


def test_the_list_of_abbreviations_is_the_programs() -> None:
    text = (ROOT / "docs" / "abbreviations.md").read_text(encoding="utf8")
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)) == SECTOR


def test_the_languages_whose_endings_are_known_are_named() -> None:
    assert all(NAMES[language] in SETTINGS for language in SNOWBALL)


def test_the_list_of_words_is_the_programs() -> None:
    text = (ROOT / "docs" / "words.md").read_text(encoding="utf8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert {key: english for key, english, _ in rows if english != "–"} == CATALOGUES["en"].words
    assert {key: welsh for key, _, welsh in rows if welsh != "–"} == CATALOGUES["cy"].words


def test_the_list_of_faults_is_the_lints() -> None:
    text = (ROOT / "docs" / "lint.md").read_text(encoding="utf8").replace("\\|", "|")
    rows = re.findall(r"^\| `lint\.([a-z.-]+)` \| ([a-z ]+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(code, str(kind.severity), kind.looks_for) for code, kind in LINT_KINDS.items()]


def test_the_list_of_what_may_be_missing_is_the_lints() -> None:
    text = (ROOT / "docs" / "lint.md").read_text(encoding="utf8")
    rows = re.findall(r"^\| `([^`]+)` \((\w+)\) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(FEATURES[name][0], name.partition("-")[0], reason) for name, reason in JUSTIFIED.items()]
