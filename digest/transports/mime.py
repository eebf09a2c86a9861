"""MIME: a variant and a person become the bytes of one message (RFC 5322, 2045, 2369, 2387, 2392, 2919, 8058)::

multipart/alternative
├── text/plain
└── text/html, or where pictures are parts of it
    multipart/related
    ├── text/html
    └── image/jpeg, one a picture
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, formataddr
from functools import lru_cache
from typing import Any

from digest.domain.model import Letter, Newsletter, Parcel, Picture, Subscriber, Variant
from digest.stages import pictured
from digest.stages.slotted import filled
from digest.stages.track import keyed, message_id, nonce, token

_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
#: a longer name is cut: what a form lets through may be longer than a line of mail
_NAME_CHARACTERS = 120
#: longer words are encoded, so that they can be folded
_PLAIN_CHARACTERS = 200


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
        folded = re.sub(r"(?<=,) (?=<)|(?<=\?=) ", "\r\n ", str(self))
        return f"{self.name}: {folded}\r\n"


_LIST_HEADERS = ("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id")


def _policy() -> EmailPolicy[Any]:
    registry = HeaderRegistry()
    for name in ("from", "to", "reply-to", "subject", *_LIST_HEADERS):
        registry.map_to_type(name, _Verbatim)
    return SMTP.clone(header_factory=registry)


_POLICY = _policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Writes an edition's messages."""

    newsletter: Newsletter
    edition: str
    variants: dict[str, Variant]
    base_url: str
    secret: bytes
    #: the pictures that are parts of the messages, by name
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    def parcel(self, letter: Letter, now: datetime) -> Parcel:
        """Compose one message; `now` becomes its Date."""
        sender = self.newsletter.sender
        return Parcel(
            letter=letter,
            envelope_from=sender.address,
            envelope_to=letter.subscriber.address,
            content=self.content(letter, now),
        )

    def content(self, letter: Letter, now: datetime) -> bytes:
        """Return the bytes of a message: CRLF line ends, no line over 998 octets."""
        variant = self.variants[letter.delivery.variant]
        html_part, text_part = self.parts(variant, letter.subscriber)
        message = EmailMessage(policy=_POLICY)
        self._head(message, letter, variant, now)
        self._list_headers(message, self.links(letter.subscriber.id)["unsubscribe"])
        message.set_content(text_part, cte="quoted-printable")
        message.add_alternative(html_part, subtype="html", cte="quoted-printable")
        names = pictured.embedded(variant.html)
        if names:
            self._make_room(message, letter.subscriber.id)
        message.set_boundary(self._boundary("boundary", letter.subscriber.id))
        content = message.as_bytes()
        # a bare line end would let one message end inside another (SMTP smuggling)
        if _BARE.search(content):
            raise AssertionError("a composed message holds a bare line end")
        return self._with_pictures(content, names, letter.subscriber.id) if names else content

    def parts(self, variant: Variant, person: Subscriber) -> tuple[str, str]:
        """Return a variant's HTML and text with one person's slots filled."""
        mark = nonce(self.secret, self.edition)
        values = {"first_name": person.first_name, "last_name": person.last_name, **self.links(person.id)}
        return filled(variant.html, mark, values, escape=True), filled(variant.text, mark, values, escape=False)

    def links(self, subscriber: str) -> dict[str, str]:
        """Return one person's links."""
        key = self.newsletter.id
        return {
            "unsubscribe": f"{self.base_url}/u/{token(self.secret, 'unsubscribe', key, subscriber)}",
            "preferences": f"{self.base_url}/p/{token(self.secret, 'preferences', key, subscriber)}",
        }

    def _make_room(self, message: EmailMessage, subscriber: str) -> None:
        """Put a part beside the HTML, for which the pictures that it shows are written in (RFC 2387)."""
        page = list(message.iter_parts())[-1]
        assert isinstance(page, EmailMessage)
        page.make_related()
        room = EmailMessage(policy=_POLICY)
        room.set_payload(self._room())
        page.attach(room)
        page.set_param("type", "text/html")
        page.set_boundary(self._boundary("pictures", subscriber))

    def _with_pictures(self, content: bytes, names: Sequence[str], subscriber: str) -> bytes:
        # the email package takes 18 ms a message for six pictures, and they are the same for everybody
        between = f"\r\n--{self._boundary('pictures', subscriber)}\r\n".encode()
        parts = between.join(_picture_part(self.pictures[name]) for name in names)
        return content.replace(b"\r\n" + self._room().encode(), parts, 1)

    def _room(self) -> str:
        # nobody can put into a story what stands for the pictures here
        return keyed(self.secret, "room", self.edition).hex()

    def _boundary(self, purpose: str, subscriber: str) -> str:
        # boundaries are random by default; the same letter has the same bytes at every attempt
        return f"=-{keyed(self.secret, purpose, self.edition, subscriber).hex()[:32]}"

    def _head(self, message: EmailMessage, letter: Letter, variant: Variant, now: datetime) -> None:
        sender = self.newsletter.sender
        person = letter.subscriber
        name = f"{person.first_name} {person.last_name}".strip()
        message["From"] = _mailbox(sender.name, sender.address)
        message["To"] = _mailbox(name, person.address)
        if sender.reply_to:
            message["Reply-To"] = _mailbox(sender.reply_to_name, sender.reply_to)
        message["Subject"] = _words(variant.subject)
        message["Date"] = format_datetime(now)
        domain = sender.address.rpartition("@")[2]
        message["Message-ID"] = message_id(self.secret, self.edition, person.id, domain)

    def _list_headers(self, message: EmailMessage, unsubscribe: str) -> None:
        sender = self.newsletter.sender
        domain = sender.address.rpartition("@")[2]
        mailto = f", <mailto:{sender.unsubscribe_mailto}?subject=unsubscribe>" if sender.unsubscribe_mailto else ""
        message["List-Id"] = f"<{self.newsletter.id}.{domain}>"
        message["List-Unsubscribe"] = f"<{unsubscribe}>{mailto}"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Feedback-ID"] = f"{self.edition}:{self.newsletter.id}:digest:{domain}"


@lru_cache(maxsize=256)
def _picture_part(picture: Picture) -> bytes:
    """Return a picture as a part of a message, in lines of 76 characters (RFC 2045 6.8), without a last line end."""
    head = (
        f"Content-Type: {picture.content_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{pictured.content_id(picture.name)}>",
        f'Content-Disposition: inline; filename="{picture.name}"',
    )
    body = base64.encodebytes(picture.content).replace(b"\n", b"\r\n").rstrip()
    return "\r\n".join([*head, "", ""]).encode() + body


def _mailbox(name: str, address: str) -> str:
    """Return one mailbox (RFC 5322 3.4), whatever somebody typed into a form as their name."""
    short = name[:_NAME_CHARACTERS].strip()
    words = _words(short)
    if words.startswith("=?"):
        return f"{words} <{address}>"
    return formataddr((words, address)) if words else address


def _words(text: str) -> str:
    """Return text for a header: plain ASCII as it is, all else as encoded words (RFC 2047); no controls."""
    clean = "".join(character for character in text if character.isprintable())
    if clean.isascii() and "=?" not in clean and len(clean) <= _PLAIN_CHARACTERS:
        return clean
    return Header(clean, "utf-8", maxlinelen=66).encode(linesep="")
