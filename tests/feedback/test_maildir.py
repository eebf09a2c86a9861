"""Mail in folders and files of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.domain.errors import DigestError
from digest.domain.ports import Mailbox
from digest.feedback.maildir import Maildir, Mbox, is_mbox
from digest.feedback.opening import MOST_OCTETS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for room in ("new", "cur", "tmp"):
        (tmp_path / room).mkdir()
    (tmp_path / "new" / "2.host").write_bytes(b"two")
    (tmp_path / "cur" / "1.host:2,").write_bytes(b"one")
    (tmp_path / "cur" / "0.host:2,RS").write_bytes(b"seen")
    (tmp_path / "tmp" / "3.host").write_bytes(b"half")
    return tmp_path


def all_of(mailbox: Mailbox) -> list[tuple[str, bytes]]:
    return list(mailbox.messages())


def test_a_maildir_gives_what_was_not_seen(folder: Path) -> None:
    assert all_of(Maildir(folder)) == [("1.host", b"one"), ("2.host", b"two")]


def test_what_is_done_is_seen_and_not_given_again(folder: Path) -> None:
    mailbox = Maildir(folder)
    for key, _ in mailbox.messages():
        mailbox.done(key)
        mailbox.done(key)
    assert all_of(mailbox) == []
    assert sorted(file.name for file in (folder / "cur").iterdir()) == ["0.host:2,RS", "1.host:2,S", "2.host:2,S"]


def test_what_is_done_can_go_to_a_folder_of_its_own(folder: Path) -> None:
    mailbox = Maildir(folder, done="Done")
    mailbox.done("2.host")
    assert (folder / ".Done" / "cur" / "2.host:2,S").read_bytes() == b"two"
    assert [key for key, _ in mailbox.messages()] == ["1.host"]


def test_a_crash_before_done_gives_it_again(folder: Path) -> None:
    next(Maildir(folder).messages())
    assert [key for key, _ in Maildir(folder).messages()] == ["1.host", "2.host"]


def test_what_another_program_takes_away_meanwhile_is_passed_over(folder: Path) -> None:
    messages = Maildir(folder).messages()
    next(messages)
    (folder / "new" / "2.host").unlink()
    assert list(messages) == []


def test_what_another_program_renames_meanwhile_is_put_away_all_the_same(folder: Path) -> None:
    mailbox = Maildir(folder)
    list(mailbox.messages())
    (folder / "new" / "2.host").rename(folder / "cur" / "2.host:2,F")
    mailbox.done("2.host")
    assert (folder / "cur" / "2.host:2,FS").exists()


def test_a_huge_message_is_given_up_to_its_bound(folder: Path) -> None:
    with (folder / "new" / "9.host").open("wb") as opened:
        opened.truncate(MOST_OCTETS + 10)
    assert len(dict(Maildir(folder).messages())["9.host"]) == MOST_OCTETS


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(DigestError, match="no Maildir"):
        Maildir(tmp_path)


def test_an_mbox_gives_each_of_its_messages(tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_bytes(
        b"From a@b.example Mon Nov  2 08:00:00 2026\nSubject: 1\n\nFrom here on\n>From there\n\n"
        b"From c@d.example Mon Nov  2 09:00:00 2026\nSubject: 2\n\nx\n"
    )
    before = file.read_bytes()
    mailbox = Mbox(file)
    assert all_of(mailbox) == [("1", b"Subject: 1\n\nFrom here on\nFrom there\n\n"), ("2", b"Subject: 2\n\nx\n")]
    mailbox.done("1")
    assert file.read_bytes() == before
    assert is_mbox(file)


def test_an_empty_mbox_has_no_messages(tmp_path: Path) -> None:
    (tmp_path / "mail").touch()
    assert all_of(Mbox(tmp_path / "mail")) == []
    assert not is_mbox(tmp_path / "mail")
    with pytest.raises(DigestError, match="no file"):
        Mbox(tmp_path / "gone")


def test_a_saved_message_is_one_also_where_it_begins_as_an_mbox_does(tmp_path: Path) -> None:
    file = tmp_path / "saved.eml"
    file.write_bytes(b"From a@b.example Mon Nov  2 08:00:00 2026\nSubject: 1\n\nx\n")
    assert not is_mbox(file)
