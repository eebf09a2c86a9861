"""Moving from another program: the commands of docs/from-*.md, on files of the form that it exports, word by word."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from digest.domain.model import SubscriptionState
from digest.store.database import Database
from tests.cli.conftest import Digest
from tests.conftest import ROOT

BOTH = {"iris.marlow@example.org", "tom.okafor@example.org"}


def commands(program: str) -> list[list[str]]:
    """Return the commands that a page names, each as its words, in the order of the page."""
    page = (ROOT / "docs" / f"from-{program}.md").read_text(encoding="utf8")
    blocks = re.findall(r"```\n(.+?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.fixture
def moving(workspace: Path) -> Path:
    """A workspace without anybody in it, beside the files of each program."""
    (workspace / "subscribers.csv").write_text("email\n")
    for program in ("mailchimp", "listmonk"):
        shutil.copytree(ROOT / "docs" / "examples" / program, workspace / program)
    return workspace


def asked(folder: Path, query: str) -> list[dict[str, object]]:
    store = Database.open(folder / "digest.db")
    with store._engine.connect() as connection:
        rows = [dict(row) for row in connection.exec_driver_sql(query).mappings()]
    store.close()
    return rows


def people(folder: Path) -> dict[str, dict[str, object]]:
    query = (
        "SELECT address, first_name, last_name, tags, fields, state, consent_source, date(consent_at) AS agreed"
        " FROM subscriber JOIN subscription ON subscriber.id = subscription.subscriber"
    )
    return {str(row["address"]): row for row in asked(folder, query)}


def active(found: dict[str, dict[str, object]]) -> set[str]:
    return {address for address, one in found.items() if one["state"] == SubscriptionState.ACTIVE}


def kept_off(folder: Path) -> object:
    return asked(folder, "SELECT count(*) AS people FROM suppression")[0]["people"]


def follow(folder: Path, digest: Digest, program: str) -> None:
    """Do what the page says, and agree to it."""
    for name, *words in commands(program):
        assert name == "digest"
        here = [f"{program}/{word}" if word.endswith(".csv") else word for word in words]
        done = digest(*here, "--yes", folder=folder)
        assert done.returncode == 0, (here, done.stdout, done.stderr)


def test_whoever_follows_mailchimps_page_brings_who_agreed_and_nobody_who_left(moving: Path, digest: Digest) -> None:
    follow(moving, digest, "mailchimp")
    found = people(moving)
    # an address may begin with what a spreadsheet takes for a formula
    assert active(found) == {*BOTH, "=cmd@example.org"}
    assert "gwen.price@example.org" not in found, "who left stays away, although the other file has them"
    assert kept_off(moving) == 4
    iris = found["iris.marlow@example.org"]
    assert (iris["first_name"], iris["last_name"], iris["agreed"]) == ("Iris", "Marlow", "2024-03-18")
    assert json.loads(str(iris["tags"])) == ["head", "north"]
    fields = json.loads(str(iris["fields"]))
    assert fields["region"] == "South West"
    assert {"leid", "euid", "member_rating"} <= set(fields)
    assert "Send me your news" in str(iris["consent_source"])
    assert found["=cmd@example.org"]["last_name"] == "=1+1", "a formula is a text like any other"


def test_whoever_follows_listmonks_page_twice_brings_who_agreed_once_and_nobody_who_left(
    moving: Path, digest: Digest
) -> None:
    follow(moving, digest, "listmonk")
    found = people(moving)
    assert active(found) == BOTH
    assert set(found) == BOTH, "nobody comes who is blocked, or left one list"
    assert kept_off(moving) == 2
    iris = found["iris.marlow@example.org"]
    assert (iris["first_name"], iris["last_name"]) == ("Iris", "Marlow")
    fields = json.loads(str(iris["fields"]))
    assert json.loads(fields["attributes"]) == {"region": "South West", "role": "head"}
    assert "status" not in fields
    follow(moving, digest, "listmonk")
    assert people(moving) == found


def test_a_file_alone_makes_nobody_agree_and_names_the_row_that_is_no_address(moving: Path, digest: Digest) -> None:
    done = digest("subscribers", "import", "mailchimp/subscribed_members_export.csv", "--yes", folder=moving)
    assert "without a consent record" in done.stdout
    assert "subscribed_members_export.csv:6" in done.stdout
    assert "“not an address” is no address" in done.stdout
    assert len(people(moving)) == 4
    assert active(people(moving)) == set()
