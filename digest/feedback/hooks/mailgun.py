"""Mailgun: a timestamp and a token are signed, not what is told of whom."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from digest.domain.model import FeedbackKind, Report
from digest.feedback.hooks.telling import (
    Request,
    fields,
    for_good,
    for_now,
    identity,
    is_recent,
    report,
    text,
    value_of,
)

#: reasons for which Mailgun itself did not try
_SUPPRESSED = {
    "suppress-bounce": FeedbackKind.HARD,
    "suppress-complaint": FeedbackKind.COMPLAINT,
    "suppress-unsubscribe": FeedbackKind.NONE,
}
_WISHES = {"complained": FeedbackKind.COMPLAINT, "unsubscribed": FeedbackKind.NONE}


def is_signed(request: Request, secret: str, now: datetime) -> bool:
    """Tell whether the holder of the secret signed it just now: HMAC-SHA256 (hex) over the time and a token.

    Raises ValueError for what is no JSON.
    """
    seconds, token, given = _signature(value_of(request.body))
    if not (secret and token and is_recent(seconds, now)):
        return False
    right = hmac.digest(secret.encode(), f"{seconds}{token}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())


def once(request: Request) -> str:
    """Return what stands in one request alone: with its signature anybody could say anything of everybody."""
    return _signature(value_of(request.body))[1]


def reports(request: Request) -> list[Report]:
    """Return what it tells. Raises ValueError for what is no JSON."""
    told = fields(value_of(request.body), "event-data")
    found = _judged(told)
    if found is None:
        return []
    kind, status = found
    event = identity("mailgun", text(told, "id"), told)
    ids = [text(told, "message", "headers", "message-id")]
    return [report(event, text(told, "recipient"), kind, status, ids)]


def _signature(told: Any) -> tuple[str, str, str]:
    signature = fields(told, "signature")
    return text(signature, "timestamp"), text(signature, "token"), text(signature, "signature")


def _judged(told: Any) -> tuple[FeedbackKind, str] | None:
    """Return what an event says of who was mailed; None where it says nothing that counts.

    What failed for now is tried again by Mailgun, which says so when it gives up.
    """
    event = text(told, "event")
    if event in _WISHES:
        return _WISHES[event], ""
    if event != "failed" or text(told, "severity") != "permanent":
        return None
    reason = text(told, "reason")
    if reason in _SUPPRESSED:
        return _SUPPRESSED[reason], ""
    delivery = fields(told, "delivery-status")
    status = text(delivery, "enhanced-code")
    words = f"{text(delivery, 'message')} {text(delivery, 'description')}"
    # "old": it tried for hours, and gives up
    if reason == "old" or text(delivery, "bounce-type") == "soft":
        return for_now(status, words)
    return for_good(status, words)
