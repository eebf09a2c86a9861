"""Header fields that are ready for the wire, whatever somebody typed into a form."""

from __future__ import annotations

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, EmailPolicy
from email.utils import formataddr
from string import ascii_letters, digits
from typing import Any

#: a longer name is cut: what a form lets through may be longer than a line of mail
_NAME_CHARACTERS = 120
#: longer words are encoded, so that they can be folded
_PLAIN_CHARACTERS = 200
#: a path of SMTP has at most 256 octets, two of them angle brackets (RFC 5321 4.5.3.1.3)
_ADDRESS_OCTETS = 254
#: letters beyond ASCII may stand before the @ (RFC 6531 3.3); a domain is in its ASCII form
_ADDRESS = re.compile(r"[!#-'*+\-./-9=?A-Z^-~\u00a1-\U0010ffff]+@[A-Za-z0-9.-]+")
#: characters of an encoded word, which may have 75 (RFC 2047 2); the field's name stands before the first
_ROW = 66
# RFC 2047 5 (3): what may stand for itself in a name
_ITSELF = f"{ascii_letters}{digits}!*+-/".encode()
_Q_CODES = tuple(chr(octet) if octet in _ITSELF else "_" if octet == 32 else f"={octet:02X}" for octet in range(256))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TWO = tuple(f"{number:02}" for number in range(60))
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,."]')
_FOLD = re.compile(r"(?<=,) (?=<)|(?<=\?=) ")


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that is ready for the wire: folded between its addresses or encoded words, else as it stands.

    The standard policy turns a List-Unsubscribe of 75 characters or more into an encoded word, which
    no mail program understands: one-click unsubscribing would be dead. It loses the quotation marks of
    a long display name, so that “a@b.c, victim@y.z” becomes two recipients, and it unpacks encoded
    words, line ends and all, that a title brought along (CVE-2024-6923).
    """

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the value as it is: nothing in it is decoded."""
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: object) -> str:
        """Write each part on a line of its own."""
        return f"{self.name}: {_folded(str(self))}\r\n"


def _policy() -> EmailPolicy[Any]:
    registry = HeaderRegistry()
    ours = ("from", "to", "reply-to", "subject", "date", "message-id")
    for name in (*ours, "list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"):
        registry.map_to_type(name, _Verbatim)
    return SMTP.clone(header_factory=registry)


POLICY = _policy()


def field_slot(value: str) -> bytes:
    """Return what fills a slot of a header field, folded where it may be.

    It is ASCII, but for an address with other letters, which goes in UTF-8 (RFC 6532 3.2). Raises ValueError for a
    control character, a line end among them, and for half of a surrogate pair.
    """
    if not value.isprintable():
        raise ValueError(f"{value!r} cannot stand in a header field")
    if "?= " in value:
        value = _folded(value)
    return value.encode()


def mailbox(name: str, address: str) -> str:
    """Return one mailbox (RFC 5322 3.4), whatever somebody typed into a form as their name.

    Raises ValueError for what is no address in its plain form, without quotation marks and spaces.
    """
    octets = len(address.encode("utf-8", "replace"))
    if octets > _ADDRESS_OCTETS or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is no plain address")
    written = words(name[:_NAME_CHARACTERS].strip())
    if not written:
        return address
    # encoded words that are quoted would be read as they stand
    if written.startswith("=?") or not _SPECIAL.search(written):
        return f"{written} <{address}>"
    return formataddr((written, address))


def date_of(now: datetime) -> str:
    """Return a Date in UTC (RFC 5322 3.3)."""
    if now.tzinfo is not UTC:
        now = now.astimezone(UTC)
    # email.utils takes five times as long, which is felt when the rest of a message takes so little
    day = f"{_DAYS[now.weekday()]}, {_TWO[now.day]} {_MONTHS[now.month - 1]} {now.year:04}"
    return f"{day} {_TWO[now.hour]}:{_TWO[now.minute]}:{_TWO[now.second]} +0000"


def words(text: str) -> str:
    """Return text for a header: plain ASCII as it is, all else as encoded words (RFC 2047); no controls."""
    clean = text if text.isprintable() else "".join(filter(str.isprintable, text))
    if clean.isascii() and "=?" not in clean and len(clean) <= _PLAIN_CHARACTERS:
        return clean
    word = _encoded_word(clean)
    return word if len(word) <= _ROW else Header(clean, "utf-8", maxlinelen=_ROW).encode(linesep="")


def _encoded_word(text: str) -> str:
    """Return text as one encoded word, whatever its length: what Header makes of short text, in a tenth of its time."""
    octets = text.encode()
    plain = "".join(map(_Q_CODES.__getitem__, octets))
    packed = b2a_base64(octets, newline=False).decode()
    return f"=?utf-8?b?{packed}?=" if len(packed) < len(plain) else f"=?utf-8?q?{plain}?="


def _folded(value: str) -> str:
    return _FOLD.sub("\r\n ", value)
