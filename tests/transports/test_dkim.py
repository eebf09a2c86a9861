"""Signatures: dkimpy accepts every message as it was signed, and none that was changed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dkim as judge
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from digest.transports.dkim import BadKey, DomainKey, Processes, Signer, new_key, read, strings, written
from digest.transports.dkim.processes import AHEAD, BATCH
from tests.emails import Email, email

#: dkimpy refuses what was signed in the future
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
KEYS = (
    DomainKey("fenmarsh.example.org", "d1-rsa", new_key("rsa")),
    DomainKey("fenmarsh.example.org", "d1-ed25519", new_key("ed25519")),
)
HEAD = (
    b"From: The Letter <news@fenmarsh.example.org>\r\nTo: robin@reader.example.net\r\nSubject: Hello\r\n"
    b"Date: Tue, 01 Dec 2026 08:00:00 +0000\r\nMessage-ID: <1@fenmarsh.example.org>\r\n"
    b"List-Unsubscribe: <https://fenmarsh.example.org/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
)
BODY = (b"Hello  Robin,\r\n", b"\r\n.. a line \t with spaces   \r\n", b"the end\r\n")


def records(name: bytes, timeout: int = 5) -> bytes:
    return {key.name: key.record for key in KEYS}[name.decode().rstrip(".")].encode()


def signed(head: bytes = HEAD, body: Sequence[bytes] = BODY, signer: Signer | None = None) -> bytes:
    fields = next((signer or Signer(KEYS, lambda: NOW))([(head, body)]))
    return b"".join([fields, head, b"\r\n", *body])


def verdicts(message: bytes) -> list[bool]:
    """Return what dkimpy says of each signature of a message."""
    found = []
    for number in range(len(KEYS)):
        try:
            found.append(bool(judge.DKIM(message).verify(idx=number, dnsfunc=records)))
        except judge.DKIMException:
            found.append(False)
    return found


def test_both_signatures_are_accepted() -> None:
    assert verdicts(signed()) == [True, True]


@pytest.mark.parametrize("language", ["english", "arabic", "welsh"])
@pytest.mark.parametrize("pictures", [False, True])
def test_editions_as_they_are_sent_are_accepted(language: str, pictures: bool) -> None:
    made: Email = email(language, 12, pictures=pictures)
    content = made.message()
    head, _, body = content.partition(b"\r\n\r\n")
    assert verdicts(signed(head + b"\r\n", [body])) == [True, True]


@pytest.mark.parametrize(
    "body",
    [
        (),
        (b"",),
        (b"\r\n",),
        (b"\r\n\r\n\r\n",),
        (b"no end",),
        (b"blank lines at the end\r\n\r\n\r\n", b"\r\n", b"", b"\r\n\r\n"),
        (b"   \r\n \t \r\nspaces alone\r\n   \r\n",),
        (b".\r\n..\r\n",),
        ("ünï\r\n".encode(),),
    ],
)
def test_bodies_of_every_shape_are_accepted(body: tuple[bytes, ...]) -> None:
    assert verdicts(signed(body=body)) == [True, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello  Robin", b"Hello  Robbie"),
        (b"the end", b"the end of it"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"<news@", b"<fake@"),
        (b"To: robin", b"To: robina"),
        (b"/u/1>", b"/u/2>"),
        (b"One-Click", b"Two-Click"),
        (b"01 Dec", b"02 Dec"),
        (b"text/plain", b"text/html"),
        (b"Message-ID: <1", b"Message-ID: <2"),
        (b"t=", b"t=1"),
    ],
)
def test_what_is_changed_is_refused(old: bytes, new: bytes) -> None:
    message = signed()
    assert old in message
    assert verdicts(message.replace(old, new)) == [False, False]


@pytest.mark.parametrize(
    "field",
    [
        b"From: Somebody <else@example.com>",
        b"Subject: Another",
        b"To: else@example.com",
        b"Reply-To: else@example.com",
        b"Date: Wed, 02 Dec 2026 08:00:00 +0000",
        b"Content-Type: text/html",
        b"MIME-Version: 2.0",
        b"List-Unsubscribe: <https://evil.example.com/>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"Sender: else@example.com",
        b"Cc: else@example.com",
        b"Content-Transfer-Encoding: base64",
        b"List-Id: <else.example.com>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_second_field_is_refused(field: bytes, first: bool) -> None:
    fields, head = next(Signer(KEYS, lambda: NOW)([(HEAD, BODY)])), HEAD
    head = field + b"\r\n" + head if first else head + field + b"\r\n"
    assert verdicts(b"".join([fields, head, b"\r\n", *BODY])) == [False, False]


def test_folding_and_spaces_may_change_on_the_way() -> None:
    moved = (
        signed().replace(b"Subject: Hello", b"SUBJECT:\r\n   Hello ").replace(b"with spaces   \r\n", b"with spaces\r\n")
    )
    assert verdicts(moved) == [True, True]


def test_the_same_signer_signs_one_message_after_the_other() -> None:
    signer = Signer(KEYS, lambda: NOW)
    constant = b"what everybody gets \r\n" * 50
    for name in (b"Robin", b"Ada  B", b"", b"Robin"):
        assert verdicts(signed(body=[b"Hello ", name, b",\r\n", constant], signer=signer)) == [True, True]


def test_a_beginning_that_all_have_is_hashed_once_and_spoils_no_other() -> None:
    signer = Signer(KEYS, lambda: NOW)
    constant = b"what everybody gets \r\n" * 50
    for rest in ([b"Robin\r\n"], [b"Ada  B\r\n", constant], [], [b" \r\n"], [constant], [b"Robin\r\n"]):
        assert verdicts(signed(body=[constant, *rest], signer=signer)) == [True, True]


def test_no_line_of_a_signature_is_long_and_the_time_is_said() -> None:
    fields = next(Signer(KEYS, lambda: NOW)([(HEAD, BODY)]))
    assert max(map(len, fields.split(b"\r\n"))) <= 78
    assert fields.count(f"t={int(NOW.timestamp())};".encode()) == 2
    assert b"l=" not in re.sub(rb"\s(?:b|bh|h)=[^;]*", b"", fields).replace(b"rel", b"")


def test_the_same_message_at_the_same_time_has_the_same_signatures() -> None:
    assert next(Signer(KEYS, lambda: NOW)([(HEAD, BODY)])) == next(Signer(KEYS, lambda: NOW)([(HEAD, BODY)]))


_TEXT = st.text(alphabet=" \t\r\nab.é", max_size=60)


@given(_TEXT, st.lists(st.integers(0, 60), max_size=4))
def test_a_body_cut_anywhere_where_a_message_may_be_cut_is_accepted(text: str, cuts: list[int]) -> None:
    # every message ends with a line end
    body = (text.replace("\r", "").replace("\n", "\r\n") + "\r\n").encode()
    # as compiled messages are: no run of spaces and no line end lies across two pieces
    good = [cut for cut in sorted(cuts) if 0 < cut < len(body) and not body[cut - 1 : cut + 1].strip(b"ab.\xc3\xa9")]
    pieces = [body[start:end] for start, end in zip([0, *good], [*good, len(body)], strict=True)]
    assert b"".join(pieces) == body
    assert verdicts(signed(body=pieces)) == [True, True]


# ---------------------------------------------------------------------------------------------
# In processes

EVERYBODYS = [b"what everybody gets \r\n" * 300, b"what  everybody gets, too\r\n" * 300]


@pytest.fixture
def processes() -> Iterator[Processes]:
    made = Processes(KEYS, lambda: NOW, 2, EVERYBODYS)
    yield made
    made.close()


def messages(number: int) -> list[tuple[bytes, list[bytes]]]:
    return [(HEAD, [b"Hello %d,\r\n" % at, EVERYBODYS[at % 2], b"/u/%d\r\n" % at]) for at in range(number)]


def test_processes_sign_as_one_does_in_the_same_order(processes: Processes) -> None:
    many = messages(5 * BATCH + 3)
    assert list(processes(many)) == list(Signer(KEYS, lambda: NOW)(many))
    assert list(processes(many[:1])) == list(Signer(KEYS, lambda: NOW)(many[:1]))
    assert list(processes([])) == []


def test_what_a_killed_process_leaves_is_signed_all_the_same(processes: Processes) -> None:
    many = messages(20 * BATCH)
    expected = list(Signer(KEYS, lambda: NOW)(many))
    found = []
    for number, signature in enumerate(processes(many)):
        found.append(signature)
        if number in (BATCH, 10 * BATCH):
            for process in {processes._children.start(os.getpid)() for _ in range(20)}:
                os.kill(process, signal.SIGKILL)
    assert found == expected


def test_messages_are_asked_for_some_ahead_and_no_more(processes: Processes) -> None:
    asked = 0

    def counted() -> Iterator[tuple[bytes, list[bytes]]]:
        nonlocal asked
        for message in messages(50 * BATCH):
            asked += 1
            yield message

    next(processes(counted()))
    assert asked <= 2 * AHEAD * BATCH


# ---------------------------------------------------------------------------------------------
# Keys


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_key_is_read_as_it_was_written(algorithm: str) -> None:
    key = new_key(algorithm)
    assert DomainKey("a.example", "s", read(written(key))).record == DomainKey("a.example", "s", key).record


def _pem(key: object, password: bytes = b"") -> bytes:
    from cryptography.hazmat.primitives.serialization import NoEncryption

    way = BestAvailableEncryption(password) if password else NoEncryption()
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, way)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
        (b"\xff\xfe secret", "no private key"),
        (_pem(new_key("rsa"), b"password"), "encrypted"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), "neither an RSA key"),
    ],
    ids=["empty", "broken", "binary", "encrypted", "elliptic"],
)
def test_what_is_no_key_is_refused_without_telling_what_it_holds(content: bytes, why: str) -> None:
    with pytest.raises(BadKey, match=why) as refused:
        read(content)
    assert "secret" not in str(refused.value)


def test_a_key_of_1024_bits_is_read_and_shows_nothing_of_itself() -> None:
    # verifiers take it (RFC 8301 3.2); `digest check` says that it is weak
    small = rsa.generate_private_key(65_537, 1_024)
    assert read(_pem(small))
    assert "PRIVATE" not in repr(DomainKey("a.example", "s", small))


def test_two_variants_in_turn_are_signed_rightly() -> None:
    signer = Signer(KEYS, lambda: NOW)
    one, other = b"what heads get  \r\n" * 40, b"what  teachers get\r\n" * 40
    for constant in (one, other, one, other):
        assert verdicts(signed(body=[b"Hello,\r\n", constant], signer=signer)) == [True, True]


def test_a_record_is_cut_into_strings_that_the_dns_takes() -> None:
    value = KEYS[0].record
    parts = re.findall(r'"([^"]*)"', strings(value))
    assert "".join(parts) == value
    assert len(parts) > 1
    assert max(map(len, parts)) == 255
