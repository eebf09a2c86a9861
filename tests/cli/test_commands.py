from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.conftest import Sink


def test_a_new_workspace_is_in_order(workspace: Path, digest: Digest) -> None:
    checked = digest("check", folder=workspace)
    assert checked.returncode == 0, checked.stdout
    assert "Nothing has to be mended" in checked.stdout
    assert (workspace / ".digest" / "secret").stat().st_mode & 0o777 == 0o600


def test_init_leaves_an_existing_workspace_alone(workspace: Path, digest: Digest) -> None:
    (workspace / "digest.toml").write_text("mine")
    again = digest("init", workspace)
    assert again.returncode == 1
    assert (workspace / "digest.toml").read_text() == "mine"


def test_the_whole_job_by_hand(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = drafted
    shown = json.loads(digest("preview", edition, "--json", folder=workspace).stdout)
    files = [workspace / file for file in shown["files"]]
    assert [file.suffix for file in files] == [".html", ".txt", ".eml", ".html", ".txt"]
    assert "Write your first insight here" in files[0].read_text()
    approved = digest("approve", edition, "--as", "Ada", "--seen", shown["fingerprint"][:12], folder=workspace)
    assert "Approved by Ada. 2 people get it" in approved.stdout
    sent = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert sent.returncode == 0, sent.stderr
    assert "2 sent" in sent.stdout
    assert {line["to"] for line in sink.log()} == {"ada@example.org", "bo@example.org"}
    again = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert again.returncode == 0
    assert len(sink.log()) == 2
    status = json.loads(digest("status", edition, "--json", folder=workspace).stdout)
    assert status["edition"]["state"] == "sent"
    assert [event["what"] for event in status["history"]] == ["draft", "approved", "holding", "sending", "sent"]
    message = message_from_bytes((sink.folder / "ada@example.org.eml").read_bytes(), policy=policy.default)
    html = message.get_body(("html",))
    assert html is not None
    assert "Hello Ada" in html.get_content()


def test_what_is_not_approved_is_not_sent(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = drafted
    refused = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert refused.returncode == 1
    assert "cannot be sent" in refused.stderr
    assert sink.log() == []


def test_a_server_that_is_down_loses_nobody(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    down = digest("send", edition, "--server", "smtp://127.0.0.1:1", "--tls", "none", folder=workspace)
    assert down.returncode == 3
    assert "does not serve" in down.stderr
    assert "Traceback" not in down.stderr
    up = digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert up.returncode == 0
    assert len(sink.log()) == 2


@pytest.mark.parametrize(
    ("old", "new", "line_holds", "says"),
    [
        ('timezone = "Europe/London"', 'timezone = "Europe/Lodnon"', "Europe/Lodnon", "Did you mean “Europe/London”?"),
        ('why = "', 'wy = "', 'wy = "', "Did you mean “why”?"),
        ('days = ["tuesday"]', 'days = ["tuesday"', None, "cannot be read"),
        ("{{ first_name | there }},\n\nHere", "{{ frist_name }},\n\nHere", "introduction", "is no placeholder"),
    ],
)
def test_a_fault_in_the_configuration_is_named_with_its_line(
    workspace: Path, digest: Digest, old: str, new: str, line_holds: str | None, says: str
) -> None:
    file = workspace / "digest.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    for command in ("check", "collect", "status"):
        done = digest(command, folder=workspace)
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert says in said
        assert "Traceback" not in said
    if line_holds:
        number = next(n for n, line in enumerate(file.read_text().splitlines(), 1) if line_holds in line)
        assert f"digest.toml:{number}" in said


def test_an_include_that_is_missing_is_named(workspace: Path, digest: Digest) -> None:
    digest("templates", "eject", "blocks/hero.mjml.j2", folder=workspace)
    (workspace / "templates" / "blocks" / "hero.mjml.j2").write_text("{% include 'blocks/nowhere.mjml.j2' %}")
    checked = digest("check", folder=workspace)
    assert checked.returncode == 1
    assert "templates/blocks/nowhere.mjml.j2" in checked.stdout
    digest("collect", folder=workspace)
    drafted = digest("draft", folder=workspace)
    assert drafted.returncode == 1
    assert "templates/blocks/nowhere.mjml.j2" in drafted.stderr
    assert json.loads(digest("status", "--json", folder=workspace).stdout) == [], "nothing is half done"


@pytest.mark.parametrize(
    "damage", ["{% if %}", "{{ nobody_defined_this }}", "<mj-text>", "<mj-carousel></mj-carousel>"]
)
def test_a_broken_template_is_named(workspace: Path, digest: Digest, damage: str) -> None:
    digest("templates", "eject", "blocks/hero.mjml.j2", folder=workspace)
    file = workspace / "templates" / "blocks" / "hero.mjml.j2"
    file.write_text(file.read_text() + "\n" + damage)
    checked = digest("check", folder=workspace)
    assert checked.returncode == 1
    assert "templates/" in checked.stdout
    assert "Traceback" not in checked.stderr


def test_a_bad_row_is_named_and_the_others_get_their_mail(workspace: Path, digest: Digest, sink: Sink) -> None:
    with (workspace / "subscribers.csv").open("a") as file:
        file.write("not an address,Cy,,weekly,form,2026-01-01\nde@example.org,De,,weekly,form,2026-01-01\n")
    checked = digest("check", folder=workspace)
    assert checked.returncode == 1
    assert "subscribers.csv:4" in checked.stdout
    digest("collect", folder=workspace)
    drafted = digest("draft", folder=workspace)
    assert "subscribers.csv:4" in drafted.stdout
    edition = json.loads(digest("status", "--json", folder=workspace).stdout)[0]["id"]
    digest("approve", edition, "--as", "Ada", folder=workspace)
    digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert len(sink.log()) == 3


def test_one_document_is_read_without_a_workspace(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "insights.txt").write_text("Our insights\nWhat we learn.\n\nA title\nA paragraph & more.\n")
    done = digest("collect", "--from", "insights.txt", "--kind", "file", "--json", folder=tmp_path)
    assert done.returncode == 0
    read = json.loads(done.stdout)
    assert read["page"] == {"title": "Our insights", "introduction": "What we learn."}
    assert [(item["title"], item["summary"], item["link"]) for item in read["items"]] == [
        ("A title", "A paragraph & more.", None)
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["insights.txt"], "nothing is stored"


def test_a_document_that_is_no_feed_is_a_finding(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "x.xml").write_text("no feed at all")
    done = digest("collect", "--from", "x.xml", "--kind", "feed", "--json", folder=tmp_path)
    assert done.returncode == 0
    read = json.loads(done.stdout)
    assert read["items"] == []
    assert read["findings"][0]["severity"] == "must mend"


def test_a_document_that_is_not_there_is_an_error(tmp_path: Path, digest: Digest) -> None:
    done = digest("collect", "--from", "nothing.txt", "--kind", "file", "--json", folder=tmp_path)
    assert done.returncode == 1
    assert "nothing.txt cannot be read" in done.stderr


def test_outside_a_workspace_the_way_in_is_told(tmp_path: Path, digest: Digest) -> None:
    done = digest("status", folder=tmp_path)
    assert done.returncode == 1
    assert "digest init" in done.stderr


def test_a_damaged_database_is_refused_and_kept(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, _ = drafted
    database = workspace / "digest.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.write_bytes(b"not a database, although it was one" * 100)
    done = digest("status", folder=workspace)
    assert done.returncode == 1
    assert "is damaged" in done.stderr
    assert database.read_bytes().startswith(b"not a database")


def test_a_lost_secret_is_not_replaced_behind_peoples_backs(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    (workspace / ".digest" / "secret").unlink()
    done = digest("preview", edition, folder=workspace)
    assert done.returncode == 1
    assert "secret" in done.stderr
    assert not (workspace / ".digest" / "secret").exists()


def test_approvals_are_taken_back_and_drafts_discarded(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    assert digest("discard", edition, "--as", "Ada", folder=workspace).returncode == 1
    assert digest("take-back", edition, "--as", "Bo", "--why", "a slip", folder=workspace).returncode == 0
    assert digest("discard", edition, "--as", "Bo", folder=workspace).returncode == 0
    status = json.loads(digest("status", edition, "--json", folder=workspace).stdout)
    assert status["edition"]["state"] == "discarded"
    assert {"who": "Bo", "what": "approval taken back", "why": "a slip"}.items() <= status["history"][2].items()


def test_what_is_about_to_leave_says_when_and_can_be_taken_back(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    with sqlite3.connect(workspace / "digest.db") as connection:
        connection.execute("UPDATE edition SET state = 'holding'")
    assert "leaves at 08:00" in digest("status", folder=workspace).stdout
    assert "holding. leaves at 08:00" in digest("status", edition, folder=workspace).stdout
    refused = digest("approve", edition, "--as", "Ada", folder=workspace)
    assert refused.returncode == 1
    assert f"`digest take-back {edition}`" in refused.stderr
    paused = digest("pause", edition, folder=workspace)
    assert paused.returncode == 1
    assert f"`digest take-back {edition}" in paused.stderr
    back = digest("take-back", edition, "--as", "Bo", folder=workspace)
    assert "is a draft again" in back.stdout
    status = json.loads(digest("status", edition, "--json", folder=workspace).stdout)
    assert status["edition"]["state"] == "draft"


def test_wrong_words_are_answered_with_usage(workspace: Path, digest: Digest) -> None:
    assert digest("approve", folder=workspace).returncode == 2
    assert digest("send", "x", "--tls", "sometimes", folder=workspace).returncode == 2
    assert digest("nonsense", folder=workspace).returncode == 2


def test_who_is_in_doubt_or_refused_is_named(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = drafted
    digest("approve", edition, "--as", "Ada", folder=workspace)
    assert digest("leave", "bo@example.org", folder=workspace).returncode == 0
    digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    assert [line["to"] for line in sink.log()] == ["ada@example.org"]
    with sqlite3.connect(workspace / "digest.db") as connection:
        connection.execute("UPDATE delivery SET state = 'unknown', reason = 'no answer' WHERE state = 'sent'")
    shown = digest("status", edition, folder=workspace).stdout
    assert "In doubt or refused" in shown
    assert "ada@example.org" in shown


def test_nothing_others_wrote_commands_the_terminal(workspace: Path, digest: Digest) -> None:
    (workspace / "insights.txt").write_text("A \x1b]0;owned\x07title\nA paragraph.\n")
    with (workspace / "subscribers.csv").open("a") as file:
        file.write("\x1b[2Jx@@example.org,Cy,,weekly,form,2026-01-01\n")
    digest("collect", folder=workspace)
    said = digest("draft", folder=workspace).stdout + digest("check", folder=workspace).stdout
    assert "\x1b" not in said
    assert "\x07" not in said


@pytest.mark.parametrize("target", ["afile", "afile/below"])
def test_a_path_that_cannot_be_is_told_without_a_traceback(tmp_path: Path, digest: Digest, target: str) -> None:
    (tmp_path / "afile").write_text("")
    done = digest("init", tmp_path / target)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "could not be read or written" in done.stderr


def test_run_once_does_what_is_due_and_ends(workspace: Path, digest: Digest) -> None:
    done = digest("run", "--once", folder=workspace)
    assert done.returncode == 0, done.stderr


def test_what_fails_because_it_was_interrupted_is_an_interruption_and_no_fault() -> None:
    code = """
import os, signal, time
from digest import cli
from digest.domain.errors import StoreError

def interrupted(standalone_mode):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
    finally:
        raise StoreError("The database is still locked.", "Wait.")

cli.app = interrupted
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    assert "Nothing is lost" in done.stderr
    assert "locked" not in done.stderr
    assert "Traceback" not in done.stderr


def test_what_init_wrote_is_found_by_check_until_it_is_ones_own(tmp_path: Path, digest: Digest) -> None:
    made = digest("init", tmp_path / "new")
    assert f"digest run -w {tmp_path / 'new'}" in " ".join(made.stdout.split()), "the pages lead to the same"
    told = digest("check", folder=tmp_path / "new").stdout
    for name in ("brand.organisation", "brand.website", "server.url", "base_url", "insights: sender.reply_to"):
        assert f"{name} is still the example." in " ".join(told.split()), name
