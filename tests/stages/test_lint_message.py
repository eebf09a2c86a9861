"""The lint on copies of the good message, each with one fault put in by hand, and on whatever else claims to be one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from digest.stages.review.lint import lint_message
from tests.stages.emails import good
from tests.stages.test_lint import codes

Change = Callable[[bytes], bytes]


def field(name: str, value: str | None, more: str = "") -> Change:
    """Give a header field another value, or take it out; more: further fields before it."""

    def change(content: bytes) -> bytes:
        line = re.compile(rf"^{name}: .*?\r\n(?![ \t])".encode(), re.MULTILINE | re.DOTALL | re.IGNORECASE)
        new = b"" if value is None else f"{name}: {value}\r\n".encode("utf-8", "surrogateescape")
        changed, found = line.subn(lambda _: more.encode() + new, content, count=1)
        assert found
        return changed

    return change


def head(line: str) -> Change:
    return lambda content: f"{line}\r\n".encode() + content


def swap(old: bytes, new: bytes) -> Change:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


def turned(content: bytes) -> bytes:
    """The HTML before the text."""
    boundary = re.search(rb'boundary="([^"]+)"', content)
    assert boundary
    before, text, html, after = content.split(b"--" + boundary.group(1))
    return (b"--" + boundary.group(1)).join([before, html, text, after])


LEAVE = "<https://digest.example.org/u/x>"
SIGNATURE = "v=1; a=rsa-sha256; d=tidewell.example.org; s=k; bh=x; b=y;"
SIGNED = "from:to:subject:date:message-id:list-id:list-unsubscribe:list-unsubscribe-post"

BROKEN: dict[str, tuple[Change, str]] = {
    "no date": (field("Date", None), "message.date"),
    "date in words": (field("Date", "yesterday"), "message.date"),
    "two dates": (head("Date: Tue, 24 Nov 2026 08:00:00 +0000"), "message.date"),
    "no sender": (field("From", None), "message.from"),
    "two senders": (head("From: noreen@tidewell.example.org"), "message.from"),
    "two addresses": (field("From", "a@tidewell.example.org, b@tidewell.example.org"), "message.from"),
    "no id": (field("Message-ID", None), "message.id"),
    "id without brackets": (field("Message-ID", "1@tidewell.example.org"), "message.id"),
    "id of somebody else": (field("Message-ID", "<1@mailer.example.net>"), "message.id-domain"),
    "no subject": (field("Subject", None), "message.subject"),
    "empty subject": (field("Subject", "=?utf-8?q?_?="), "message.subject"),
    "two receivers": (head("To: bo@example.org"), "message.duplicate"),
    "no list": (field("List-Id", None), "message.list-id"),
    "list without a domain": (field("List-Id", "Tidewell insights"), "message.list-id"),
    "no way out": (field("List-Unsubscribe", None), "message.unsubscribe"),
    "way out by mail alone": (field("List-Unsubscribe", "<mailto:a@example.org>"), "message.unsubscribe"),
    "way out by a mail of one's own": (
        field("List-Unsubscribe", "<mailto:a@example.org?subject=leave%200a1b2c.AAAAAAAAAAAAAAAAAAAAAA>"),
        "message.by-mail-alone",
    ),
    "way out not encrypted": (field("List-Unsubscribe", "<http://a.example.org/u>"), "message.unsubscribe"),
    "two ways out": (field("List-Unsubscribe", f"{LEAVE}, {LEAVE}"), "message.unsubscribe"),
    "way out encoded": (field("List-Unsubscribe", "=?utf-8?q?=3Chttps=3A//a?="), "message.unsubscribe"),
    "way out inside": (field("List-Unsubscribe", "<https://localhost/u>"), "message.unsubscribe"),
    "no one-click": (field("List-Unsubscribe-Post", None), "message.one-click"),
    "one-click misspelt": (field("List-Unsubscribe-Post", "List-Unsubscribe=OneClick"), "message.one-click"),
    "no feedback": (field("Feedback-ID", None), "message.feedback-id"),
    "precedence": (head("Precedence: bulk"), "message.precedence"),
    "HTML first": (turned, "message.structure"),
    "mixed": (swap(b"multipart/alternative", b"multipart/mixed"), "message.structure"),
    "Latin letters": (
        swap(b'text/plain; charset="utf-8"', b'text/plain; charset="iso-8859-15"'),
        "message.charset text.letters",
    ),
    "unknown letters": (
        swap(b'text/html; charset="utf-8"', b'text/html; charset="klingon"'),
        "message.charset message.charset-unknown",
    ),
    "octets that are no letters": (swap(b"=C2=B7", b"=FF=B7"), "message.charset-unknown text.letters"),
    "long line": (swap(b"\r\n\r\n--", b"\r\n\r\n" + b"x" * 999 + b"\r\n--"), "message.long-line"),
    "long header": (head("X-Note: " + "x" * 1_000), "message.long-line"),
    "bare line feed": (swap(b"\r\nMIME-Version", b"\nMIME-Version"), "message.line-ends"),
    "bare carriage return": (swap(b"\r\n\r\n--", b"\r\n\r\nwords\rwords\r\n--"), "message.line-ends"),
    "letters in a header": (field("Subject", "Caf\udcc3\udca9"), "message.eight-bit"),
    "hidden line end": (field("Subject", "=?utf-8?q?Ferry=0D=0ABcc=3A_a=40example.org?="), "message.control"),
    "control sign": (field("To", "Ada\x07 <ada@example.org>"), "message.control"),
    "signature that leaves out": (head(f"DKIM-Signature: {SIGNATURE} h=from:to:subject:date"), "message.signature"),
    "boundary that is not there": (
        swap(b'boundary="=-', b'boundary="=+'),
        "message.broken message.structure",
    ),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_fault_of_a_message_is_found_and_no_other(name: str) -> None:
    change, expected = BROKEN[name]
    found = lint_message(change(good().message), name="spring.eml")
    assert codes(found) == expected.split(" ")
    assert all(finding.where.startswith("spring.eml") and finding.why and finding.mend for finding in found)


@pytest.mark.parametrize(
    "change",
    [
        head(f"DKIM-Signature: {SIGNATURE}\r\n h={SIGNED}"),
        field("Subject", "=?utf-8?q?Caf=C3=A9?="),
        field("Message-ID", "<1@mail.tidewell.example.org>"),
        field("List-Id", "Tidewell insights <insights.tidewell.example.org>"),
        lambda content: content.replace(b"\r\n", b"\n"),
        head("Received: from a by b"),
    ],
    ids=["signed", "encoded subject", "a host of the domain", "named list", "saved with line feeds", "received"],
)
def test_what_is_right_in_a_message_is_no_finding(change: Change) -> None:
    assert lint_message(change(good().message)) == ()


def test_faults_of_the_parts_are_found_in_a_message() -> None:
    broken = good().message.replace(b"\r\nAda=\r\n", b"\r\n{{ name }}=\r\n")
    assert codes(lint_message(broken)) == ["content.merge-field", "text.left-over"]


@pytest.mark.parametrize(
    "charset", ["rot13", "hex", "utf-7", "idna", "undefined", "unicode_escape", "x\x00y", "''", "a" * 500, "utf-16"]
)
def test_no_declared_encoding_is_a_traceback(charset: str) -> None:
    head = f"From: a@example.org\r\nContent-Type: text/html; charset={charset}\r\n\r\n".encode()
    assert lint_message(head + "<p>Caf\u00e9".encode())


def test_a_message_that_is_attached_is_not_looked_at() -> None:
    attached = (
        b"\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@example.org\r\n\r\nHello {{ name }}\r\n--o--\r\n"
    )
    head, _, rest = good().message.partition(b"MIME-Version: 1.0\r\n")
    inner = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="o"\r\n\r\n--o\r\n'
    assert lint_message(head + inner + rest + attached) == ()


def test_parts_in_parts_without_end_are_broken_and_no_traceback() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000))
    assert "message.broken" in codes(lint_message(b"From: a@example.org\r\n" + deep))
    wide = b"\r\n--b\r\n\r\nx" * 300
    message = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + wide
    assert "message.broken" in codes(lint_message(message))
