"""Opening: one message's bytes become headers and parts, whatever they are, in bounded time.

The email package's parser goes as deep as a message asks it to, and what comes back may be made by anybody: here
depth, parts and octets have bounds, and what is broken is read as far as it goes.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.header import decode_header

#: octets of a message that are looked at: notices stand first, what they return comes after
MOST_OCTETS = 4_000_000
#: a notice within a notice within …
MOST_DEPTH = 10
MOST_PARTS = 200
#: of a head: lines, and characters of one value
MOST_HEADERS = 500
MOST_VALUE = 10_000

_FIELD = re.compile(r"^([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)$", re.DOTALL)
_PARAMETER = re.compile(r"""[;\s]\s*([\w.*-]{1,40})\s*=\s*(?:"([^"]{0,500})"|([^\s;"]{1,500}))""")
#: what parts a notice from what it returns, where nothing else tells
_BOUNDARY = re.compile(
    rb"(?:^|\n)--([^\s-][^\n]{5,70})\n(?:Content-[^\n]{0,200}\n){0,3}Content-Type: message/delivery-status",
    re.IGNORECASE,
)
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/global-headers")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of a head, in their order; names in lower case."""

    fields: tuple[tuple[str, str], ...] = ()

    def all(self, *names: str) -> list[str]:
        """Return the values of all fields with these names."""
        return [value for name, value in self.fields if name in names]

    def get(self, name: str) -> str:
        """Return the first value of a field; empty where there is none."""
        return next((value for known, value in self.fields if known == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message that holds no parts."""

    #: such as text/plain
    kind: str
    headers: Headers
    #: what stands in it, decoded; line feeds alone end lines
    text: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_returned(self) -> bool:
        """Whether it holds a mail that came back, or its head."""
        return self.kind in _RETURNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message."""

    headers: Headers
    #: its own kind, such as multipart/report
    kind: str
    parameters: Mapping[str, str]
    parts: tuple[Part, ...]
    #: how deep it is; the email package is not asked about what is too deep
    is_too_deep: bool
    #: what was looked at, with line feeds alone
    octets: bytes

    def of(self, *kinds: str) -> Iterator[Part]:
        """Yield the parts of these kinds."""
        return (part for part in self.parts if part.kind in kinds)


def opened(content: bytes) -> Opened:
    """Open a message; nothing that it holds raises."""
    octets = content[:MOST_OCTETS].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")
    # an mbox file's line before a message is no field of it
    octets = re.sub(rb"\A\s*(?:>?From [^\n]*\n)?", b"", octets, count=1)
    walk = _Walk()
    head, body = _cut(octets)
    headers = headers_of(as_text(head))
    walk.into(headers, body, 0)
    kind, parameters = kind_of(headers)
    return Opened(
        headers=headers,
        kind=kind,
        parameters=parameters,
        parts=tuple(walk.parts),
        is_too_deep=walk.is_too_deep,
        octets=octets,
    )


class _Walk:
    """Collects a message's parts."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.is_too_deep = False

    def into(self, headers: Headers, body: bytes, depth: int) -> None:
        kind, parameters = kind_of(headers)
        boundary = parameters.get("boundary", "")
        pieces = _pieces(body, boundary.encode("utf8", "replace")) if kind.startswith("multipart/") and boundary else []
        if not pieces and depth == 0:
            # the head was lost, or changed on the way
            guessed = _BOUNDARY.search(body)
            pieces = _pieces(body, guessed.group(1)) if guessed else []
        if pieces:
            if depth >= MOST_DEPTH:
                self.is_too_deep = True
                return
            for piece in pieces:
                if len(self.parts) >= MOST_PARTS:
                    self.is_too_deep = True
                    return
                head, rest = _cut(piece)
                self.into(headers_of(as_text(head)), rest, depth + 1)
            return
        if kind.startswith("multipart/"):
            kind = "text/plain"
        if kind in _RETURNED and body[:2000].lower().count(b"message/rfc822") > 1:
            self.is_too_deep = True
        text = as_text(_decoded(body, headers.get("content-transfer-encoding")), parameters.get("charset", ""))
        self.parts.append(Part(kind=kind, headers=headers, text=text, parameters=parameters))


def headers_of(text: str) -> Headers:
    """Read the fields of a head; lines that are none are left out."""
    fields: list[tuple[str, str]] = []
    unfolded: list[list[str]] = []
    for line in text.split("\n"):
        # some forget the space before what goes on: boundary="…" at a line's beginning
        is_more = line[:1] in (" ", "\t") or (unfolded and unfolded[-1][-1].endswith(";") and not _FIELD.match(line))
        if is_more and unfolded:
            unfolded[-1].append(line.strip())
        elif line.strip():
            unfolded.append([line])
        if len(unfolded) > MOST_HEADERS:
            break
    for lines in unfolded:
        found = _FIELD.match(" ".join(lines)[:MOST_VALUE])
        if found:
            fields.append((found.group(1).lower(), found.group(2).strip()))
    return Headers(tuple(fields))


def kind_of(headers: Headers) -> tuple[str, dict[str, str]]:
    """Return the kind of content that a head tells, and its parameters (RFC 2045 5)."""
    said = headers.get("content-type")
    kind = (said.partition(";")[0].split() or ["text/plain"])[0].lower()
    parameters = {one.group(1).lower(): one.group(2) or one.group(3) or "" for one in _PARAMETER.finditer(said)}
    return kind, parameters


def words_of(value: str) -> str:
    """Return a field's value with its encoded words decoded (RFC 2047)."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:MOST_VALUE])
    except (ValueError, binascii.Error):
        return value
    return "".join(one if isinstance(one, str) else as_text(one, charset or "") for one, charset in pieces)


def as_text(octets: bytes, charset: str = "") -> str:
    """Return octets as text: as their charset says, where it is known, else as UTF-8 or Latin-1."""
    if b"\x1b$" in octets or b"\x1b(" in octets:
        charset = "iso2022_jp"
    for name in (charset, "utf-8"):
        try:
            return octets.decode(name) if name else octets.decode("utf-8")
        except (LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def _cut(octets: bytes) -> tuple[bytes, bytes]:
    """Cut a message into head and body."""
    if octets.startswith(b"\n"):
        return b"", octets[1:]
    found = re.search(rb"\n[ \t]*\n", octets)
    if found is None:
        return octets, b""
    return octets[: found.start()], octets[found.end() :]


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """Cut a body at its boundary (RFC 2046 5.1.1); what stands before the first and after the last is none."""
    mark = b"\n--" + boundary
    inner = (b"\n" + body).split(mark)[1:]
    pieces = []
    for piece in inner[:MOST_PARTS]:
        if piece.startswith(b"--"):
            break
        rest = piece.partition(b"\n")
        # a longer boundary that begins with this one is another's
        pieces.append(rest[2] if not rest[0].strip() else piece)
    return pieces


def _decoded(body: bytes, encoding: str) -> bytes:
    name = encoding.strip().lower()
    if name == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        letters = letters[: len(letters) - len(letters) % 4] if len(letters) % 4 == 1 else letters
        try:
            return base64.b64decode(letters + b"=" * (-len(letters) % 4))
        except (ValueError, binascii.Error):
            return body
    return quopri.decodestring(body) if name == "quoted-printable" else body
