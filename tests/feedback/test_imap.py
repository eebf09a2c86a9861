"""A mailbox on a server, against a small server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.app.grant import Granted
from digest.app.tokens import Mailbox, Tokens
from digest.domain.errors import ServerTrouble
from digest.domain.model import Server
from digest.feedback.imap import Account, Imap, Proof
from digest.feedback.opening import MOST_OCTETS
from tests.authority import Authority
from tests.conftest import Clock
from tests.contract.conftest import Certificates
from tests.feedback.imap_server import PASSWORD, TOKEN, USER, ImapServer

PROOF = Proof(password=PASSWORD)


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as made:
        yield made


def account(server: ImapServer, **settings: object) -> Account:
    given = {"url": f"imap://feedback%40charity.example@127.0.0.1:{server.port}", "tls": server.tls, "timeout": 10}
    return Account(**(given | settings))  # type: ignore[arg-type]


def read(server: ImapServer, after: str = "", **settings: object) -> list[tuple[str, bytes]]:
    with Imap(account(server, **settings), PROOF, after) as mailbox:
        return list(mailbox.messages())


def test_messages_come_in_their_order_and_stay_unread(server: ImapServer) -> None:
    server.put(b"one", b"two \xff")
    assert read(server) == [("7/1", b"one"), ("7/2", b"two \xff")]
    assert all(not one.flags for one in server.folders["INBOX"])
    assert read(server) == [("7/1", b"one"), ("7/2", b"two \xff")]


def test_what_is_done_is_moved_and_not_given_again(server: ImapServer) -> None:
    server.put(b"one", b"two")
    with Imap(account(server), PROOF) as mailbox:
        for key, _ in mailbox.messages():
            mailbox.done(key)
    assert server.folders["INBOX"] == []
    assert [one.content for one in server.folders["Digest/Done"]] == [b"one", b"two"]
    assert read(server) == []


@pytest.mark.parametrize(("capabilities", "left"), [("UIDPLUS", 0), ("", 1)], ids=["UIDPLUS", "bare"])
def test_a_server_that_cannot_move_copies(capabilities: str, left: int) -> None:
    with ImapServer(capabilities=capabilities) as server:
        server.put(b"one")
        with Imap(account(server), PROOF) as mailbox:
            mailbox.done("7/1")
        assert [one.content for one in server.folders["Digest/Done"]] == [b"one"]
        assert len(server.folders["INBOX"]) == left
        assert read(server) == []


def test_without_a_folder_for_it_what_is_done_is_marked_as_read(server: ImapServer) -> None:
    server.put(b"one", b"two")
    with Imap(account(server, done=""), PROOF) as mailbox:
        mailbox.done("7/1")
        mailbox.done("7/1")
    assert server.folders["INBOX"][0].flags == {"\\Seen"}
    assert read(server, done="") == [("7/2", b"two")]


def test_after_the_last_also_what_somebody_has_read_is_given(server: ImapServer) -> None:
    server.put(b"one", b"two", b"three")
    server.folders["INBOX"][1].flags.add("\\Seen")
    assert [key for key, _ in read(server, after="7/1")] == ["7/2", "7/3"]
    assert read(server, after="7/3") == []


def test_a_mailbox_that_was_numbered_anew_is_read_from_its_beginning(server: ImapServer) -> None:
    server.put(b"one")
    server.validity = 8
    assert read(server, after="7/1") == [("8/1", b"one")]
    with Imap(account(server), PROOF) as mailbox:
        # the key is of the old numbers: another message may have it now
        mailbox.done("7/1")
    assert len(server.folders["INBOX"]) == 1


def test_a_crash_before_done_gives_it_again(server: ImapServer) -> None:
    server.put(b"one")
    with Imap(account(server), PROOF) as mailbox:
        next(mailbox.messages())
    assert read(server) == [("7/1", b"one")]


def test_a_huge_message_is_asked_for_up_to_its_bound(server: ImapServer) -> None:
    server.put(b"x" * (MOST_OCTETS + 1_000))
    assert [len(content) for _, content in read(server)] == [MOST_OCTETS]


def test_another_folder_is_read(server: ImapServer) -> None:
    server.put(b"one")
    server.folders["Bounces"] = server.folders["INBOX"]
    assert read(server, folder="Bounces") == [("7/1", b"one")]
    with pytest.raises(ServerTrouble, match="could not open the folder"):
        read(server, folder="Gone")


def test_a_token_is_shown_instead_of_the_password(server: ImapServer) -> None:
    server.put(b"one")
    with Imap(account(server), Proof(token=lambda _refused: TOKEN)) as mailbox:
        assert list(mailbox.messages()) == [("7/1", b"one")]


def test_a_token_that_is_refused_is_asked_for_anew_once(server: ImapServer) -> None:
    asked: list[str] = []

    def token(refused: str) -> str:
        asked.append(refused)
        return TOKEN if refused else "old-token"

    Imap(account(server), Proof(token=token)).close()
    assert asked == ["", "old-token"]
    with pytest.raises(ServerTrouble, match="refused the log-in"):
        Imap(account(server), Proof(token=lambda _refused: "old-token"))


def test_who_signed_in_for_the_mail_server_may_read_the_mailbox_too(
    server: ImapServer, authority: Authority, clock: Clock, tmp_path: Path
) -> None:
    signed_in = Mailbox(tmp_path, "", Server(url="smtp://127.0.0.1"), authority.oauth)
    authority.lasts.add("lasting")
    signed_in.keep(Granted(access="", seconds=0, refresh="lasting"))
    server.tokens = authority.tokens
    server.put(b"one")
    with Imap(account(server), Proof(token=Tokens(signed_in, clock))) as mailbox:
        assert list(mailbox.messages()) == [("7/1", b"one")]


@pytest.mark.parametrize("capabilities", ["MOVE", "MOVE AUTH=PLAIN"])
@pytest.mark.parametrize("password", ["wrong horse", "tüü"])
def test_what_a_server_says_of_a_password_is_not_repeated(capabilities: str, password: str) -> None:
    with ImapServer(capabilities=capabilities) as server, pytest.raises(ServerTrouble) as told:
        Imap(account(server), Proof(password=password))
    fault: BaseException | None = told.value
    while fault is not None:
        assert password not in str(fault)
        fault = fault.__cause__
    assert password not in repr(Proof(password=password))


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_line_is_encrypted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with ImapServer(certificates.context("good"), tls) as server:
        server.put(b"one")
        assert read(server) == [("7/1", b"one")]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.parametrize("name", ["expired", "stranger", "alone"])
def test_who_cannot_prove_who_they_are_is_told_nothing(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tls: str, name: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with ImapServer(certificates.context(name), tls) as server:
        with pytest.raises(ServerTrouble, match="prove who it is"):
            read(server)
        assert not [line for line in server.said if not line.upper().startswith(("CAPABILITY", "STARTTLS"))]


def test_a_server_that_takes_encryption_back_is_told_nothing(server: ImapServer) -> None:
    with pytest.raises(ServerTrouble, match="offers no encryption"):
        read(server, tls="starttls")


def test_no_password_goes_over_the_network_in_clear_text() -> None:
    with pytest.raises(ServerTrouble, match="clear text"):
        Imap(Account(url="imap://ada@mail.charity.example", tls="none"), PROOF)


def test_a_server_that_is_down_is_named() -> None:
    with ImapServer() as server:
        where = account(server)
    with pytest.raises(ServerTrouble, match=r"127\.0\.0\.1 does not serve"):
        Imap(where, PROOF)


def test_a_server_that_goes_away_amid_it_is_named(server: ImapServer) -> None:
    server.put(b"one", b"two")
    with Imap(account(server), PROOF) as mailbox:
        messages = mailbox.messages()
        next(messages)
        server.folders["INBOX"] = None  # type: ignore[assignment]
        with pytest.raises(ServerTrouble, match="could not give a message"):
            next(messages)
        with pytest.raises(ServerTrouble):
            mailbox.done("7/1")
    assert USER not in " ".join(server.said)
