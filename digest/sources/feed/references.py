"""References to characters that there are not: one of them is enough for feedparser to give up a whole feed.

Where they come from is mostly an emoji, written as the two halves that UTF-16 has for it.
"""

from __future__ import annotations

import re

_HALF = re.compile(rb"&#(?:x0{0,4}(d[89a-f][0-9a-f]{2})|0{0,4}(5[5-7]\d{3}));", re.IGNORECASE)
_BEYOND = re.compile(rb"&#(?:x0*[1-9a-f][0-9a-f]{5,}|0*[1-9]\d{6,});", re.IGNORECASE)
_LAST = 0x10FFFF
_UNKNOWN = b"&#xFFFD;"


def with_true_references(content: bytes) -> bytes:
    """Return a feed in which halves of a character are put together, and what is no character is U+FFFD."""
    pieces: list[bytes] = []
    end = 0
    high = 0
    for found in _HALF.finditer(content):
        half = int(found[1], 16) if found[1] else int(found[2])
        if not 0xD800 <= half <= 0xDFFF:
            continue
        between = content[end : found.start()]
        if high and half >= 0xDC00 and not between:
            pieces[-1] = b"&#x%X;" % (0x10000 + ((high - 0xD800) << 10) + half - 0xDC00)
            high = 0
        else:
            pieces += [between, _UNKNOWN]
            high = half if half < 0xDC00 else 0
        end = found.end()
    return _BEYOND.sub(_known, b"".join((*pieces, content[end:])))


def _known(found: re.Match[bytes]) -> bytes:
    digits = found[0][2:-1].lower()
    # the length first: numbers of thousands of digits are not even read
    if len(digits.lstrip(b"x0")) > 7:
        return _UNKNOWN
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return found[0] if number <= _LAST else _UNKNOWN
