from __future__ import annotations

import asyncio
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from rich.console import Console

from digest.app.sending import Outset
from digest.cli.live import LiveLine, Rate, words
from digest.jobs.ledger import Standing
from tests.cli.conftest import Digest
from tests.conftest import Sink

OUTSET = Outset(people=40_000, sent=200, refused=1, canary_percent=2)
MAIN, SECOND = "smtp://news%40a.org@mail.a.org:587", "smtp://mail.b.org:25"


# what the line says


def test_the_line_says_how_a_sending_stands_and_how_long_it_takes() -> None:
    standing = Standing(sent=1_004, refused=2)
    assert words(OUTSET, standing, 512.4, "Europe/London") == (
        "1,204 sent, 3 refused, 38,793 waiting · 512 a second · 1 min 16 s left"
    )


@pytest.mark.parametrize(
    ("rate", "says"),
    [(0.0, None), (0.25, "0.2 a second · 43 h 20 min left"), (1000.0, "1,000 a second · 39 s left")],
)
def test_the_time_that_is_left_goes_by_the_rate(rate: float, says: str | None) -> None:
    said = words(Outset(people=39_001), Standing(sent=1), rate, "Europe/London")
    assert said == " · ".join(["1 sent, 0 refused, 39,000 waiting", *([says] if says else [])])


def test_while_a_wave_waits_it_says_until_when_by_the_readers_clock() -> None:
    standing = Standing(sent=600, opens=datetime(2026, 7, 7, 7, 12, tzinfo=UTC))
    said = words(OUTSET, standing, 80.0, "Europe/London")
    assert said.endswith("800 of the first 2 % have it; the rest goes from 08:12")
    assert "left" not in said, "nobody can say from what those few took"
    seeds = words(Outset(people=9), Standing(sent=3, opens=standing.opens), 0.0, "Europe/London")
    assert seeds.endswith("3 of those who get it first have it; the rest goes from 08:12")


def test_several_servers_are_told_apart_and_nobody_who_signs_in_there_is_shown() -> None:
    standing = Standing(sent=3, servers=Counter({MAIN: 2, SECOND: 1}))
    assert words(OUTSET, standing, 0.0, "UTC").endswith(" · mail.a.org:587 2, mail.b.org:25 1")
    assert "mail" not in words(OUTSET, Standing(sent=2, servers=Counter({MAIN: 2})), 0.0, "UTC")


def test_who_is_in_doubt_or_skipped_does_not_wait() -> None:
    standing = Standing(sent=1, refused=1, doubtful=2, skipped=3, put_off=4)
    assert words(Outset(people=10), standing, 0.0, "UTC") == "1 sent, 1 refused, 2 in doubt, 3 waiting"
    assert words(Outset(people=1), Standing(sent=5), 0.0, "UTC") == "5 sent, 0 refused, 0 waiting"


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    assert rate.of(0) == 0
    for second in range(1, 31):
        now[0] = float(second)
        # a hundred a second, then ten
        seen = rate.of(min(second, 15) * 100 + max(0, second - 15) * 10)
        if second == 15:
            assert seen == pytest.approx(100)
    assert seen == pytest.approx(10)


def test_a_terminal_has_one_line_that_is_drawn_anew() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120, _environ={"TERM": "xterm"})
    standing = Standing(sent=1)
    with LiveLine("UTC", console) as line:
        line(Outset(people=3), standing)
        time.sleep(0.6)
        standing.sent = 2
        for _ in range(100_000):
            line(Outset(people=3), standing)
        time.sleep(0.6)
    said = file.getvalue()
    assert "1 sent, 0 refused, 2 waiting" in said
    assert "2 sent, 0 refused, 1 waiting" in said
    assert said.count("\n") == 1, "it takes one line"
    assert said.count("sent, ") < 15, "four times a second, however often it is told"


def test_what_was_refused_before_it_began_leaves_no_line() -> None:
    file = io.StringIO()
    with LiveLine("UTC", Console(file=file, force_terminal=True, width=80, _environ={"TERM": "xterm"})):
        time.sleep(0.1)
    assert "Making the first messages…" in file.getvalue()
    assert file.getvalue().endswith("\x1b[1A\x1b[2K"), "up a line, and away with it"


def test_a_line_that_is_longer_than_the_terminal_is_cut() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=20, _environ={"TERM": "xterm"})
    with LiveLine("UTC", console) as line:
        line(Outset(people=3_000_000), Standing(sent=1))
    assert (
        re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue()).strip().splitlines()[-1].strip()
        == "1 sent, 0 refused, …"
    )


def test_without_a_terminal_a_plain_line_is_printed_now_and_then() -> None:
    file = io.StringIO()
    with LiveLine("UTC", Console(file=file, width=20), every=0.05) as line:
        line(Outset(people=3_000_000), Standing(sent=1))
        time.sleep(0.4)
    lines = file.getvalue().splitlines()
    assert 2 <= len(lines) <= 9
    assert lines[-1].startswith("1 sent, 0 refused, 2,999,999 waiting")
    assert "\x1b" not in file.getvalue()


def test_what_is_quick_says_nothing_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    with LiveLine("UTC", Console(file=file)) as line:
        line(Outset(people=3), Standing(sent=3))
    assert file.getvalue() == ""


# sending


class _Refusing:
    async def handle_RCPT(self, *_: object) -> str:
        return "550 5.7.1 not wanted here"


