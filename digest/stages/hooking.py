"""Hooking: what a webhook is told, how that is signed, and when it is tried again.

Signed as Standard Webhooks has it (standardwebhooks.com, 1.0.0): HMAC-SHA256 over id, time and body, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from digest.domain.model import Webhook, WebhookMessage

#: how secrets begin (Standard Webhooks, "Webhook secret")
PREFIX = "whsec_"
#: both secrets sign for so long after a new one was made
BOTH_FOR = timedelta(hours=24)
#: the wait after the first try; each is four times as long as the one before
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=12)
#: so long after its first try a message is given up
GIVEN_UP_AFTER = timedelta(days=3)
_STRIDE = 4


def secret(key: bytes) -> str:
    """Return a key as receivers are given it."""
    return PREFIX + base64.b64encode(key).decode()


def generations(webhook: Webhook, now: datetime) -> tuple[int, ...]:
    """Return the numbers of the secrets that sign now: two while one takes the place of another."""
    both = webhook.both_until is not None and now < webhook.both_until
    return (webhook.generation, webhook.generation - 1) if both else (webhook.generation,)


def body(message: WebhookMessage, about: Mapping[str, object]) -> bytes:
    """Return what is posted: the same octets at every try, as long as `about` is the same.

    about: what is to be said of the edition or the subscriber.
    """
    value = {"type": message.event, "timestamp": _written(message.at), "data": dict(about)}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def headers(keys: Sequence[bytes], message: WebhookMessage, content: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that say who posts a message, with a signature by each key."""
    seconds = str(int(now.timestamp()))
    signed = f"{message.id}.{seconds}.".encode() + content
    return {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def again(message: WebhookMessage, now: datetime) -> datetime | None:
    """Return when a message is tried next after a try that came to nothing; None where it is given up.

    message: with that try counted. From 5 seconds to 12 hours, for three days.
    """
    begun = message.first_try or now
    wait = min(LONGEST_WAIT, FIRST_WAIT * _STRIDE ** min(message.tries - 1, 10))
    return now + wait if now + wait - begun <= GIVEN_UP_AFTER else None


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
