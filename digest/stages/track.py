"""Track: names that nobody can guess or forge, made from the workspace's secret.

Each purpose has its own key, so that a token for one thing opens nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

# RFC 4648 5
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
#: characters of a token: an id, a time and a mark, with room
_LONGEST = 200
#: octets that SHA-256 takes at a time
_BLOCK = 64


def keyed(secret: bytes, purpose: str, *parts: str) -> bytes:
    """Return HMAC-SHA-256 (RFC 2104) over the parts, each with its length, under a key for the purpose."""
    inner, outer = _begun(secret, purpose, *parts[:-1])
    within = inner.copy()
    if parts:
        within.update(_measured(parts[-1]))
    mac = outer.copy()
    mac.update(within.digest())
    return mac.digest()


@lru_cache(maxsize=64)
def _begun(secret: bytes, purpose: str, *parts: str) -> tuple[Hash, Hash]:
    """Return the two hashes of an HMAC, the inner one with all parts but the last.

    The last names a person; what comes before it is the same for everybody and dearer than the rest. `hmac` could go on
    from there as well, in half as much time again: with three a message it is the most that composing costs.
    """
    key = hmac.digest(secret, purpose.encode(), hashlib.sha256).ljust(_BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes(octet ^ pad for octet in key)) for pad in (0x36, 0x5C))
    inner.update(b"".join(map(_measured, parts)))
    return inner, outer


def _measured(part: str) -> bytes:
    data = part.encode()
    return len(data).to_bytes(4, "big") + data


def letter_mark(secret: bytes, edition: str, subscriber: str) -> str:
    """Return the mark that the Message-ID of an edition to a subscriber bears: the same at every attempt (32 hex)."""
    return keyed(secret, "message-id", edition, subscriber).hex()[:32]


def token(secret: bytes, purpose: str, newsletter: str, subscriber: str) -> str:
    """Return an opaque token of 128 bits with the subscriber's id; it carries no address."""
    mark = b2a_base64(keyed(secret, purpose, newsletter, subscriber)[:16], newline=False).translate(_URL_SAFE, b"=")
    return f"{subscriber}.{mark.decode()}"


def opened(secret: bytes, purpose: str, newsletters: Iterable[str], written: str) -> tuple[str, str] | None:
    """Return (newsletter, subscriber) of a token of that purpose; None for any other text.

    It takes as long for a forged mark as for a true one.
    """
    written = _as_ours(written)
    subscriber, _, _ = written.partition(".")
    found = None
    for newsletter in newsletters:
        if hmac.compare_digest(token(secret, purpose, newsletter, subscriber), written):
            found = newsletter, subscriber
    return found


def dated(secret: bytes, purpose: str, subject: str, until: datetime) -> str:
    """Return an opaque token for a subject that counts until some time, to the second."""
    until_text = f"{int(until.timestamp()):x}"
    # one part, neither half of which holds a stop: of several, all but the last are kept in memory (_begun)
    said = f"{subject}.{until_text}"
    mark = b2a_base64(keyed(secret, purpose, said)[:16], newline=False).translate(_URL_SAFE, b"=")
    return f"{said}.{mark.decode()}"


def opened_dated(secret: bytes, purpose: str, written: str, now: datetime) -> tuple[str, bool] | None:
    """Return (subject, whether it still counts) of a dated token of that purpose; None for any other text."""
    written = _as_ours(written)
    subject, _, rest = written.partition(".")
    until_text, _, _ = rest.partition(".")
    try:
        until = datetime.fromtimestamp(int(until_text, 16), UTC)
    except (ValueError, OverflowError, OSError):
        until = datetime.min.replace(tzinfo=UTC, year=1970)
    if not hmac.compare_digest(dated(secret, purpose, subject, until), written):
        return None
    return subject, now <= until


def click_token(secret: bytes, edition: str, insight: str) -> str:
    """Return an opaque token of 128 bits for the link to an insight in an edition's emails: the same for everybody."""
    # one part: the edition that somebody asks for is any text, and of several parts all but the last are kept in memory
    mark = b2a_base64(keyed(secret, "click", f"{edition} {insight}")[:16], newline=False).translate(_URL_SAFE, b"=")
    return f"{insight}.{mark.decode()}"


def clicked(secret: bytes, edition: str, written: str) -> str | None:
    """Return the insight of a token made by `click_token` for that edition; None for any other text."""
    edition, written = _as_ours(edition), _as_ours(written)
    insight, _, _ = written.partition(".")
    return insight if hmac.compare_digest(click_token(secret, edition, insight), written) else None


def return_path(secret: bytes, newsletter: str, subscriber: str, address: str) -> str:
    """Return the envelope's sender of one person's mail: what cannot be delivered comes back there (VERP).

    address: where returned mail is read. Servers may write a local part in small letters (against RFC 5321 2.4), so
    the mark has no others.
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{subscriber}-{_returning(secret, newsletter, subscriber)}@{domain}"


def returned(secret: bytes, newsletters: Iterable[str], address: str) -> tuple[str, str] | None:
    """Return (newsletter, subscriber) of an envelope's sender made by `return_path`; None for any other address."""
    local, _, _ = address.rpartition("@")
    subscriber, _, mark = local.lower().rpartition("+")[2].partition("-")
    found = None
    for newsletter in newsletters:
        if hmac.compare_digest(_returning(secret, newsletter, subscriber).encode(), _octets(mark)):
            found = newsletter, subscriber
    return found


def _returning(secret: bytes, newsletter: str, subscriber: str) -> str:
    made = b32encode(keyed(secret, "return path", newsletter, subscriber)[:16])
    return made.decode().rstrip("=").lower()


def _octets(written: str) -> bytes:
    return written.encode("utf-8", "replace")


def _as_ours(written: str) -> str:
    """Return what may be a token of ours as it is: ASCII, and no longer than one can be."""
    return written if written.isascii() and len(written) <= _LONGEST else ""


def suppression_key(secret: bytes, comparable: str) -> str:
    """Return the keyed hash under which an address is kept off (hex)."""
    return keyed(secret, "suppression", comparable).hex()


def nonce(secret: bytes, edition: str) -> str:
    """Return the mark by which an edition's slots are known; collected text cannot know it."""
    return keyed(secret, "slots", edition).hex()[:16]
