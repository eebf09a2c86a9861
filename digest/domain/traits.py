"""Traits: what a segment's rule compares of a person, in one text.

Python asks whether a text holds a piece, and SQL asks the same of the same octets, so both give the same answer::

    ␞role␟headteacher␞tags␟head␞tags␟governor␞

Field and value are case folded (Unicode 3.13, full) in NFC; a field with several values stands once for each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: between traits, and between a field and its value: ASCII's record and unit separators (ECMA-48), in no value
RECORD, UNIT = "\x1e", "\x1f"
#: nor is there NUL, which databases take for the end of a text, or refuse
_NO_SEPARATORS = str.maketrans("", "", RECORD + UNIT + "\0")


def folded(text: str) -> str:
    """Return a field's name or a value as it is compared."""
    if text.isascii():
        return text.translate(_NO_SEPARATORS).lower()
    return unicodedata.normalize("NFC", text.translate(_NO_SEPARATORS).casefold())


def written(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the traits of (field, value) pairs; what is empty is none."""
    found = [
        f"{folded(field)}{UNIT}{value}" for field, value in ((one, folded(other)) for one, other in pairs) if value
    ]
    return f"{RECORD}{RECORD.join(found)}{RECORD}" if found else ""


def trait(field: str, value: str) -> str:
    """Return what stands in somebody's traits exactly if the field has this value."""
    return f"{RECORD}{folded(field)}{UNIT}{folded(value)}{RECORD}"


def beginning(field: str) -> str:
    """Return what stands in somebody's traits exactly if the field has any value, which follows it."""
    return f"{RECORD}{folded(field)}{UNIT}"
