"""`digest bounces parse` on files, folders and mailboxes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest
from tests.feedback.messages import about, complaint, notice, plain, reply

HARD = notice(about("550 5.1.1 User unknown", "5.1.1"))


def lines(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_saved_bounce_is_a_line_of_json(digest: Digest, tmp_path: Path) -> None:
    file = tmp_path / "saved.eml"
    file.write_bytes(HARD)
    done = digest("bounces", "parse", str(file), "--json")
    recipients = [{"address": "ada@school.example", "kind": "hard", "status": "5.1.1"}]
    assert lines(done.stdout) == [{"file": str(file), "recipients": recipients}]
    assert done.returncode == 0


def test_what_is_no_bounce_ends_well(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(reply("Lovely, thank you"))
    (tmp_path / "2.eml").write_bytes(complaint("Feedback-Type: abuse\nOriginal-Rcpt-To: bea@school.example\n"))
    done = digest("bounces", "parse", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"), "--json")
    assert [one["recipients"] for one in lines(done.stdout)] == [
        [],
        [{"address": "bea@school.example", "kind": "complaint", "status": ""}],
    ]
    assert done.returncode == 0


def test_a_folder_a_maildir_and_an_mbox_are_read_message_by_message(digest: Digest, tmp_path: Path) -> None:
    folder, maildir, mbox = tmp_path / "folder", tmp_path / "maildir", tmp_path / "archive.mbox"
    folder.mkdir()
    for room in ("new", "cur", "tmp"):
        (maildir / room).mkdir(parents=True)
    (folder / "a.eml").write_bytes(HARD)
    (maildir / "new" / "1.host").write_bytes(HARD)
    (maildir / "cur" / "2.host:2,S").write_bytes(HARD)
    (maildir / "tmp" / "3.host").write_bytes(HARD)
    mbox.write_bytes(b"".join(b"From x@y.example Mon Nov  2 08:00:00 2026\n" + one + b"\n" for one in (HARD, HARD)))
    done = digest("bounces", "parse", str(folder), str(maildir), str(mbox), "--json")
    assert [one["file"] for one in lines(done.stdout)] == [
        str(folder / "a.eml"),
        str(maildir / "cur" / "2.host:2,S"),
        str(maildir / "new" / "1.host"),
        f"{mbox}#1",
        f"{mbox}#2",
    ]
    assert all(one["recipients"] for one in lines(done.stdout))


def test_a_missing_file_is_named_and_the_others_are_read(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "there.eml").write_bytes(HARD)
    done = digest("bounces", "parse", str(tmp_path / "gone.eml"), str(tmp_path / "there.eml"), "--json")
    assert "gone.eml" in done.stderr
    assert "Traceback" not in done.stderr
    assert [one["file"] for one in lines(done.stdout)] == [str(tmp_path / "there.eml")]
    assert done.returncode == 1


def test_a_file_that_cannot_be_read_is_named(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "loop.eml").symlink_to(tmp_path / "loop.eml")
    done = digest("bounces", "parse", str(tmp_path / "loop.eml"), "/proc/self/mem", "--json")
    assert "loop.eml" in done.stderr
    assert "/proc/self/mem cannot be read" in done.stderr
    assert (done.stdout, done.returncode) == ("", 1)


def test_a_person_is_told_what_it_means(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(HARD)
    (tmp_path / "2.eml").write_bytes(plain("Back on Monday", "Out of office", "bea@school.example"))
    done = digest("bounces", "parse", str(tmp_path))
    assert "ada@school.example" in done.stdout
    assert "for good" in done.stdout
    assert "an automatic reply" in done.stdout


def test_what_others_wrote_does_not_command_the_terminal(digest: Digest, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(plain("<a\x1b[31mda@school.example>: 550 user unknown"))
    assert "\x1b[31m" not in digest("bounces", "parse", str(tmp_path)).stdout
