"""Standard Webhooks (standardwebhooks.com, 1.0.0), as Resend, Svix and others sign; the events are Resend's."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from digest.domain.model import FeedbackKind, Report
from digest.feedback.hooks.keys import octets_of
from digest.feedback.hooks.telling import (
    Request,
    fields,
    for_good,
    for_now,
    identity,
    is_recent,
    objects,
    report,
    text,
    value_of,
)

#: what headers are called: in the standard, and by Svix, from whom it came
_NAMES = ("webhook", "svix")
_PREFIX, _VERSION = "whsec_", "v1,"
#: signatures of one request: there are two while a secret is changed
_MOST_SIGNATURES = 20


def is_secret(written: str) -> bool:
    """Tell whether a text is a secret to sign with."""
    return bool(octets_of(written.strip().removeprefix(_PREFIX)))


def is_signed(request: Request, secret: str, now: datetime) -> bool:
    """Tell whether the holder of the secret signed it just now: HMAC-SHA256 over its id, the time and the body."""
    key = octets_of(secret.strip().removeprefix(_PREFIX))
    for name in _NAMES:
        event, seconds, signatures = (
            request.headers.get(f"{name}-{part}", "") for part in ("id", "timestamp", "signature")
        )
        if not (key and event and is_recent(seconds, now)):
            continue
        signed = f"{event}.{seconds}.".encode("utf-8", "surrogatepass") + request.body
        right = _VERSION.encode() + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        given = signatures.split(" ")[:_MOST_SIGNATURES]
        if any(hmac.compare_digest(one.encode("utf-8", "surrogatepass"), right) for one in given):
            return True
    return False


def reports(request: Request) -> list[Report]:
    """Return what it tells. Raises ValueError for what is no JSON."""
    told = value_of(request.body)
    judged = _judged(told)
    if judged is None:
        return []
    kind, status = judged
    event = next(filter(None, (request.headers.get(f"{name}-id") for name in _NAMES)), "")
    data = fields(told, "data")
    ids = [text(data, "message_id"), *(text(one, "value") for one in objects(data.get("headers")) if _is_id(one))]
    to = data.get("to") or data.get("email")
    people = [text(one) for one in to] if isinstance(to, list) else [text(to)]
    return [report(identity("standard", event, told), one, kind, status, ids) for one in people[:1]]


def _judged(told: Any) -> tuple[FeedbackKind, str] | None:
    """Return what an event says of who was mailed; None where it says nothing that counts."""
    kind = text(told, "type")
    if kind == "email.complained":
        return FeedbackKind.COMPLAINT, ""
    if kind == "contact.updated" and fields(told, "data").get("unsubscribed") is True:
        return FeedbackKind.NONE, ""
    if kind != "email.bounced":
        return None
    bounce = fields(told, "data", "bounce")
    words = text(bounce, "message")
    if text(bounce, "type").lower() == "permanent":
        return for_good("", words)
    return for_now("", words)


def _is_id(header: dict[str, Any]) -> bool:
    return text(header, "name").lower() == "message-id"
