"""NUL, which PostgreSQL keeps in no text."""

from __future__ import annotations

import json
import re

#: as JSON writes it, behind a backslash that is not itself written by another
_WRITTEN = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(value: object) -> str:
    """Return a value as JSON in which no text holds NUL."""
    text = json.dumps(value)
    # looked for again, since one may follow another
    while "\\u0000" in text:
        shorter = _WRITTEN.sub(r"\1", text)
        if shorter == text:
            break
        text = shorter
    return text
