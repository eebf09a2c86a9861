"""Which kind of feed a document is: its bytes say so. What a server declares is wrong too often."""

from __future__ import annotations

from dataclasses import replace

from digest.domain.model import Document, Item, Reading
from digest.sources.feed import jsonfeed, xml
from digest.sources.feed.charset import BYTE_ORDER_MARKS
from digest.sources.feed.headlines import titled

#: of a text with its markup; some hundred times what an email shows of it
MOST_CHARACTERS = 100_000


def read(document: Document) -> Reading:
    """Read a feed; an entry without a title gets the first sentence of its text as one.

    A hostile feed can take minutes and gigabytes (200,000 attributes on one tag, or as many entries), so
    whoever calls this on what a stranger wrote does so in a child process with limits.

    Raises DocumentError where it is no feed.
    """
    reading = jsonfeed.read(document) if _is_object(document.content) else xml.read(document)
    return replace(reading, items=tuple(titled(_bounded(item), document.language) for item in reading.items))


def _bounded(item: Item) -> Item:
    # taking out 100,000 nested divs takes half a minute, and of a whole article only the beginning is shown
    return replace(item, title=item.title[:MOST_CHARACTERS], summary=item.summary[:MOST_CHARACTERS])


def _is_object(content: bytes) -> bool:
    for mark in BYTE_ORDER_MARKS:
        content = content.removeprefix(mark)
    # in UTF-16 and UTF-32 the brace has noughts around it
    return content[:1_000].lstrip(b"\0 \t\r\n").startswith(b"{")
