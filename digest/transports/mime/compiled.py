"""Compiled: a variant's message, serialised once and cut where people differ; a recipient's bytes are one join.

::

    variant ─ slotted.cut ─► texts and places ─ quoted ─► rows and slots ┐
    tokens  ─ written ─► EmailMessage's bytes ─ cut at the tokens ───────┴─► head, body

Every slot has the encoding of the place where it stands. In quoted-printable text a slot has rows of its own between
soft line breaks, so that nothing which fills it makes a line too long or changes the bytes around it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.domain.model import Newsletter, Picture
from digest.stages.slotted import Place, cut, one_line_end
from digest.transports.mime.fields import field_slot
from digest.transports.mime.quoted import SOFT, html_slot, quoted, text_slot
from digest.transports.mime.written import FIELDS, PICTURES_BOUNDARY, picture_part, written

#: what is cut out of a written message beside its fields
_PARTS = ("text", "page", "pictures")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a message that is another for each person."""

    name: str
    encode: Callable[[str], bytes]
    #: what stands there for who has no such value
    fallback: str = ""


Piece = bytes | Slot


@dataclass(frozen=True, slots=True)
class Spliced:
    """Bytes with slots between them."""

    pieces: tuple[Piece, ...]
    #: each slot once, as name, encode, fallback and all its places among the pieces
    _slots: tuple[tuple[str, Callable[[str], bytes], str, tuple[int, ...]], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places: dict[Slot, list[int]] = {}
        for at, piece in enumerate(self.pieces):
            if isinstance(piece, Slot):
                places.setdefault(piece, []).append(at)
        slots = tuple((slot.name, slot.encode, slot.fallback, tuple(found)) for slot, found in places.items())
        object.__setattr__(self, "_slots", slots)

    def filled(self, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return the pieces with one person's values; those between the slots are the same objects at every call."""
        pieces: list[Piece] = list(self.pieces)
        for name, encode, fallback, places in self._slots:
            value = encode(values.get(name) or fallback)
            for at in places:
                pieces[at] = value
        return pieces  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A variant's message. Its values are `FIELDS` and what the variant's own slots name.

    No line of it ever begins with a dot, so nothing needs stuffing (RFC 5321 4.5.2). In the body, no run of spaces and
    no line end lies across two pieces, so that a signer may canonicalise each by itself (RFC 6376 3.4.4).
    """

    _head: Spliced
    _body: Spliced

    @property
    def body_pieces(self) -> tuple[Piece, ...]:
        """What follows the empty line: constants and slots."""
        return self._body.pieces

    def head(self, values: Mapping[str, str]) -> bytes:
        """Return one person's header fields, each with its CRLF, without the empty line.

        Raises ValueError for a value that cannot stand in a header field.
        """
        return b"".join(self._head.filled(values))

    def body(self, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one person's body piece by piece; the constant ones are the same objects at every call."""
        return self._body.filled(values)


def compiled(
    newsletter: Newsletter,
    edition: str,
    subject: str,
    parts: tuple[str, str],
    pictures: Sequence[Picture],
    nonce: str,
    pages: Mapping[str, str],
) -> Compiled:
    """Compile a variant.

    parts: HTML and text with the edition's markers; pictures: those that are parts of the message; nonce: the mark of
    those markers, which nothing that was collected can hold; pages: what the links with these names begin with for
    everybody, so that their values are what follows it. Raises UnicodeEncodeError where half of a surrogate pair
    stands alone in a part, ValueError for a sender that would be more than one field.
    """
    # as long as a mark, since lengths decide where the standard library folds
    tokens = {name: f"{nonce}{number:016d}" for number, name in enumerate((*FIELDS, *_PARTS))}
    room = tokens["pictures"] if pictures else ""
    one_click = pages["unsubscribe"].startswith("https:")
    message = written(newsletter, edition, subject, tokens, tokens["text"], tokens["page"], room, one_click=one_click)
    head, _, body = message.partition(b"\r\n\r\n")
    page, text = parts
    into: dict[bytes, Iterable[Piece]] = {
        tokens[name].encode(): [field_slot(pages.get(name, "")), Slot(name, field_slot)] for name in FIELDS
    }
    escaped = {name: html.escape(address) for name, address in pages.items()}
    into[tokens["text"].encode()] = _part(cut(_lines(text), nonce), pages, text_slot)
    into[tokens["page"].encode()] = _part(cut(_lines(page), nonce), escaped, html_slot)
    # a picture brings the fields of its part along
    into[b"\r\n" + tokens["pictures"].encode()] = _pictures(pictures)
    return Compiled(*(Spliced(tuple(_cut(half, into))) for half in (head + b"\r\n", body)))


def _cut(message: bytes, into: Mapping[bytes, Iterable[Piece]]) -> Iterator[Piece]:
    """Yield written bytes in pieces, with others in the place of the tokens."""
    for found in re.split(b"(" + b"|".join(into) + b")", message):
        for piece in into.get(found, [found]):
            # a bare line end would let one message end inside another (SMTP smuggling)
            if isinstance(piece, bytes) and len({piece.count(end) for end in (b"\r", b"\n", b"\r\n")}) > 1:
                raise AssertionError("a compiled message holds a bare line end")
            if piece:
                yield piece


def _part(pieces: Iterable[str | Place], pages: Mapping[str, str], encode: Callable[[str], bytes]) -> Iterator[Piece]:
    """Yield a part of a variant in quoted-printable."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        text += pages.get(piece.name, "")
        yield quoted(text)
        yield SOFT if text and not text.endswith("\n") else b""
        yield Slot(piece.name, encode, piece.fallback)
        text = ""
    yield quoted(text)


def _lines(part: str) -> str:
    """Return a part with one kind of line end, and none at its end, where EmailMessage has written one."""
    return one_line_end(part).removesuffix("\n")


def _pictures(pictures: Sequence[Picture]) -> Iterator[Piece]:
    for number, picture in enumerate(pictures):
        if number:
            yield f"\r\n--{PICTURES_BOUNDARY}".encode()
            yield Slot("mark", field_slot)
            yield b"\r\n"
        yield picture_part(picture)
