"""Ids: what is added to digest.toml gets one that is short, readable and its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

#: an id is part of reports and of links to findings: a longer one is not read
ID_CHARACTERS = 40
#: an id that themes and sources cannot bear (rules.py)
_NEVER = "other"

# the host of a web address; urlsplit raises on what people may well have pasted
_ADDRESS = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:]*)", re.IGNORECASE)


def unique_id(words: str, taken: Collection[str], otherwise: str = "source") -> str:
    """Make an id from a name or the address of a site: short, readable, not taken; otherwise: where nothing is left."""
    address = _ADDRESS.match(words)
    # letters with accents lose them; what has no Latin letter under it goes
    plain = unicodedata.normalize("NFKD", (address[1] if address else words).casefold().removeprefix("www."))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:ID_CHARACTERS].strip("-") or otherwise
    made = slug
    number = 1
    while made in taken or made == _NEVER:
        number += 1
        ending = f"-{number}"
        made = slug[: ID_CHARACTERS - len(ending)].strip("-") + ending
    return made
