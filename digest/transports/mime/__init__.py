"""MIME: a variant and a person become the bytes of one message (RFC 5322, 2045, 2369, 2387, 2392, 2919, 8058)::

multipart/alternative
├── text/plain
└── text/html, or where pictures are parts of it
    multipart/related
    ├── text/html
    └── image/jpeg, one a picture
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.domain.model import Letter, Newsletter, Parcel, Picture, Subscriber, Variant
from digest.stages import pictured
from digest.stages.slotted import filled, one_line_end
from digest.stages.track import letter_mark, nonce, token
from digest.transports.mime.compiled import Compiled, compiled
from digest.transports.mime.fields import date_of, mailbox

_HALF = re.compile(r"[\ud800-\udfff]")

#: from the bytes of a message's header fields, each with its CRLF, and its body piece by piece, to the fields that sign
#: it, each with its CRLF (RFC 6376). The pieces that are the same for everybody are the same objects at every call, at
#: the same places, so that what was computed of them can be kept; compiled.Compiled says what holds at their edges.
Sign = Callable[[bytes, Sequence[bytes]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Writes an edition's messages.

    A variant is compiled when the first of its messages is asked for; nothing of a person is kept.
    """

    newsletter: Newsletter
    edition: str
    variants: dict[str, Variant]
    base_url: str
    secret: bytes
    #: the pictures that are parts of the messages, by name
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    #: what signs each message; its fields go before all others
    sign: Sign | None = None
    _compiled: dict[str, Compiled] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parcel(self, letter: Letter, now: datetime) -> Parcel:
        """Compose one message; `now` becomes its Date. Raises ValueError as `content` does."""
        sender = self.newsletter.sender
        return Parcel(
            letter=letter,
            envelope_from=sender.address,
            envelope_to=letter.subscriber.address,
            content=self.content(letter, now),
            dotless=True,
        )

    def content(self, letter: Letter, now: datetime) -> bytes:
        """Return the bytes of a message: CRLF line ends, no line over 998 octets, none that begins with a dot.

        They are ASCII, unless the address is not. Raises ValueError for an address that is not plain
        (see fields.mailbox).
        """
        message = self.compiled(letter.delivery.variant)
        values = self.values(letter.subscriber, now)
        head = message.head(values)
        body = message.body(values)
        signature = self.sign(head, body) if self.sign else b""
        return b"".join((signature, head, b"\r\n", *body))

    def compiled(self, slug: str) -> Compiled:
        """Return a variant's compiled message, by the variant's slug."""
        found = self._compiled.get(slug)
        if found is None:
            variant = self.variants[slug]
            found = self._compiled[slug] = compiled(
                self.newsletter,
                self.edition,
                variant.subject,
                (variant.html, variant.text),
                [self.pictures[name] for name in pictured.embedded(variant.html)],
                nonce(self.secret, self.edition),
                self._pages(),
            )
        return found

    def values(self, person: Subscriber, now: datetime) -> dict[str, str]:
        """Return what fills the slots of one person's message. Raises ValueError as `content` does."""
        return {
            "first_name": _clean(person.first_name),
            "last_name": _clean(person.last_name),
            # each after the address of its page, which is the same for everybody
            "unsubscribe": self._token("unsubscribe", person.id),
            "preferences": self._token("preferences", person.id),
            "to": mailbox(f"{person.first_name} {person.last_name}".strip(), person.address),
            "date": date_of(now),
            "mark": letter_mark(self.secret, self.edition, person.id),
        }

    def parts(self, variant: Variant, person: Subscriber) -> tuple[str, str]:
        """Return a variant's HTML and text with one person's slots filled."""
        mark = nonce(self.secret, self.edition)
        names = {"first_name": _clean(person.first_name), "last_name": _clean(person.last_name)}
        values = names | self.links(person.id)
        return filled(variant.html, mark, values, escape=True), filled(variant.text, mark, values, escape=False)

    def links(self, subscriber: str) -> dict[str, str]:
        """Return one person's links."""
        return {name: f"{page}{self._token(name, subscriber)}" for name, page in self._pages().items()}

    def _pages(self) -> dict[str, str]:
        """What the links of everybody begin with, by name."""
        return {"unsubscribe": f"{self.base_url}/u/", "preferences": f"{self.base_url}/p/"}

    def _token(self, purpose: str, subscriber: str) -> str:
        return token(self.secret, purpose, self.newsletter.id, subscriber)


def _clean(name: str) -> str:
    """Return a name with one kind of line end, and without halves of surrogate pairs, which no encoding can write."""
    if name.isprintable():
        return name
    return _HALF.sub("", one_line_end(name))
