from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    """The demo, played once in an empty folder: the folder, what it printed, seconds."""
    folder = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "digest", "demo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout, time.monotonic() - began


def test_the_demo_mails_everybody_who_agreed_and_nobody_else(played: tuple[Path, str, float]) -> None:
    folder, _, seconds = played
    mails = list((folder / "out" / "demo" / "mail").glob("*.eml"))
    assert len(mails) == 36
    assert not any("callum.thrower" in mail.name for mail in mails), "he has no consent record"
    assert seconds < 60


def test_the_demo_prints_what_came_what_stands_where_and_who_got_it(played: tuple[Path, str, float]) -> None:
    _, said, _ = played
    assert re.search(r"our-insights\s+9", said)
    assert re.search(r"Leadership\s+4", said)
    assert re.search(r"Heads, teachers and nursery staff\s+25\s+25\s+2", said)
    assert "no consent record" in said
    assert "out/demo/schools-all.html" in said


def test_two_sources_that_tell_the_same_become_one_story(played: tuple[Path, str, float]) -> None:
    folder, _, _ = played
    text = (folder / "out" / "demo" / "schools-all.txt").read_text()
    assert text.count("Forty home visits, and what families told us about absence") == 1
    assert "Also at Harbour Schools Network" in text


def test_every_message_stands_on_the_demos_own_address_and_fetches_nothing(played: tuple[Path, str, float]) -> None:
    folder, _, _ = played
    for file in (folder / "out" / "demo" / "mail").glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["List-Unsubscribe"].startswith("<https://digest.example.org/u/")
        body = message.get_body(("html",))
        assert body is not None
        page = body.get_content()
        assert "[[digest:" not in page
        assert not re.search(r"(?:src|background)=[\"']?http", page)
        assert "127.0.0.1" not in page


def test_run_again_it_finds_nothing_new_and_mails_nobody_twice(played: tuple[Path, str, float], digest: Digest) -> None:
    folder, _, _ = played
    log = folder / "out" / "demo" / "mail.jsonl"
    before = log.read_text()
    again = digest("demo", folder=folder)
    assert again.returncode == 0
    assert "Nothing new since the last edition: nobody is mailed." in again.stdout
    assert log.read_text() == before
    assert len(list((folder / "out" / "demo" / "mail").glob("*.eml"))) == 36


def test_ctrl_c_is_answered_kindly_and_the_demo_goes_on_where_it_was(tmp_path: Path, digest: Digest) -> None:
    command = [sys.executable, "-m", "digest", "demo"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        log = tmp_path / "out" / "demo" / "mail.jsonl"
        until = time.monotonic() + 60
        while time.monotonic() < until and not (log.exists() and log.read_text().count("\n") >= 3):
            time.sleep(0.01)
        # a terminal sends it to the whole group
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Nothing is lost" in said
    assert "Traceback" not in said
    assert digest("demo", folder=tmp_path).returncode == 0
    got = [json.loads(line)["to"] for line in log.read_text().splitlines()]
    assert len(got) == len(set(got)) >= 35, "one may be in doubt, and nobody is mailed twice"


def test_the_demo_leaves_a_real_workspace_alone(tmp_path: Path, digest: Digest) -> None:
    assert digest("init", tmp_path / "real").returncode == 0
    before = sorted(file.name for file in (tmp_path / "real").iterdir())
    refused = digest("demo", "--keep", tmp_path / "real", folder=tmp_path)
    assert refused.returncode == 1
    assert "no demo made it" in refused.stderr
    assert sorted(file.name for file in (tmp_path / "real").iterdir()) == before


def test_the_kept_workspace_is_one_to_try_things_in(tmp_path: Path, digest: Digest) -> None:
    kept = tmp_path / "kept"
    assert digest("demo", "--keep", kept, folder=tmp_path).returncode == 0
    assert digest("check", "-w", kept).returncode == 0
    (kept / "notes" / "new.md").write_text(
        "---\ntitle: A new note on nurseries\n---\nToddlers, play and first words.\n"
    )
    digest("collect", "-w", kept)
    drafted = digest("draft", "-w", kept)
    assert "with 1 story" in drafted.stdout


def test_the_pictures_of_its_stories_are_its_own_and_come_from_this_machine(played: tuple[Path, str, float]) -> None:
    folder, _, _ = played
    with sqlite3.connect(folder / "out" / "demo" / "workspace" / "digest.db") as database:
        asked = database.execute("SELECT address, failures, fault FROM picture_asked").fetchall()
        shapes = database.execute("SELECT shape, count(*), max(length(content)) FROM picture GROUP BY shape").fetchall()
    database.close()
    drawn = {file.name for file in (ROOT / "digest" / "demo" / "site" / "pictures").iterdir()}
    assert {(address.rpartition("/")[2], failures, fault) for address, failures, fault in asked} == {
        (name, 0, "") for name in drawn
    }
    assert [(shape, count) for shape, count, _ in shapes] == [("hero", len(drawn)), ("thumbnail", len(drawn))]
    assert all(size <= 60_000 for _, _, size in shapes)
