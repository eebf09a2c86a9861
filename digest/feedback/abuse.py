"""Abuse: who reported a mail as spam (ARF, RFC 5965; Hotmail's and Amazon's own), and reports that are no wish."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from digest.domain.model import FeedbackKind, Reported
from digest.feedback import codes
from digest.feedback.addresses import addresses_in, unique
from digest.feedback.opening import Headers, Opened, headers_of
from digest.feedback.texts import Notice

#: kinds of feedback by which a person says that they do not want it (RFC 5965 7.3, RFC 6430); the others – not-spam,
#: auth-failure (RFC 6591), virus – are no wish of theirs
_WISHES = ("abuse", "fraud", "opt-out", "opt-out-list", "miscategorized", "other", "complaint")
_TOLD = ("original-rcpt-to", "removal-recipient", "redacted-address")
_HOTMAIL = ("x-hmxmroriginalrecipient", "x-originalrecipient", "x-hmxmroriginalrecipients")


def feedback_of(message: Opened) -> Headers | None:
    """Return the fields of a message's feedback report; None where it has none."""
    part = next(message.of("message/feedback-report"), None)
    if part is None and message.parameters.get("report-type", "").lower() == "feedback-report":
        part = next((one for one in message.parts if "feedback-type:" in one.text.lower()), None)
    return headers_of(part.text[:200_000].replace("\n\n", "\n")) if part is not None else None


def is_wish(feedback: Headers) -> bool:
    """Whether feedback says that a person does not want the mail."""
    return feedback.get("feedback-type").strip().lower() in _WISHES


def complained(feedback: Headers, notice: Notice) -> list[str]:
    """Return who complained: as the report tells, else whom the returned mail was for."""
    told = [one for value in feedback.all(*_TOLD) for one in addresses_in(value)]
    for name in (*_HOTMAIL, "to"):
        told = told or [one for head in notice.returned for value in head.all(name) for one in addresses_in(value)]
    return unique(told)


def is_hotmails(message: Opened, notice: Notice) -> bool:
    """Whether it is a complaint as Hotmail sends them (JMRP): the mail itself, with a field of who complained."""
    return any(head.all(*_HOTMAIL) for head in notice.returned) or bool(message.headers.all(*_HOTMAIL))


def hotmails(message: Opened, notice: Notice) -> list[str]:
    """Return who complained to Hotmail."""
    heads = (message.headers, *notice.returned)
    return unique([one for head in heads for value in head.all(*_HOTMAIL) for one in addresses_in(value)])


def is_machines_report(message: Opened) -> bool:
    """Whether it tells of mail as a whole and nobody's wish: DMARC (RFC 7489 7.2.1), TLS-RPT (RFC 8460 5.3)."""
    if message.parameters.get("report-type", "").lower() in ("tlsrpt", "dmarc"):
        return True
    subject = message.headers.get("subject").lower()
    is_attached = any(
        part.kind.startswith("application/")
        and part.kind.endswith(("zip", "gzip", "x-gzip", "xml", "tlsrpt+gzip", "json"))
        for part in message.parts
    )
    return is_attached and bool(re.search(r"report[- ]domain:", subject))


def amazons(message: Opened, notice: Notice) -> tuple[str, tuple[Reported, ...], str] | None:
    """Return what Amazon tells in JSON (SES by SNS): kind of notification, whom of, the original's Message-ID."""
    text = next((part.text for part in message.of("text/plain", "application/json") if _is_amazons(part.text)), "")
    try:
        told: Any = json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0] if text else None
        if isinstance(told, dict) and isinstance(told.get("Message"), str):
            told = json.loads(told["Message"], strict=False)
        if not isinstance(told, dict):
            return None
        kind = str(told.get("notificationType") or told.get("eventType")).lower()
        mail = told["mail"] if isinstance(told.get("mail"), dict) else {}
        heads = mail.get("commonHeaders")
        message_id = heads.get("messageId", "") if isinstance(heads, dict) else ""
        return kind, tuple(_reported(kind, told.get(kind))), str(message_id)
    except (ValueError, RecursionError):
        return None


def _is_amazons(text: str) -> bool:
    return text.lstrip()[:1] == "{" and bool(re.search(r'\\?"(?:notificationType|eventType)\\?"', text[:5_000]))


def _reported(kind: str, told: Any) -> Iterator[Reported]:
    if not isinstance(told, dict):
        return
    people = told.get({"bounce": "bouncedRecipients", "complaint": "complainedRecipients"}.get(kind, "recipients"))
    for one in people if isinstance(people, list) else ():
        fields = one if isinstance(one, dict) else {"emailAddress": one}
        words = str(fields.get("diagnosticCode", ""))
        status = str(fields.get("status", "")) or codes.enhanced(words)
        for address in list(addresses_in(str(fields.get("emailAddress", ""))))[:1]:
            yield Reported(address=address, kind=_kind(kind, told, status, words), status=status)


def _kind(kind: str, told: dict[str, Any], status: str, words: str) -> FeedbackKind:
    if kind == "complaint":
        return FeedbackKind.COMPLAINT
    if kind != "bounce":
        return FeedbackKind.NONE
    if str(told.get("bounceType", "")).lower() in ("transient", "undetermined"):
        return FeedbackKind.SOFT
    return codes.judged(action="failed", status=status, words=words)