@pytest.fixture
def refusing() -> Iterator[str]:
    """A mail server that refuses everybody; its address."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(_Refusing()), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _approved(drafted: tuple[Path, str], digest: Digest, people: int = 0) -> tuple[Path, str]:
    workspace, edition = drafted
    with (workspace / "subscribers.csv").open("a") as file:
        file.writelines(f"p{number}@example.org,=P,,weekly,form,2026-01-01\n" for number in range(people))
    done = digest("approve", edition, "--as", "Ada", folder=workspace)
    assert done.returncode == 0, done.stderr
    return workspace, edition


def test_a_person_at_a_terminal_sees_the_line(drafted: tuple[Path, str], digest: Digest, sink: Sink) -> None:
    workspace, edition = _approved(drafted, digest)
    mine, theirs = os.openpty()
    command = [sys.executable, "-m", "digest", "send", edition, "--server", sink.url, "--tls", "none"]
    with subprocess.Popen(
        command, cwd=workspace, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"}, text=True
    ) as process:
        out, _ = process.communicate(timeout=60)
    os.close(theirs)
    said = os.read(mine, 65_536).decode()
    os.close(mine)
    assert "2 sent, 0 refused, 0 waiting" in said
    assert "sent: 2 sent" in out


def test_what_paused_by_itself_says_why_and_what_to_do(
    drafted: tuple[Path, str], digest: Digest, refusing: str
) -> None:
    workspace, edition = _approved(drafted, digest, people=30)
    done = digest("send", edition, "--server", refusing, "--tls", "none", folder=workspace)
    assert done.returncode == 3, done.stderr
    assert "5 of 5 were refused for what the email is or looks like" in done.stderr
    assert "550 5.7.1 not wanted here" in done.stderr
    assert f"`digest deliveries {edition} --state failed` shows whom" in done.stderr
    assert f"`digest send {edition}` goes on" in done.stderr
    assert "Traceback" not in done.stderr
    assert "were refused" in digest("status", edition, folder=workspace).stdout


# the outbox


def _ledger(workspace: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(workspace / "digest.db") as connection:
        return connection.execute("SELECT * FROM delivery").fetchall()


def test_everybodys_message_is_written_and_nobody_counts_as_mailed(
    drafted: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = _approved(drafted, digest)
    with (workspace / "subscribers.csv").open("a") as file:
        file.write("di@example.org,Di,,weekly,,\n")
    for _ in range(2):
        done = digest("outbox", edition, "mail", "--force", folder=workspace)
        assert done.returncode == 0, done.stderr
        assert "Wrote 2 messages into mail. Nobody counts as mailed." in done.stdout
        assert "1 get nothing" in done.stdout
        assert "@example.org" not in done.stdout + done.stderr
    assert _ledger(workspace) == []
    files = sorted((workspace / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert not [file for file in files if "ada" in file.name or "bo" in file.name], "by ids, not by addresses"
    assert (workspace / "mail").stat().st_mode & 0o077 == 0
    messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert {str(one["To"]) for one in messages} == {"Ada <ada@example.org>", "Bo <bo@example.org>"}
    digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    sent = {line["to"]: line["message_id"] for line in sink.log()}
    assert {one["To"].addresses[0].addr_spec: str(one["Message-ID"]) for one in messages} == sent, "as it is sent"
    assert digest("outbox", edition, "after", folder=workspace).returncode == 0
    assert sorted(file.name for file in (workspace / "after").iterdir()) == [file.name for file in files]


def test_who_left_after_an_edition_was_sent_is_in_no_outbox(
    drafted: tuple[Path, str], digest: Digest, sink: Sink
) -> None:
    workspace, edition = _approved(drafted, digest)
    digest("send", edition, "--server", sink.url, "--tls", "none", folder=workspace)
    digest("leave", "bo@example.org", folder=workspace)
    before = _ledger(workspace)
    done = json.loads(digest("outbox", edition, "mail", "--json", folder=workspace).stdout)
    assert (done["written"]["messages"], done["written"]["skipped"]) == (1, 1)
    assert _ledger(workspace) == before


def test_messages_are_signed_and_no_more_than_wanted(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    made = digest("dkim", "new", "--algorithm", "ed25519", folder=workspace)
    assert made.returncode == 0, made.stderr
    lines = re.findall(r"^\[\[dkim\]\]\ndomain = .*\nselector = .*$", made.stdout, re.MULTILINE)
    with (workspace / "digest.toml").open("a") as file:
        file.write("\n" + "\n".join(lines) + "\n")
    _approved(drafted, digest)
    done = digest("outbox", edition, "mail", "--limit", "1", folder=workspace)
    assert "Wrote 1 message into mail" in done.stdout, done.stderr
    (file_of,) = (workspace / "mail").iterdir()
    assert file_of.read_bytes().startswith(b"DKIM-Signature:")


def test_what_nobody_approved_and_a_folder_in_use_are_refused(drafted: tuple[Path, str], digest: Digest) -> None:
    workspace, edition = drafted
    done = digest("outbox", edition, "mail", folder=workspace)
    assert done.returncode == 1
    assert "is draft; only what somebody approved has messages" in done.stderr
    assert not (workspace / "mail").exists()
    digest("approve", edition, "--as", "Ada", folder=workspace)
    (workspace / "mail").mkdir()
    (workspace / "mail" / "mine.txt").write_text("mine")
    done = digest("outbox", edition, "mail", folder=workspace)
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [file.name for file in (workspace / "mail").iterdir()] == ["mine.txt"]
    assert digest("outbox", edition, "digest.toml", folder=workspace).returncode == 1
    assert digest("outbox", edition, "mail", "--limit", "0", folder=workspace).returncode == 2
    missing = digest("outbox", "insights-1999", "mail", folder=workspace)
    assert "There is no edition" in missing.stderr
