"""SendGrid: the time and the body are signed by ECDSA; up to a thousand events a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from digest.domain.model import FeedbackKind, Report
from digest.feedback.hooks import keys
from digest.feedback.hooks.telling import (
    Request,
    for_good,
    for_now,
    identity,
    is_recent,
    objects,
    report,
    text,
    value_of,
)

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIME = "x-twilio-email-event-webhook-timestamp"
_WISHES = {
    "spamreport": FeedbackKind.COMPLAINT,
    "unsubscribe": FeedbackKind.NONE,
    "group_unsubscribe": FeedbackKind.NONE,
}
#: why SendGrid itself did not try, in small letters
_DROPPED = {
    "bounced address": FeedbackKind.HARD,
    "invalid": FeedbackKind.HARD,
    "spam reporting address": FeedbackKind.COMPLAINT,
    "unsubscribed address": FeedbackKind.NONE,
}


def is_signed(request: Request, secret: str, now: datetime) -> bool:
    """Tell whether SendGrid signed it just now.

    secret: the public key that it shows for this webhook, in base64.
    """
    seconds = request.headers.get(_TIME, "")
    if not is_recent(seconds, now):
        return False
    return keys.by_key(secret, request.headers.get(_SIGNATURE, ""), seconds.encode() + request.body)


def reports(request: Request) -> list[Report]:
    """Return what it tells. Raises ValueError for what is no JSON."""
    return list(_reports(value_of(request.body)))


def _reports(told: Any) -> Iterator[Report]:
    for one in objects(told):
        found = _judged(one)
        if found is not None:
            event = identity("sendgrid", text(one, "sg_event_id"), one)
            yield report(event, text(one, "email"), *found, [text(one, "smtp-id")])


def _judged(told: Any) -> tuple[FeedbackKind, str] | None:
    """Return what an event says of who was mailed; None where it says nothing that counts.

    What is put off ("deferred") is tried again by SendGrid, which says so when it gives up.
    """
    event, words, status = text(told, "event"), text(told, "reason"), text(told, "status")
    if event in _WISHES:
        return _WISHES[event], ""
    if event == "dropped":
        kind = _DROPPED.get(words.lower())
        return None if kind is None else (kind, "")
    if event != "bounce":
        return None
    # "blocked": the server refused this mail, and not the address
    return for_now(status, words) if text(told, "type") == "blocked" else for_good(status, words)
