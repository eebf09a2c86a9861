from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from digest.cli.deliveries import as_cell
from tests.cli.conftest import Digest
from tests.conftest import Sink

REFUSED = "550 5.1.1 =no such user"


@pytest.fixture
def sent(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> tuple[Path, str]:
    """A workspace whose edition left Ada in doubt and Bo refused, and the edition's id."""
    workspace, edition = drafted
    with (workspace / "subscribers.csv").open("a") as file:
        file.write("di@example.org,=Di,,weekly,,\n")
    digest("approve", edition, "--as", "Ada", folder=workspace)
    done = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert done.returncode == 0, done.stderr
    settle(workspace, "ada", "state = 'unknown', reason = 'no answer'")
    settle(workspace, "bo", f"state = 'failed', reason = 'refused', reply = '{REFUSED}'")
    return workspace, edition


def settle(workspace: Path, name: str, values: str) -> None:
    with sqlite3.connect(workspace / "digest.db") as connection:
        done = connection.execute(
            f"UPDATE delivery SET {values} WHERE subscriber IN (SELECT id FROM subscriber WHERE address = ?)",
            (f"{name}@example.org",),
        )
    assert done.rowcount == 1


def states(workspace: Path) -> dict[str, str]:
    with sqlite3.connect(workspace / "digest.db") as connection:
        rows = connection.execute("SELECT address, state FROM delivery JOIN subscriber ON id = subscriber")
        return {address.partition("@")[0]: state for address, state in rows}


def test_everybodys_delivery_is_shown(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    shown = digest("deliveries", edition, folder=workspace)
    assert shown.returncode == 0, shown.stderr
    for words in ("ada@example.org", "unknown", "no answer", "bo@example.org", REFUSED, "di@example.org", "no consent"):
        assert words in shown.stdout
    only = digest("deliveries", edition, "--state", "unknown", "--state", "failed", folder=workspace).stdout
    assert "ada@example.org" in only
    assert "bo@example.org" in only
    assert "di@example.org" not in only
    nobody = digest("deliveries", edition, "--state", "pending", folder=workspace)
    assert nobody.stdout == f"Nobody of {edition} is pending.\n"


def test_what_a_script_reads_is_one_json_array(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    found = json.loads(digest("deliveries", edition, "--json", folder=workspace).stdout)
    assert {one["address"]: one["state"] for one in found} == {
        "ada@example.org": "unknown",
        "bo@example.org": "failed",
        "di@example.org": "skipped",
    }
    bo = next(one for one in found if one["address"] == "bo@example.org")
    assert (bo["name"], bo["reply"], bo["attempts"], bo["next_at"]) == ("Bo", REFUSED, 1, None)
    assert json.loads(digest("deliveries", edition, "--json", "--state", "sent", folder=workspace).stdout) == []


def test_the_csv_holds_everybody_and_no_formula(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    settle(workspace, "bo", "reply = '=cmd|x, \"y\"'")
    done = digest("deliveries", edition, "--csv", folder=workspace)
    rows = {row["address"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert sorted(rows) == ["ada@example.org", "bo@example.org", "di@example.org"]
    assert rows["bo@example.org"]["the server's answer"] == '\'=cmd|x, "y"'
    assert rows["di@example.org"]["name"] == "'=Di"
    assert rows["ada@example.org"]["state"] == "unknown"
    assert rows["di@example.org"]["variant"] == ""


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_begins_a_formula(words: str) -> None:
    assert as_cell(words) == f"'{words}"


@pytest.mark.parametrize("words", ["", "ada@example.org", "'=1", "1-1", 1])
def test_what_is_no_formula_stays_as_it_is(words: object) -> None:
    assert as_cell(words) == str(words)


def test_a_long_table_is_cut_and_says_how_to_get_all(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    with sqlite3.connect(workspace / "digest.db") as connection:
        variant = connection.execute("SELECT slug FROM variant WHERE segment <> ''").fetchone()[0]
        for number in range(1_100):
            connection.execute(
                "INSERT INTO subscriber "
                "(id, comparable, address, first_name, last_name, tags, fields, suppression_key) "
                "VALUES (?, ?, ?, '', '', '[]', '{}', ?)",
                (f"s{number:04}", f"s{number}@example.org", f"s{number}@example.org", f"key {number}"),
            )
            connection.execute(
                "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at) "
                "VALUES (?, 'insights', 'active', '[]', 'weekly', 'form', '2026-01-01')",
                (f"s{number:04}",),
            )
            connection.execute(
                "INSERT INTO delivery (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at) "
                "VALUES (?, ?, 'all', ?, 2, 'pending', '', 0, '2026-11-24 08:00:00')",
                (edition, f"s{number:04}", variant),
            )
    shown = digest("deliveries", edition, folder=workspace).stdout
    assert shown.count("@example.org") == 50
    assert f"… and 1,050 more; `digest deliveries {edition} --csv` gives all." in shown
    # more than a page of them
    assert digest("deliveries", edition, "--csv", folder=workspace).stdout.count("@example.org") == 1_100


def test_wrong_questions_are_answered_kindly(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    missing = digest("deliveries", "insights-1999", folder=workspace)
    assert missing.returncode == 1
    assert f"The latest are: {edition}" in missing.stderr
    state = digest("deliveries", edition, "--state", "lost", folder=workspace)
    assert state.returncode == 2
    for one in ("pending", "claimed", "sent", "failed", "unknown", "skipped"):
        assert one in state.stderr
    both = digest("deliveries", edition, "--csv", "--json", folder=workspace)
    assert both.returncode == 1
    assert "Give one of" in both.stderr


def test_a_reader_that_has_seen_enough_is_no_fault(sent: tuple[Path, str]) -> None:
    workspace, edition = sent
    command = [sys.executable, "-m", "digest", "deliveries", edition, "--csv"]
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_nothing_a_server_said_commands_the_terminal(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    settle(workspace, "bo", "reply = '550 ' || char(27) || ']0;owned' || char(7)")
    shown = (
        digest("deliveries", edition, folder=workspace).stdout
        + digest("resend", edition, "--as", "Bo", "--state", "failed", folder=workspace).stdout
    )
    assert "owned" in shown
    assert "\x1b" not in shown


def test_who_is_in_doubt_is_mailed_again_when_a_person_says_so(
    sent: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = sent
    done = digest("resend", edition, "--as", "Bo", "--yes", folder=workspace)
    assert done.returncode == 0, done.stderr
    assert "they may have it already" in done.stdout
    assert "the address does not exist" in done.stdout
    assert "1 person waits to be mailed again" in done.stdout
    assert f"`digest send {edition}`" in done.stdout
    assert states(workspace) == {"ada": "pending", "bo": "failed", "di": "skipped"}
    again = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert again.returncode == 0, again.stderr
    mailed = [line["message_id"] for line in sink.log() if line["to"] == "ada@example.org"]
    assert len(mailed) == 2
    assert len(set(mailed)) == 1, "the same message, so that anybody can see that it is"
    assert len(sink.log()) == 3
    history = json.loads(digest("status", edition, "--json", folder=workspace).stdout)["history"]
    assert {"who": "Bo", "what": "sent again", "why": "1 person is mailed again"}.items() <= history[-2].items()


def test_without_a_terminal_nobody_is_asked_and_nothing_changes(sent: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = sent
    done = digest("resend", edition, "--as", "Bo", folder=workspace)
    assert done.returncode == 1
    assert "Say --yes" in done.stderr
    assert states(workspace)["ada"] == "unknown"


@pytest.mark.parametrize(("answer", "state"), [("n", "unknown"), ("y", "pending")])
def test_at_a_terminal_it_is_asked(sent: tuple[Path, str], answer: str, state: str) -> None:
    workspace, edition = sent
    mine, theirs = os.openpty()
    command = [sys.executable, "-m", "digest", "resend", edition, "--as", "Bo"]
    try:
        with subprocess.Popen(
            command, cwd=workspace, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            os.write(mine, f"{answer}\n".encode())
            said, _ = process.communicate(timeout=60)
    finally:
        os.close(mine)
        os.close(theirs)
    assert process.returncode == 0
    assert "Mail this person again?" in said
    assert states(workspace)["ada"] == state


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["bo@example.org"], 1, "can be mailed again"),
        (["--state", "failed"], 1, "can be mailed again"),
        (["el@example.org"], 1, "Nobody of this edition has the address “el@example.org”"),
        (["--state", "sent"], 2, "'unknown', 'failed'"),
    ],
)
def test_who_cannot_be_mailed_again_is_refused(
    sent: tuple[Path, str], digest: Digest, words: list[str], code: int, says: str
) -> None:
    workspace, edition = sent
    done = digest("resend", edition, *words, "--as", "Bo", "--yes", folder=workspace)
    assert done.returncode == code
    assert says in done.stderr
    assert states(workspace) == {"ada": "unknown", "bo": "failed", "di": "skipped"}


def test_what_is_not_sent_yet_is_not_sent_again(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    done = digest("resend", edition, "--as", "Bo", "--yes", folder=workspace)
    assert done.returncode == 1
    assert "Only what was sent can be sent again" in done.stderr
