"""Amazon SES, whose notifications come by way of SNS: signed by RSA with a certificate of Amazon's.

Everybody's topics in a region are signed with the same key, so that the topic's own name is the proof as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from digest.domain.model import FeedbackKind, Report
from digest.feedback.hooks import keys
from digest.feedback.hooks.telling import (
    Request,
    fields,
    for_good,
    for_now,
    identity,
    objects,
    report,
    text,
    value_of,
)

#: SNS signs a message when it is published, and tries to deliver it for up to an hour
MOST_AGE = timedelta(hours=1)
#: an answer to the question whether its topic may send here
CONFIRMATION = "SubscriptionConfirmation"
_NOTIFICATION = "Notification"
#: what is signed, in this order; a subject only where there is one
_SIGNED = {
    _NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem")
#: kinds of a complaint by which nobody says that they do not want it (RFC 5965 7.3, RFC 6591)
_NO_WISHES = ("not-spam", "auth-failure", "virus")


def told(request: Request, topic: str) -> dict[str, Any]:
    """Return what SNS tells for a topic; an empty object for anything else, before it is known who says it.

    Raises ValueError for what is no JSON.
    """
    found = fields(value_of(request.body))
    is_ours = text(found, "TopicArn") == topic and text(found, "Type") in _SIGNED
    return found if is_ours and address(found, "SigningCertURL", topic) else {}


def address(told: dict[str, Any], name: str, topic: str) -> str:
    """Return an address in what SNS tells: of the certificate, or to confirm; empty where it is not SNS's own."""
    found = text(told, name)
    try:
        parts = urlsplit(found)
        is_ours = (parts.scheme, parts.netloc) == ("https", host(topic)) and found.isascii() and found.isprintable()
    except ValueError:
        return ""
    if name == "SigningCertURL" and not (_CERTIFICATE.fullmatch(parts.path) and not parts.query):
        return ""
    return found if is_ours else ""


def host(topic: str) -> str:
    """Return the host of SNS in a topic's region."""
    _, partition, _, region, *_ = topic.split(":")
    return f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


def is_signed(told: dict[str, Any], certificate: bytes, now: datetime) -> bool:
    """Tell whether SNS signed what `told` returned, not long ago; certificate: PEM, from its SigningCertURL."""
    version = text(told, "SignatureVersion")
    if version not in ("1", "2") or not _is_recent(text(told, "Timestamp"), now):
        return False
    names = [name for name in _SIGNED[text(told, "Type")] if name != "Subject" or text(told, name)]
    octets = "".join(f"{name}\n{text(told, name)}\n" for name in names).encode("utf-8", "surrogatepass")
    return keys.by_certificate(certificate, text(told, "Signature"), octets, sha256=version == "2", now=now)


def reports(told: dict[str, Any]) -> list[Report]:
    """Return what a notification tells. Raises ValueError where its message is no JSON."""
    if text(told, "Type") != _NOTIFICATION:
        return []
    written = text(told, "Message")
    # SNS says in plain words that a subscription works
    return list(_reports(value_of(written.encode("utf-8", "surrogatepass")))) if written[:1] == "{" else []


def _reports(told: Any) -> Iterator[Report]:
    mail = fields(told, "mail")
    ids = [text(mail, "commonHeaders", "messageId")]
    ids += [text(one, "value") for one in objects(mail.get("headers")) if text(one, "name").lower() == "message-id"]
    kind = (text(told, "notificationType") or text(told, "eventType")).lower()
    event = fields(told, kind)
    name = text(event, "feedbackId") or f"{kind} {text(mail, 'messageId')} {text(event, 'timestamp')}"
    for person, judged in _judged(kind, event, mail):
        yield report(identity("ses", name, told), person, *judged, ids)


def _judged(kind: str, event: dict[str, Any], mail: dict[str, Any]) -> Iterator[tuple[str, tuple[FeedbackKind, str]]]:
    """Yield an address and what an event says of it; nothing where it says nothing that counts."""
    if kind == "complaint" and text(event, "complaintFeedbackType") not in _NO_WISHES:
        for one in objects(event.get("complainedRecipients")):
            yield text(one, "emailAddress"), (FeedbackKind.COMPLAINT, "")
    elif kind == "bounce":
        judge = for_good if text(event, "bounceType") == "Permanent" else for_now
        for one in objects(event.get("bouncedRecipients")):
            yield text(one, "emailAddress"), judge(text(one, "status"), text(one, "diagnosticCode"))
    elif kind == "subscription" and fields(event, "newTopicPreferences").get("unsubscribeAll") is True:
        to = mail.get("destination")
        for person in to[:1] if isinstance(to, list) else ():
            yield text(person), (FeedbackKind.NONE, "")


def _is_recent(written: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(written)
        return at.tzinfo is not None and abs(now - at) <= MOST_AGE
    except (ValueError, OverflowError):
        return False
