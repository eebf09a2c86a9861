"""What is told of a document that is no feed."""

from __future__ import annotations

import re

from digest.domain.errors import DocumentError
from digest.domain.model import Document
from digest.stages.collect import safe_link

_LINK = re.compile(rb"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"""type\s*=\s*["']?application/(?:rss\+xml|atom\+xml|feed\+json)\b""", re.IGNORECASE)
_HREF = re.compile(rb"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
#: pages name their feeds in their head
_HEAD_BYTES = 100_000


def no_feed(document: Document, why: object) -> DocumentError:
    """Return the error that says why a document is no feed, and what to write instead."""
    feed = _named_feed(document)
    mend = 'If it is a page, write kind = "page" under this source.'
    if feed:
        mend = f'It is a page that names its feed: write address = "{feed}", or kind = "page", under this source.'
    return DocumentError(f"{document.name} is not a feed: {why}.", mend)


def _named_feed(document: Document) -> str:
    for tag in _LINK.findall(document.content[:_HEAD_BYTES]):
        href = _HREF.search(tag)
        if href and _FEED_TYPE.search(tag):
            return safe_link((href.group(1) or href.group(2) or b"").decode("utf8", "ignore"), document.base)
    return ""
