"""In: one module a kind. A new kind is one module with `read(document)` and one line in KINDS.

reader   reads documents in child processes with limits
asking   fetches, reads and cleans what a source gives
article  an article's own page
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from digest.domain.errors import FetchError
from digest.domain.model import Document, Reading
from digest.stages.collect import cleaned

Read = Callable[[Document], Reading]

#: kind -> module; imported when first used, since each brings its own parsers
KINDS: Mapping[str, str] = {
    "feed": "digest.sources.feed",
    "page": "digest.sources.page",
    "sitemap": "digest.sources.sitemap",
    "file": "digest.sources.file",
}
#: files of a folder that are read, by their endings
ENDINGS = (".md", ".markdown", ".txt", ".csv")
#: a file larger than this is no text of insights
MOST_BYTES = 10 * 1024 * 1024


def read(kind: str, document: Document) -> Reading:
    """Read a document as a source of this kind; everything in the result is cleaned.

    Raises DocumentError where it cannot be read as that.
    """
    reader: Read = import_module(KINDS[kind]).read
    return cleaned(reader(document), document)


def from_disk(path: Path, base: str = "", language: str = "en") -> Document:
    """Return a file as a document.

    Raises FetchError where it cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FetchError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB.", "Give a smaller file.")
        return Document(content=path.read_bytes(), base=base, name=str(path), language=language)
    except OSError as fault:
        raise FetchError(f"{path} cannot be read: {fault.strerror}.", "Check the path and its permissions.") from fault
