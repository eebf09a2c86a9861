"""Track: names that nobody can guess or forge, made from the workspace's secret.

Each purpose has its own key, so that a token for one thing opens nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def keyed(secret: bytes, purpose: str, *parts: str) -> bytes:
    """Return HMAC-SHA-256 (RFC 2104) over the parts, each with its length, under a key for the purpose."""
    key = hmac.digest(secret, purpose.encode(), hashlib.sha256)
    message = b"".join(len(data).to_bytes(4, "big") + data for data in (part.encode() for part in parts))
    return hmac.digest(key, message, hashlib.sha256)


def message_id(secret: bytes, edition: str, subscriber: str, domain: str) -> str:
    """Return the Message-ID (RFC 5322 3.6.4) of an edition to a subscriber: the same at every attempt."""
    return f"<{keyed(secret, 'message-id', edition, subscriber).hex()[:32]}@{domain}>"


def token(secret: bytes, purpose: str, newsletter: str, subscriber: str) -> str:
    """Return an opaque token of 128 bits with the subscriber's id; it carries no address."""
    mark = base64.urlsafe_b64encode(keyed(secret, purpose, newsletter, subscriber)[:16]).decode().rstrip("=")
    return f"{subscriber}.{mark}"


def suppression_key(secret: bytes, comparable: str) -> str:
    """Return the keyed hash under which an address is kept off (hex)."""
    return keyed(secret, "suppression", comparable).hex()


def nonce(secret: bytes, edition: str) -> str:
    """Return the mark by which an edition's slots are known; collected text cannot know it."""
    return keyed(secret, "slots", edition).hex()[:16]
