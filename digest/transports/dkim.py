"""DKIM: a message says which domain answers for it, and that nobody changed it (RFC 6376, 8301, 8463).

Signatures are relaxed/relaxed: white space and folding may change on the way, and nothing else. Each key makes one, RSA
for everybody and Ed25519 for who knows it; the body is hashed once for both. There is no `l=`, which would let anybody
add to a signed body.

Signed are all fields that a reader or a mail program goes by. Those of `OVERSIGNED` stand in `h=` once more often than
in the message, so that none can be added: a second From is who the reader sees, a second Subject what, a second
Content-Type makes another text of the same bytes, and another List-Unsubscribe leads elsewhere (RFC 6376 8.15).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Key = RSAPrivateKey | Ed25519PrivateKey
Algorithm = str

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
#: bits of a new RSA key, and the fewest that verifiers accept (RFC 8301 3.2)
RSA_BITS, LEAST_RSA_BITS = 2_048, 1_024
#: characters of one string of a DNS record (RFC 1035 3.3)
DNS_STRING = 255

#: octets from which a relaxed piece is kept, and pieces that are: 24 variants have some hundreds
_LONG, _MOST_KEPT = 256, 2_000
#: characters of a line of base64 in a signature
_ROW = 70
_FOLD = re.compile(rb"\r\n[ \t]+")
_SPACES = re.compile(rb"[ \t]+")
_BEFORE_END = re.compile(rb"[ \t]+(?=\r\n)")


class BadKey(ValueError):
    """What was given is no key that a message can be signed with; its text says why."""


@dataclass(frozen=True, slots=True)
class DomainKey:
    """A private key, and where in the DNS the public one is found: SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: Key = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        """Return what `a=` says."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def name(self) -> str:
        """Return the name of its DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Return the value of its DNS record, a TXT."""
        if isinstance(self.key, RSAPrivateKey):
            public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Sign octets; Ed25519 signs their SHA-256 (RFC 8463 3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(octets, PKCS1v15(), SHA256())
        return self.key.sign(hashlib.sha256(octets).digest())


def new_key(algorithm: Algorithm) -> Key:
    """Make a key: "rsa" or "ed25519"."""
    if algorithm == "rsa":
        return generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
    return Ed25519PrivateKey.generate()


def written(key: Key) -> bytes:
    """Return a private key as a file holds it (PEM, PKCS #8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read(content: bytes) -> Key:
    """Return the private key in a file.

    Raises BadKey, without anything of the file in its text.
    """
    try:
        key = load_pem_private_key(content, None)
    except TypeError as fault:
        raise BadKey("It is encrypted; this program has no password for it.") from fault
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise BadKey("It holds no private key in PEM.") from fault
    if isinstance(key, RSAPrivateKey):
        if key.key_size < LEAST_RSA_BITS:
            raise BadKey(f"It is an RSA key of {key.key_size} bits; verifiers want {LEAST_RSA_BITS} at least.")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise BadKey("It is neither an RSA key nor an Ed25519 key.")


def strings(record: str) -> str:
    """Return a record as zone files want it: in strings of at most 255 characters."""
    return " ".join(f'"{record[at : at + DNS_STRING]}"' for at in range(0, len(record), DNS_STRING))


class Signer:
    """Signs the messages of one edition; what all of them have in common is looked at once."""

    def __init__(self, keys: Sequence[DomainKey], clock: Callable[[], datetime]) -> None:
        """keys: one or more; clock: gives the time of a signature."""
        self._keys = keys
        self._clock = clock
        #: by its identity: a piece, which is held so that no other takes its place, and the same relaxed
        self._kept: dict[int, tuple[bytes, bytes]] = {}
        #: names of a head's fields in their order -> which of them are signed, as their places in it, and `h=` in lines
        self._plans: dict[tuple[bytes, ...], tuple[tuple[int, ...], str]] = {}

    def __call__(self, head: bytes, body: Sequence[bytes]) -> bytes:
        """Return the DKIM-Signature fields of a message, each with its CRLF.

        head: the header fields, each with its CRLF; body: its pieces. No run of spaces and no line end lies across two
        of them; those that are the same objects at every call are relaxed once.
        """
        hashed = base64.b64encode(self._body_hash(body)).decode()
        names, fields = relaxed_fields(head)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = _plan(names)
        places, listed = plan
        signed = b"".join([fields[at] for at in places])
        at = int(self._clock().timestamp())
        return b"".join([self._signature(key, listed, signed, hashed, at) for key in self._keys])

    def _body_hash(self, body: Sequence[bytes]) -> bytes:
        relaxed = [self._relaxed(piece) for piece in body]
        # white space and empty lines at the end do not count, and the last line has an end (RFC 6376 3.4.4)
        while relaxed and not (last := relaxed[-1].rstrip(b" \r\n")):
            relaxed.pop()
        found = hashlib.sha256()
        for piece in relaxed[:-1]:
            found.update(piece)
        if relaxed:
            found.update(last + b"\r\n")
        return found.digest()

    def _relaxed(self, piece: bytes) -> bytes:
        if len(piece) < _LONG:
            # one person's own, or as quickly done as looked up
            return relaxed_piece(piece)
        kept = self._kept.get(id(piece))
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[id(piece)] = piece, relaxed_piece(piece)
        return kept[1]

    @staticmethod
    def _signature(key: DomainKey, listed: str, signed: bytes, hashed: str, at: int) -> bytes:
        folded = (
            f"v=1; a={key.algorithm}; c=relaxed/relaxed; t={at};\r\n d={key.domain};\r\n s={key.selector};\r\n "
            f"{listed}\r\n bh={hashed};\r\n b="
        )
        # as it will be read: unfolded, one space where there is any, and without its own value (RFC 6376 3.7)
        own = f"dkim-signature:{folded}".replace("\r\n", "")
        value = base64.b64encode(key.sign(signed + own.encode())).decode()
        rows = "\r\n ".join([value[start : start + _ROW] for start in range(0, len(value), _ROW)])
        return f"DKIM-Signature: {folded}{rows}\r\n".encode()


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


def _plan(names: Sequence[bytes]) -> tuple[tuple[int, ...], str]:
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
