"""Sitemaps: the addresses of a site, with the days on which they changed (sitemaps.org protocol 0.9).

A sitemap names pages and seldom says what they are called: its items may have no title, and their own pages give it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from digest.domain.errors import DocumentError
from digest.domain.model import DateFrom, Document, Item, Reading
from digest.stages.collect import safe_link

#: bytes of a sitemap, unpacked (the protocol allows 50 MB)
MOST_BYTES = 50 * 1024 * 1024
#: the addresses that changed last; nobody's digest holds more
MOST_ADDRESSES = 100
#: parts of an index that are asked
MOST_PARTS = 5
_GZIP = b"\x1f\x8b"
#: parts of an index that list no articles, by the names that publishing systems give them
_NO_ARTICLES = re.compile(
    r"(category|categories|tag|tags|author|authors|page|pages|image|video|product)s?[-_]?sitemap", re.I
)


def read(document: Document) -> Reading:
    """Read a sitemap: the articles that changed last first; of an index, the parts to ask.

    Raises DocumentError where it is neither.
    """
    root = _root(document)
    entries = [entry for entry in root if isinstance(entry.tag, str) and _name(entry) in ("url", "sitemap")]
    if _name(root) == "sitemapindex":
        return Reading(further=tuple(_parts(entries)), untitled=True, is_markup=False)
    if _name(root) != "urlset":
        raise _no_sitemap(document, f"it begins with <{_name(root)}>")
    items = sorted(_items(entries, document), key=_age, reverse=True)
    return Reading(items=tuple(items[:MOST_ADDRESSES]), untitled=True, is_markup=False)


def _root(document: Document) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(_unpacked(document), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise _no_sitemap(document, str(fault)) from fault
    if root is None or not isinstance(root.tag, str):
        raise _no_sitemap(document, "it is no XML")
    return root


def _unpacked(document: Document) -> bytes:
    if not document.content.startswith(_GZIP):
        return document.content
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        content = inflate.decompress(document.content, MOST_BYTES)
    except zlib.error as fault:
        raise _no_sitemap(document, f"it is packed wrongly ({fault})") from fault
    if inflate.unconsumed_tail:
        raise _no_sitemap(document, f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
    return content


def _parts(entries: list[etree._Element]) -> list[str]:
    dated = sorted(entries, key=lambda entry: _text(entry, "lastmod"), reverse=True)
    addresses = [_text(entry, "loc") for entry in dated]
    likely = [address for address in addresses if not _NO_ARTICLES.search(address)]
    return (likely or addresses)[:MOST_PARTS]


def _items(entries: list[etree._Element], document: Document) -> Iterator[Item]:
    given = [_text(entry, "loc") for entry in entries]
    addresses = [safe_link(address, document.base) if address else "" for address in given]
    sections = _sections(addresses)
    for entry, address in zip(entries, addresses, strict=True):
        parts = urlsplit(address)
        below = sections[parts.path.rstrip("/")]
        # an article may have a second page below it; what calls itself a folder is one
        is_section = (below > 1 or parts.path.endswith("/")) and below > 0 and not parts.query
        if not address or is_section or not parts.path.startswith(document.under):
            continue
        # the news extension states when an article was published; lastmod is any change to its page
        stated = _moment(_text(entry, "publication_date"))
        yield Item(
            title=_text(entry, "title"),
            link=address,
            date=stated or _moment(_text(entry, "lastmod")),
            date_from=DateFrom.STATED if stated else DateFrom.GUESSED,
        )


def _sections(addresses: list[str]) -> Counter[str]:
    """How many others lie under each path: a list of articles is no article."""
    below: Counter[str] = Counter()
    for path in {urlsplit(address).path.rstrip("/") for address in addresses}:
        parts = path.split("/")
        below.update("/".join(parts[:length]) for length in range(1, len(parts)))
    return below


def _age(item: Item) -> datetime:
    return item.date or datetime.min.replace(tzinfo=UTC)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(entry: etree._Element, name: str) -> str:
    """The text of the first element inside that bears this name, whatever its namespace."""
    found = next((one for one in entry.iter() if isinstance(one.tag, str) and _name(one) == name), None)
    return (found.text or "").strip() if found is not None else ""


def _moment(text: str) -> datetime | None:
    """Read a W3C date and time; one without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        # the year 1 is some systems' way to say nothing
        return None


def _no_sitemap(document: Document, why: str) -> DocumentError:
    return DocumentError(
        f"{document.name} is no sitemap: {why}.", "A site's robots.txt often names its sitemap on a line “Sitemap:”."
    )
