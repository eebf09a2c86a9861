"""Signer: writes the DKIM-Signature fields of an edition's messages, one message after the other (RFC 6376)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from digest.transports.dkim.keys import DomainKey

#: a message's header fields, each with its CRLF, and its body piece by piece
Message = tuple[bytes, Sequence[bytes]]

#: fields that are signed where they stand in a message, and once more than they do
OVERSIGNED = (
    "from",
    "sender",
    "to",
    "cc",
    "subject",
    "date",
    "reply-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
#: fields that are signed where they stand in a message
SIGNED = ("message-id", "feedback-id")
#: octets from which a relaxed piece is kept, and pieces that are: 24 variants have some hundreds
_LONG, _MOST_KEPT = 256, 2_000
#: characters of a line of base64 in a signature
_ROW = 70
_FOLD = re.compile(rb"\r\n[ \t]+")
_SPACES = re.compile(rb"[ \t]+")
_BEFORE_END = re.compile(rb"[ \t]+(?=\r\n)")


class _Plan(NamedTuple):
    """How messages with the same fields are signed."""

    #: where in a head the fields stand that are signed, in the order of `h=`
    places: tuple[int, ...]
    #: each key with what it writes
    written: list[tuple[DomainKey, bytes, bytes]]


class _Relaxed(NamedTuple):
    """A piece of a body, relaxed."""

    #: as it was; while it is held no other piece has its identity
    piece: bytes
    octets: bytes
    #: a hash begun with it, which a body that begins with it goes on from: None where the piece is short
    begun: hashlib._Hash | None


class Signer:
    """Signs the messages of one edition; what all of them have in common is looked at once."""

    def __init__(self, keys: Sequence[DomainKey], clock: Callable[[], datetime]) -> None:
        """keys: one or more; clock: gives the time of a signature."""
        self._keys = keys
        self._clock = clock
        #: by the identities of their pieces
        self._kept: dict[int, _Relaxed] = {}
        #: by the names of a head's fields in their order
        self._plans: dict[tuple[bytes, ...], _Plan] = {}

    def __call__(self, messages: Iterable[Message | None]) -> Iterator[bytes | None]:
        """Yield the DKIM-Signature fields of each message, each field with its CRLF; a message is asked for when its
        signature is. None, both ways: none is ready yet.

        No run of spaces and no line end lies across two pieces of a body; those that are the same objects in every
        message are relaxed once.
        """
        for message in messages:
            yield None if message is None else self.signature(*message, int(self._clock().timestamp()))

    def signature(self, head: bytes, body: Sequence[bytes], at: int) -> bytes:
        """Return the fields of one message; at: when it is signed, in seconds since 1970."""
        hashed = b64encode(self._body_hash(body))
        names, fields = relaxed_fields(head)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = self._planned(names)
        signed = b"".join([fields[place] for place in plan.places])
        return b"".join([_signature(*written, signed, at, hashed) for written in plan.written])

    def _body_hash(self, body: Sequence[bytes]) -> bytes:
        relaxed = [self._relaxed(piece) for piece in body]
        # white space and empty lines at the end do not count, and the last line has an end (RFC 6376 3.4.4)
        while relaxed and not relaxed[-1].octets.rstrip(b" \r\n"):
            relaxed.pop()
        if not relaxed:
            return hashlib.sha256().digest()
        last = relaxed.pop()
        begun = relaxed[0].begun if relaxed else None
        found = hashlib.sha256() if begun is None else begun.copy()
        for piece in relaxed if begun is None else relaxed[1:]:
            found.update(piece.octets)
        found.update(last.octets.rstrip(b" \r\n") + b"\r\n")
        return found.digest()

    def _relaxed(self, piece: bytes) -> _Relaxed:
        if len(piece) < _LONG:
            # one person's own, or as quickly done as looked up
            return _Relaxed(piece, relaxed_piece(piece), None)
        kept = self._kept.get(id(piece))
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            octets = relaxed_piece(piece)
            kept = self._kept[id(piece)] = _Relaxed(piece, octets, hashlib.sha256(octets))
        return kept

    def _planned(self, names: Sequence[bytes]) -> _Plan:
        places, listed = _listing(names)
        return _Plan(places, [(key, *_written(key, listed)) for key in self._keys])


def _written(key: DomainKey, listed: str) -> tuple[bytes, bytes]:
    """Return a key's signature field as it is sent, and the same as it is read when it is verified.

    Both lack their time and hash of the body, and the one that is sent its value. Read is it unfolded, with one space
    where there is any, and without its own value (RFC 6376 3.7).
    """
    named = f"d={key.domain};\r\n s={key.selector};".replace("%", "%%")
    field = f"v=1; a={key.algorithm}; c=relaxed/relaxed; t=%d;\r\n {named}\r\n {listed}\r\n bh=%b;\r\n b="
    return f"DKIM-Signature: {field}%b\r\n".encode(), f"dkim-signature:{field}".replace("\r\n", "").encode()


def _signature(key: DomainKey, sent: bytes, read: bytes, signed: bytes, at: int, hashed: bytes) -> bytes:
    value = b64encode(key.sign(signed + read % (at, hashed)))
    rows = b"\r\n ".join([value[start : start + _ROW] for start in range(0, len(value), _ROW)])
    return sent % (at, hashed, rows)


def relaxed_piece(piece: bytes) -> bytes:
    """Return a piece of a body relaxed: no white space before a line's end, else one space (RFC 6376 3.4.4)."""
    return _SPACES.sub(b" ", _BEFORE_END.sub(b"", piece)) if b" " in piece or b"\t" in piece else piece


def relaxed_fields(head: bytes) -> tuple[tuple[bytes, ...], list[bytes]]:
    """Return the names of a head's fields in their order, and the fields relaxed (RFC 6376 3.4.2)."""
    unfolded = _FOLD.sub(b" ", head) if b"\r\n " in head or b"\r\n\t" in head else head
    found = list(map(_field, unfolded.split(b"\r\n")))
    return tuple([name for name, _ in found if name]), [field for name, field in found if name]


@lru_cache(maxsize=512)
def _field(line: bytes) -> tuple[bytes, bytes]:
    """Return the name of a field and the field relaxed; most lines are the same for everybody."""
    name, colon, value = line.partition(b":")
    if not colon:
        return b"", b""
    name = name.rstrip(b" \t").lower()
    return name, b"%b:%b\r\n" % (name, _SPACES.sub(b" ", value).strip(b" "))


def _listing(names: Sequence[bytes]) -> tuple[tuple[int, ...], str]:
    """Return the places of the fields that are signed, in the order of `h=`, and `h=` in lines.

    Of several with one name the last comes first (RFC 6376 5.4.2).
    """
    places = [
        at for wanted in (*OVERSIGNED, *SIGNED) for at in reversed(range(len(names))) if names[at] == wanted.encode()
    ]
    return tuple(places), "\r\n ".join(_listed([*(names[at].decode() for at in places), *OVERSIGNED]))


def _listed(names: Sequence[str]) -> Iterator[str]:
    """Yield `h=` in lines."""
    line = "h="
    for number, name in enumerate(names):
        more = f"{name}{';' if number == len(names) - 1 else ':'}"
        if len(line) + len(more) > _ROW:
            yield line
            line = ""
        line += more
    yield line
