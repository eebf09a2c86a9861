from __future__ import annotations

import csv
import json
import sqlite3
import stat
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.cli.growth import WIDTH, bars
from digest.stages.growth import Week
from tests.cli.conftest import Digest

HEADER = "email,first_name,last_name,tags,cadence,consent_source,consent_at\n"
OLD = (
    "ada@example.org,Ada,=Bell,,weekly,@form,2021-05-01\n"
    'bo@example.org,+Bo,,,weekly,"-form, on paper",2022-05-01\n'
    "cy@example.org,Cy,,,weekly,form,{yesterday}\n"
)


@pytest.fixture
def known(workspace: Path, digest: Digest) -> Path:
    """A workspace with two people whose consent is old, one whose is not, and one who left."""
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    (workspace / "subscribers.csv").write_text(HEADER + OLD.format(yesterday=yesterday))
    digest("collect", folder=workspace)
    digest("draft", folder=workspace)
    digest("leave", "cy@example.org", folder=workspace)
    return workspace


def test_the_list_is_told_in_a_sentence_and_tables(known: Path, digest: Digest) -> None:
    with sqlite3.connect(known / "digest.db") as connection:
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        connection.execute("INSERT INTO growth VALUES ('insights', ?, 'joined', 'a [bold] form\x1b[31m', 5)", (day,))
    shown = digest("growth", folder=known)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("2 people get Our insights, ")
    for words in ("How people came", "a [bold] form", "How people left", "left: staff", "Consent older than 24 months"):
        assert words in shown.stdout
    assert "\x1b[31m" not in shown.stdout
    assert "█" in shown.stdout
    assert "`digest growth --old-consent FILE`" in shown.stdout
    assert "bounced" not in shown.stdout, "what never happened needs no column"


def test_a_script_gets_all_of_it(known: Path, digest: Digest) -> None:
    found = json.loads(digest("growth", "--weeks", "3", "--json", folder=known).stdout)
    assert found["people"]["active"] == 2
    assert found["people"]["unsubscribed"] == 1
    assert [week["left"] for week in found["weeks"]] == [0, 0, 1]
    assert found["ended_by"] == [{"how": "left: staff", "people": 1}]
    assert found["old_consent"] == {"2021": 1, "2022": 1}
    assert found["refusals"] == []
    assert found["editions"] == []


def test_old_consent_is_written_for_its_owner_alone_and_holds_no_formula(known: Path, digest: Digest) -> None:
    file = known / "old.csv"
    done = digest("growth", "--old-consent", file, folder=known)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Wrote 2 people into ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf8", newline="") as opened:
        rows = sorted(csv.DictReader(opened), key=lambda row: row["email"])
    assert rows == [
        {
            "email": "ada@example.org",
            "first_name": "Ada",
            "last_name": "'=Bell",
            "consent_source": "'@form",
            "consent_at": "2021-05-01",
        },
        {
            "email": "bo@example.org",
            "first_name": "'+Bo",
            "last_name": "",
            "consent_source": "'-form, on paper",
            "consent_at": "2022-05-01",
        },
    ]


def test_a_file_that_is_there_is_not_written_over(known: Path, digest: Digest) -> None:
    before = (known / "subscribers.csv").read_bytes()
    done = digest("growth", "--old-consent", "subscribers.csv", folder=known)
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert (known / "subscribers.csv").read_bytes() == before


def test_where_consent_is_never_old_nobody_is_listed(known: Path, digest: Digest) -> None:
    file = known / "digest.toml"
    file.write_text(file.read_text().replace("[[newsletters]]\n", "[[newsletters]]\nconsent_months = 0\n", 1))
    assert "Consent older" not in digest("growth", folder=known).stdout
    done = digest("growth", "--old-consent", "old.csv", folder=known)
    assert done.returncode == 1
    assert "`consent_months` is 0" in done.stderr
    assert not (known / "old.csv").exists()


@pytest.mark.parametrize(("months", "words"), [(-1, "less than 0"), (1_201, "cannot be 1,201 months old")])
def test_a_time_that_cannot_be_is_named(known: Path, digest: Digest, months: int, words: str) -> None:
    file = known / "digest.toml"
    file.write_text(file.read_text().replace("[[newsletters]]\n", f"[[newsletters]]\nconsent_months = {months}\n", 1))
    done = digest("check", folder=known)
    assert done.returncode == 1
    assert words in done.stdout + done.stderr


def test_an_empty_list_is_told_as_well(workspace: Path, digest: Digest) -> None:
    shown = digest("growth", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("0 people get Our insights, as many as four weeks ago.")


@pytest.mark.parametrize(
    ("weeks", "drawn"),
    [
        ([], []),
        ([(0, 0)], [""]),
        ([(10, 0), (0, 5), (4, 6)], ["█" * WIDTH, "░" * (WIDTH // 2), "█" * 6 + "░" * 8]),
        ([(1_000_000, 0), (1, 1)], ["█" * WIDTH, "█░"]),
    ],
)
def test_bars_have_one_measure_and_hide_nobody(weeks: Sequence[tuple[int, int]], drawn: list[str]) -> None:
    assert bars([Week(begins=date(2026, 11, 23), joined=joined, left=left) for joined, left in weeks]) == drawn
