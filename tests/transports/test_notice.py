from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import dkim as judge
import pytest

from digest.domain.model import Newsletter, Notice, NoticeKind, Parcel, Schedule, Sender, Subscriber
from digest.transports.dkim import DomainKey, Signer, new_key
from digest.transports.mime.notice import Content, parcel
from tests.transports.test_dkim import NOW

KEYS = tuple(DomainKey("fenmarsh.example.org", f"d2-{kind}", new_key(kind)) for kind in ("rsa", "ed25519"))
NEWS = Newsletter(
    id="news", name="Fenmarsh news", sender=Sender(name="Fenmarsh, the trust", address="news@fenmarsh.example.org"),
    schedule=Schedule(), sources=(), themes=(), segments=(),
)  # fmt: skip
PERSON = Subscriber(id="p1", address="eve@example.net", first_name="BUY", last_name="NOW")
NOTICE = Notice(id="n1", kind=NoticeKind.WELCOME, newsletter="news", subscriber=PERSON, made_at=NOW)
CONTENT = Content(
    subject="It begins – Fenmarsh news",
    text="Hello,\n\n.. a line with dots\nFrom the beginning\n",
    page="<p>Grüße</p>" + "x" * 3_000,
    unsubscribe="https://digest.example.org/u/0123456789abcdef.0123456789abcdef012345",
)


def unsigned(head: bytes, body: bytes) -> bytes:
    return b""


def signed(head: bytes, body: bytes) -> bytes:
    [fields] = Signer(KEYS, lambda: NOW)([(head, [body])])
    assert fields is not None
    return fields


def made(
    content: Content = CONTENT, notice: Notice = NOTICE, sign: Callable[[bytes, bytes], bytes] = unsigned
) -> Parcel:
    return parcel(NEWS, notice.id, notice.subscriber, content, b"s" * 32, NOW, sign)


def read(one: Parcel) -> EmailMessage:
    message = message_from_bytes(one.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_dkimpy_accepts_it_with_both_keys_and_what_leaves_by_one_click_is_signed() -> None:
    content = made(sign=signed).content
    records = {key.name: key.record.encode() for key in KEYS}
    for number in range(len(KEYS)):
        message = judge.DKIM(content)
        assert message.verify(idx=number, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")])
    for signature in re.findall(rb"(?s)DKIM-Signature:.*?\bh=(.*?);", content):
        fields = set(re.sub(rb"\s", b"", signature).lower().split(b":"))
        assert fields >= {b"from", b"to", b"subject", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post"}


def test_it_reads_as_it_was_written_to_one_person_without_their_name() -> None:
    message = read(made())
    assert message["To"] == "eve@example.net"
    assert message["Subject"] == CONTENT.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == f"<{CONTENT.unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, page = (part.get_content() for part in message.iter_parts())
    assert text.replace("\r\n", "\n") == CONTENT.text
    assert "Grüße" in page
    assert "BUY" not in made().content.decode()


def test_without_a_page_to_leave_by_no_field_says_that_there_is_one() -> None:
    message = read(made(replace(CONTENT, unsubscribe="")))
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_its_message_id_is_the_same_at_every_attempt_and_no_other_notices() -> None:
    later = parcel(NEWS, NOTICE.id, PERSON, CONTENT, b"s" * 32, NOW.replace(hour=20), unsigned)
    assert read(later)["Message-ID"] == read(made())["Message-ID"]
    assert read(made(notice=replace(NOTICE, id="n2")))["Message-ID"] != read(made())["Message-ID"]


def test_it_is_fit_for_the_wire() -> None:
    content = made(sign=signed).content
    assert content.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_an_address_beyond_ascii_goes_as_it_is() -> None:
    person = replace(PERSON, address="zoë@example.net")
    one = made(notice=replace(NOTICE, subscriber=person))
    assert one.envelope_to == "zoë@example.net"
    assert "zoë@example.net".encode() in one.content


@pytest.mark.parametrize(
    "address", ['"a b"@example.net', "a@b.c, d@e.f", "a@example.net\r\nBcc: x@y.z", "", "a", "<a@example.net>"]
)
def test_an_address_that_is_not_plain_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="plain address"):
        made(notice=replace(NOTICE, subscriber=replace(PERSON, address=address)))


def test_a_subject_of_lines_is_one_line() -> None:
    message = read(made(replace(CONTENT, subject="Hello\r\nBcc: victim@example.org")))
    assert message["Bcc"] is None
    assert "Hello" in message["Subject"]
