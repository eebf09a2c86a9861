"""Messages that come back, as servers and people write them; made for the tests."""

from __future__ import annotations

from collections.abc import Sequence

VERP = "news+b-7f3a@charity.example"


def plain(
    text: str,
    subject: str = "Undelivered Mail Returned to Sender",
    sender: str = "MAILER-DAEMON@mx.example",
    headers: Sequence[str] = (),
) -> bytes:
    """A message of words alone."""
    head = [
        f"From: {sender}",
        f"To: {VERP}",
        f"Subject: {subject}",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return ("\n".join(head) + f"\n\n{text}\n").encode()


def report(
    *parts: tuple[str, str],
    kind: str = "delivery-status",
    subject: str = "Undelivered Mail Returned to Sender",
    sender: str = "MAILER-DAEMON@mx.example",
) -> bytes:
    """A multipart/report of parts: (content type, text)."""
    head = (
        f"From: {sender}\nTo: {VERP}\nX-Original-To: {VERP}\nSubject: {subject}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=_b"\n\n'
    )
    body = "".join(f"--=_b\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return f"{head}{body}--=_b--\n".encode()


RETURNED = (
    "Return-Path: <news@charity.example>\nFrom: Charity <news@charity.example>\nTo: ada@school.example\n"
    "Message-ID: <k3y@charity.example>\nSubject: This week\n\nHello Ada\n"
)


def notice(group: str, words: str = "Your mail could not be delivered.", returned: str = RETURNED) -> bytes:
    """A delivery status notification with one group about a recipient, or several parted by empty lines."""
    status = f"Reporting-MTA: dns; mx.example\n\n{group}\n"
    return report(("text/plain", words), ("message/delivery-status", status), ("message/rfc822", returned))


def about(said: str, status: str = "5.0.0", action: str = "failed", address: str = "ada@school.example") -> str:
    """A notice's group about one recipient."""
    return (
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"
        if said
        else f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
    )


def complaint(feedback: str, returned: str = RETURNED) -> bytes:
    """A complaint as ARF has it."""
    return report(
        ("text/plain", "This is an email abuse report."),
        ("message/feedback-report", feedback),
        ("message/rfc822", returned),
        kind="feedback-report",
        subject="complaint about message",
        sender="fbl@provider.example",
    )


def reply(text: str, subject: str = "Re: This week", sender: str = "Ada <ada@school.example>") -> bytes:
    """A person's reply."""
    return plain(text, subject=subject, sender=sender)
