"""Postmark: requests are not signed; the password in the webhook's address (HTTP Basic, RFC 7617) is the proof."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from digest.domain.model import FeedbackKind, Report
from digest.feedback import codes
from digest.feedback.hooks.keys import octets_of
from digest.feedback.hooks.telling import Request, for_good, for_now, identity, objects, report, text, value_of

#: types of its bounces. The others are none, or are still being tried
_FOR_GOOD = ("HardBounce", "BadEmailAddress")
_FOR_NOW = ("SoftBounce", "DnsError", "SpamNotification", "Blocked", "DMARCPolicy", "Undeliverable")
_WISHES = {"SpamComplaint": FeedbackKind.COMPLAINT, "Unsubscribe": FeedbackKind.NONE}
#: why it sends no more to an address
_SUPPRESSED = {"SpamComplaint": FeedbackKind.COMPLAINT, "ManualSuppression": FeedbackKind.NONE}


def is_signed(request: Request, secret: str, now: datetime) -> bool:
    """Tell whether it bears the password; the name before it is anybody's."""
    scheme, _, written = request.headers.get("authorization", "").partition(" ")
    found = octets_of(written.strip())
    if scheme.lower() != "basic" or not secret or found is None:
        return False
    return hmac.compare_digest(found.partition(b":")[2], secret.encode())


def reports(request: Request) -> list[Report]:
    """Return what it tells. Raises ValueError for what is no JSON."""
    found = []
    for one in objects(value_of(request.body)):
        judged = _judged(one)
        if judged is not None:
            address = text(one, "Email") or text(one, "Recipient")
            found.append(report(identity("postmark", _event(one), one), address, *judged))
    return found


def _event(told: Any) -> str:
    """Return the id of an event; changes of a subscription have none, and so all that they say is it."""
    number = text(told, "ID")
    return f"{text(told, 'RecordType')} {number}" if number else ""


def _judged(told: Any) -> tuple[FeedbackKind, str] | None:
    """Return what an event says of who was mailed; None where it says nothing that counts."""
    record, kind = text(told, "RecordType"), text(told, "Type")
    if record == "SubscriptionChange" and told.get("SuppressSending") is True and text(told, "Origin") == "Recipient":
        wish = _SUPPRESSED.get(text(told, "SuppressionReason"))
        return None if wish is None else (wish, "")
    if record == "SpamComplaint" or (record == "Bounce" and kind in _WISHES):
        return _WISHES.get(kind, FeedbackKind.COMPLAINT), ""
    if record != "Bounce":
        return None
    words = f"{text(told, 'Details')} {text(told, 'Description')}"
    status = codes.enhanced(text(told, "Details")[: codes.MOST_WORDS])
    if kind in _FOR_GOOD:
        return for_good(status, words)
    return for_now(status, words) if kind in _FOR_NOW else None
