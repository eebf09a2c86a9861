"""Quoted-printable (RFC 2045 6.7) that asks nothing of a transport.

No line is over 76 characters, and none begins with a dot or with “From ”: nothing is stuffed on the wire (RFC 5321
4.5.2), and no format of mailboxes changes a byte.

The standard library's writers fold at another length, and leave such lines.
"""

from __future__ import annotations

import html
import re

#: octets of a line before its soft line break
_ROW = 75
# one row as it stands, in text as in HTML: nearly all names, and all tokens
_ROW_AS_IT_IS = re.compile(r"""(?![.F])[ !#-%(-;?-~]{0,74}[!#-%(-;?-~]""")
# a space at the end of a line could be lost on the way
_UNSAFE = re.compile(rb"[^ -<>-~]| \Z")
_AWKWARD = (b".", b"From ")
#: ends a row, not a line
SOFT = b"=\r\n"


def quoted(text: str) -> bytes:
    """Return text, whose lines end with LF alone, in quoted-printable with CRLF. The last line has no end.

    What stands before it must end a row. Raises UnicodeEncodeError where half of a surrogate pair stands alone.
    """
    return b"\r\n".join(_folded(_UNSAFE.sub(_octet, line)) for line in text.encode().split(b"\n"))


def text_slot(value: str) -> bytes:
    """Return what fills a slot of plain text: rows of its own, so that no length of it makes a row too long."""
    if _ROW_AS_IT_IS.fullmatch(value):
        return value.encode() + SOFT
    return quoted(value) + SOFT if value else b""


def html_slot(value: str) -> bytes:
    """Return what fills a slot of HTML, between elements or in an attribute's value."""
    if _ROW_AS_IT_IS.fullmatch(value):
        return value.encode() + SOFT
    return text_slot(html.escape(value))


def _octet(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]


def _folded(line: bytes) -> bytes:
    """Cut an encoded line into rows, never within an octet's code."""
    if len(line) <= _ROW and not line.startswith(_AWKWARD):
        return line
    rows: list[bytes] = []
    at = 0
    while at < len(line) or not rows:
        if line.startswith(_AWKWARD, at):
            code = b"=%02X" % line[at]
            at += 1
        else:
            code = b""
        row = line[at : at + _ROW - len(code)]
        cut = row.rfind(b"=", -2)
        if cut >= 0:
            row = row[:cut]
        rows.append(code + row)
        at += len(row)
    return SOFT.join(rows)
