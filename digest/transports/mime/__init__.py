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
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote

from digest.domain.model import Letter, Newsletter, Parcel, Picture, Subscriber, Unwritable, Variant
from digest.stages import pictured
from digest.stages.slotted import filled, one_line_end
from digest.stages.track import letter_mark, nonce, return_path, token
from digest.transports.mime.compiled import Compiled, compiled
from digest.transports.mime.fields import date_of, mailbox

#: octets from which a piece that is the same for everybody counts as long
_LONG = 256
_HALF = re.compile(r"[\ud800-\udfff]")

#: a message's header fields, each with its CRLF, and its body piece by piece. The pieces that are the same for
#: everybody are the same objects in every message; compiled.Compiled says what holds at their edges.
Message = tuple[bytes, Sequence[bytes]]
#: yields for each message the fields that sign it, each with its CRLF (RFC 6376), in their order; it may ask for
#: messages ahead. None, both ways: none is ready yet
Sign = Callable[[Iterable[Message | None]], Iterator[bytes | None]]


def unsigned(messages: Iterable[Message | None]) -> Iterator[bytes | None]:
    """Sign nothing (Sign)."""
    for message in messages:
        yield None if message is None else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Writes an edition's messages.

    A variant is compiled when the first of its messages is asked for; nothing of a person is kept.
    """

    newsletter: Newsletter
    edition: str
    variants: dict[str, Variant]
    #: empty: there are no public pages, and a mail ends a subscription
    base_url: str
    secret: bytes
    #: the pictures that are parts of the messages, by name
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    #: what signs each message; its fields go before all others
    sign: Sign = unsigned
    _compiled: dict[str, Compiled] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parcels(
        self, letters: Iterable[Letter | None], clock: Callable[[], datetime]
    ) -> Iterator[Parcel | Unwritable | None]:
        """Yield the parcels of letters in their order; letters are asked for some ahead where signing wants that.

        clock: gives the Date of each. None, both ways: none is ready yet.
        """
        waiting: deque[tuple[Letter, Message] | Unwritable] = deque()

        def messages() -> Iterator[Message | None]:
            for letter in letters:
                if letter is None:
                    yield None
                    continue
                try:
                    message = self._message(letter, clock())
                except ValueError as fault:
                    waiting.append(Unwritable(letter=letter, why=str(fault)))
                    continue
                waiting.append((letter, message))
                yield message

        for signature in self.sign(messages()):
            while waiting and isinstance(first := waiting[0], Unwritable):
                waiting.popleft()
                yield first
            if signature is None:
                yield None
                continue
            signed = waiting.popleft()
            assert not isinstance(signed, Unwritable), "those went before"
            letter, (head, body) = signed
            yield Parcel(
                letter=letter,
                envelope_from=self._return_path(letter.subscriber.id),
                envelope_to=letter.subscriber.address,
                content=b"".join((signature, head, b"\r\n", *body)),
                dotless=True,
            )
        for last in waiting:
            assert isinstance(last, Unwritable), "each message has its signature"
            yield last

    def content(self, letter: Letter, now: datetime) -> bytes:
        """Return the bytes of a message: CRLF line ends, no line over 998 octets, none that begins with a dot.

        They are ASCII, unless the address is not. Raises ValueError for an address that is not plain
        (see fields.mailbox).
        """
        head, body = message = self._message(letter, now)
        [signature] = self.sign([message])
        return b"".join((signature or b"", head, b"\r\n", *body))

    def signed_by(self, sign: Sign) -> Composer:
        """Return the same composer with another that signs; what was compiled is not compiled again."""
        made = replace(self, sign=sign)
        made._compiled.update(self._compiled)
        return made

    def constants(self) -> list[bytes]:
        """Return the long pieces of all bodies that are the same for everybody."""
        mailed = [slug for slug, variant in self.variants.items() if not variant.is_web_version]
        pieces = [piece for slug in mailed for piece in self.compiled(slug).body_pieces]
        return [piece for piece in pieces if isinstance(piece, bytes) and len(piece) > _LONG]

    def _message(self, letter: Letter, now: datetime) -> Message:
        message = self.compiled(letter.delivery.variant)
        values = self.values(letter.subscriber, now)
        return message.head(values), message.body(values)

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

    def _return_path(self, subscriber: str) -> str:
        sender = self.newsletter.sender
        if not sender.bounces:
            return sender.address
        return return_path(self.secret, self.newsletter.id, subscriber, sender.bounces)

    def _pages(self) -> dict[str, str]:
        """What the links of everybody begin with, by name."""
        if not self.base_url:
            # RFC 6068: the subject says whose subscription a mail ends, whoever sends it
            to = quote(self.newsletter.sender.unsubscribe_mailto, safe="@+")
            return {"unsubscribe": f"mailto:{to}?subject=unsubscribe%20"}
        return {"unsubscribe": f"{self.base_url}/u/", "preferences": f"{self.base_url}/p/"}

    def _token(self, purpose: str, subscriber: str) -> str:
        return token(self.secret, purpose, self.newsletter.id, subscriber)


def _clean(name: str) -> str:
    """Return a name with one kind of line end, and without halves of surrogate pairs, which no encoding can write."""
    if name.isprintable():
        return name
    return _HALF.sub("", one_line_end(name))
