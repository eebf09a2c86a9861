"""Reader: documents are read in child processes with limits on time and memory.

Parsers can be made to take minutes or gigabytes by a document of a few hundred kilobytes (feedparser takes the square
of the number of attributes); a child that does is ended, its document is a finding, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from digest.children.limited import MOST_SECONDS, Children, Unfinished, done_once
from digest.domain.errors import DocumentError
from digest.domain.model import Article, Document, Reading
from digest.sources import read

#: the parsers
_PRELOADED = ("digest.sources.feed", "digest.sources.page")

T = TypeVar("T")


class Reader:
    """A few child processes that read documents; they start with the first document and end with `close`."""

    def __init__(self, workers: int = 2, seconds: float = MOST_SECONDS) -> None:
        self._children = Children(_PRELOADED, workers, seconds)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, kind: str, document: Document) -> Reading:
        """Read a document as a source of this kind (see sources.read), within the limits.

        Raises DocumentError where it cannot be read as that, or took too long or too much memory.
        """
        return self._done(read, document, kind, document)

    def read_article(self, document: Document) -> Article:
        """Read an article's own page (see sources.article.read), within the limits.

        Raises DocumentError where it cannot be read, or took too long or too much memory.
        """
        return self._done(_article, document, document)

    def close(self) -> None:
        """Have the children end; nothing is read from then on."""
        self._children.close()

    def _done(self, work: Callable[..., T], document: Document, *given: object) -> T:
        try:
            return self._children.done(work, *given)
        except Unfinished as fault:
            raise _unreadable(document, fault.why) from fault


def read_once(kind: str, document: Document) -> Reading:
    """Read one document within the limits, in a child of its own: for a program that reads one and ends.

    Raises DocumentError as Reader.read does.
    """
    try:
        return done_once(read, kind, document, seconds=MOST_SECONDS)
    except Unfinished as fault:
        raise _unreadable(document, fault.why) from fault


def _article(document: Document) -> Article:
    from digest.sources import article  # its library takes a quarter of a second to load

    return article.read(document)


def _unreadable(document: Document, why: str) -> DocumentError:
    return DocumentError(
        f"{document.name} cannot be read: {why}.",
        "Open it in a browser. If it looks right there, tell whoever runs the site: its markup is broken or too large.",
    )
