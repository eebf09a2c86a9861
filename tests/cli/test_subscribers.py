from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Digest

NEW = (
    "Email Address,First Name,Last Name,TAGS\n"
    'cy@example.org,Cy,Tree,"""head"",""north"""\n'
    "di@example.org,Di,,\n"
    "di@example.org,Di,,\n"
    "nobody,Ed,,\n"
)
CONSENT = "stand at the fair, 2026-05-03, yes please"


def counts(digest: Digest, folder: Path, *words: object) -> dict[str, object]:
    done = digest("subscribers", "import", *words, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_it_is_shown_first_and_nothing_is_changed_before_somebody_agrees(workspace: Path, digest: Digest) -> None:
    (workspace / "new.csv").write_text(NEW)
    shown = digest("subscribers", "import", "new.csv", "--dry-run", folder=workspace)
    assert shown.returncode == 0, shown.stderr
    for words in ("new.csv:5", "“nobody” is no address", "more than once", "without a consent record"):
        assert words in shown.stdout
    assert "nothing is changed" in shown.stdout
    asked = digest("subscribers", "import", "new.csv", folder=workspace)
    assert (asked.returncode, "--yes" in asked.stderr) == (1, True)
    assert counts(digest, workspace, "new.csv", "--dry-run")["new"] == 2


def test_people_are_taken_in_once(workspace: Path, digest: Digest) -> None:
    (workspace / "new.csv").write_text(NEW)
    done = digest("subscribers", "import", "new.csv", "--yes", folder=workspace)
    assert "Done: 2 new, 0 changed." in done.stdout
    assert "--consent" in done.stdout
    again = digest("subscribers", "import", "new.csv", "--yes", folder=workspace)
    assert "Everybody is there already; nothing is changed." in again.stdout


def test_a_consent_for_all_lets_them_be_mailed(workspace: Path, digest: Digest) -> None:
    (workspace / "new.csv").write_text(NEW)
    assert counts(digest, workspace, "new.csv", "--yes")["waiting"] == 2
    found = counts(digest, workspace, "new.csv", "--yes", "--consent", CONSENT)
    assert (found["done"], found["changed"], found["waiting"]) == (True, 2, 0)


@pytest.mark.parametrize("words", ["the fair", "the fair, 2999-01-01, yes"])
def test_a_consent_without_a_day_is_refused_before_anything_is_read(
    workspace: Path, digest: Digest, words: str
) -> None:
    done = digest("subscribers", "import", "new.csv", "--yes", "--consent", words, folder=workspace)
    assert (done.returncode, "Traceback" in done.stderr, "consent" in done.stderr) == (1, False, True)


def test_the_newsletters_own_file_is_read_where_none_is_named(workspace: Path, digest: Digest) -> None:
    assert counts(digest, workspace, "--yes")["new"] == 2
    (workspace / "subscribers.csv").write_text("email\nada@example.org\n")
    shown = digest("subscribers", "import", folder=workspace)
    assert "nobody is removed: bo@example.org" in shown.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,tags\nAnn,x\n", "bad.csv:1"),
        (b"email,tag,tags\n", "Two columns are called"),
        (b"PK\x03\x04\x00\x00\x00email", "NUL"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_line(
    workspace: Path, digest: Digest, content: bytes, says: str
) -> None:
    (workspace / "bad.csv").write_bytes(content)
    done = digest("subscribers", "import", "bad.csv", "--yes", folder=workspace)
    assert (done.returncode, says in done.stdout, "Traceback" in done.stderr) == (1, True, False)
    assert "Nothing is imported." in done.stdout


def test_a_file_that_is_not_there_is_named(workspace: Path, digest: Digest) -> None:
    done = digest("subscribers", "import", "gone.csv", folder=workspace)
    assert (done.returncode, "gone.csv cannot be read" in done.stderr) == (1, True)


def test_an_export_is_private_holds_no_formula_and_imports_to_the_same(workspace: Path, digest: Digest) -> None:
    (workspace / "new.csv").write_text(
        "email,first_name,=x,consent_source,consent_at\n=cmd@example.org,=1+1,@SUM(A1),form,2026-01-01\n"
    )
    counts(digest, workspace, "new.csv", "--yes")
    done = digest("subscribers", "export", "out.csv", folder=workspace)
    assert done.returncode == 0, done.stderr
    file = workspace / "out.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (_, row) = csv.reader(io.StringIO(file.read_text(), newline=""))
    assert row[:2] == ["'=cmd@example.org", "'=1+1"]
    assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert counts(digest, workspace, "out.csv", "--yes") | {"findings": []} == {
        **{"new": 0, "changed": 0, "unchanged": 1, "refused": 0, "twice": 0, "vanished": 0, "waiting": 0},
        **{"kept_off": {}, "findings": [], "done": True},
    }
    printed = digest("subscribers", "export", folder=workspace)
    assert printed.stdout.replace("\r\n", "\n") == file.read_text().replace("\r\n", "\n")


MAILCHIMP = """\
Email Address,First Name,UNSUB_TIME,UNSUB_REASON
ada@example.org,Ada,2024-05-01 10:00:00,"NORMAL"
zoe@example.org,Zoe,2024-05-01 10:00:00,SPAM (marked as spam)
"""
CLEANED = """\
Email Address,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE
ed@example.org,2024-05-01 10:00:00,x
ADA@example.org,2024-05-01 10:00:00,x
"""


def test_people_who_left_elsewhere_are_never_brought_in(workspace: Path, digest: Digest) -> None:
    assert "Nobody is kept off." in digest("suppressions", folder=workspace).stdout
    (workspace / "unsubscribed_1.csv").write_text(MAILCHIMP)
    (workspace / "cleaned_1.csv").write_text(CLEANED)
    shown = digest("suppressions", "import", "unsubscribed_1.csv", "--dry-run", folder=workspace)
    assert "Nothing is changed." in shown.stdout
    done = digest("suppressions", "import", "unsubscribed_1.csv", "--yes", folder=workspace)
    assert "Done: 2 people are kept off now." in done.stdout, done.stderr
    digest("suppressions", "import", "cleaned_1.csv", "--yes", folder=workspace)
    found = json.loads(digest("suppressions", "--json", folder=workspace).stdout)
    assert found == {"complaint": 1, "hard bounce": 2}
    imported = counts(digest, workspace, "--yes")
    assert (imported["new"], imported["kept_off"]) == (1, {"hard bounce": 1})
    again = digest("suppressions", "import", "cleaned_1.csv", "--yes", "--json", folder=workspace)
    assert json.loads(again.stdout)["known"] == 2


def test_what_they_are_subscribed_to_ends(workspace: Path, digest: Digest) -> None:
    counts(digest, workspace, "--yes")
    (workspace / "list.txt").write_text("ada@example.org\nbo@example.org\n")
    silent = digest("suppressions", "import", "list.txt", "--yes", folder=workspace)
    assert (silent.returncode, "--reason" in silent.stderr) == (1, True)
    done = digest("suppressions", "import", "list.txt", "--reason", "complained", "--yes", "--json", folder=workspace)
    assert json.loads(done.stdout)["ended"] == 2
    exported = csv.DictReader(io.StringIO(digest("subscribers", "export", folder=workspace).stdout))
    assert [row["state"] for row in exported] == ["complained", "complained"]


def test_a_list_that_says_erased_ends_what_they_get(workspace: Path, digest: Digest) -> None:
    counts(digest, workspace, "--yes")
    (workspace / "list.csv").write_text("email,state\nada@example.org,erased\n")
    done = digest("suppressions", "import", "list.csv", "--yes", "--json", folder=workspace)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["new"], found["ended"]) == ({"erased": 1}, 1)
    exported = csv.DictReader(io.StringIO(digest("subscribers", "export", folder=workspace).stdout))
    assert {row["email"]: row["state"] for row in exported} == {
        "ada@example.org": "unsubscribed",
        "bo@example.org": "active",
    }


@pytest.mark.parametrize(
    ("content", "new", "staying"),
    [
        ("email,status\na@example.org,blocklisted\nb@example.org,enabled\n", {"left": 1}, 1),
        ("email,state\na@example.org,bounced\nb@example.org,complained\n", {"hard bounce": 1, "complaint": 1}, 0),
        ("EMAIL;Blocklist reason;UNSUBSCRIBED_AT\na@example.org;hard bounce;2024-01-01\n", {"hard bounce": 1}, 0),
    ],
    ids=["listmonk", "our own", "Brevo"],
)
def test_lists_of_other_programs_say_why(
    workspace: Path, digest: Digest, content: str, new: dict[str, int], staying: int
) -> None:
    (workspace / "list.csv").write_text(content)
    done = digest("suppressions", "import", "list.csv", "--dry-run", "--json", folder=workspace)
    found = json.loads(done.stdout)
    assert (found["new"], found["staying"], found["done"]) == (new, staying, False)
