"""Pictured: by what address a picture stands in an email, and which pictures an email names.

A picture's name is a hash over its bytes: who signed the HTML signed the pictures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from digest.domain.model import Shape

#: where pictures lie below the address of the public pages, beside a file that shows them, and on the preview's page
FOLDER = "pictures"

# Only in a tag: a title may hold the same letters, but its angle brackets are escaped. A value may hold such brackets,
# but no quotation marks.
_TAG = r'(<img\b(?:[^<>"]|"[^"]*")*?\ssrc=")'
_NAME = r"([0-9a-f]{32}\.jpg)"
_PART = re.compile(rf'{_TAG}cid:{_NAME}@{FOLDER}(?=")')


def linked(base_url: str, name: str) -> str:
    """Return the address of a picture on the organisation's public pages."""
    return f"{base_url}/{FOLDER}/{name}"


def content_id(name: str) -> str:
    """Return the id of a picture that is a part of the message (RFC 2045 7: unique, and of the form of an address)."""
    return f"{name}@{FOLDER}"


def telling(names: Mapping[str, Mapping[Shape, str]], stories: Sequence[str]) -> dict[str, Mapping[Shape, str]]:
    """Return the pictures that tell of one story alone, by their address.

    names: of each address's pictures; stories: the address of each story's picture. What several stories of an edition
    have is their site's own, which it gives with everything.
    """
    shared = Counter(frozenset(names[address].values()) for address in stories if address in names)
    return {address: shapes for address, shapes in names.items() if shared[frozenset(shapes.values())] == 1}


def embedded(page: str) -> Sequence[str]:
    """Return the names of the pictures that an email wants to be parts of the message, each once, in their order."""
    return list(dict.fromkeys(name for _, name in _PART.findall(page)))


def named(page: str, base_url: str) -> Sequence[str]:
    """Return the names of all pictures that an email shows, each once, in their order."""
    found = [(hit.start(), hit[2]) for kind in (_PART, _on_pages(base_url)) for hit in kind.finditer(page)]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def at_hand(page: str, base_url: str, folder: str = FOLDER) -> str:
    """Return an email for somebody who looks at it here: its pictures lie in a folder, usually beside it."""
    beside = rf"\g<1>{folder}/\g<2>"
    return _on_pages(base_url).sub(beside, _PART.sub(beside, page))


def _on_pages(base_url: str) -> re.Pattern[str]:
    return re.compile(rf'{_TAG}{re.escape(base_url)}/{FOLDER}/{_NAME}(?=")')
