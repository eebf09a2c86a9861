"""Discover: what an address that somebody pasted is, and how to ask it from now on.

::

    fetch it, look at its first octets
    a feed or a sitemap     -> that
    a page                  -> the feeds it announces, and the list it shows:
        a feed that tells the page's articles -> the feed (it states dates, and layouts change)
        a list                                -> the page
        only feeds                            -> the fullest feed
        neither                               -> the site's sitemap, for what lies under this address
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from digest.domain.errors import AddressRefused, DigestError
from digest.domain.model import NO_VALIDATORS, Document, Finding, Reading, Severity, Source, SourceKind
from digest.net.fetch import Fetched
from digest.sources.asking import Asking, document_of
from digest.stages.collect import canonical, safe_link

#: feeds that a page announces and that are looked at
MOST_FEEDS = 4
#: share of a page's articles that a feed tells, from which it is that page's feed
TELLS = 0.3
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_ROOT = re.compile(rb"<(?!\?|!)(?:[\w.-]+:)?([A-Za-z]+)")
_SITEMAPS = re.compile(r"^\s*sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_COMMENTS = re.compile(r"/comments?(/|\b)|[?&]feed=comments", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One way to ask an address, with what it gives now."""

    source: Source
    reading: Reading
    #: why this way, in one sentence
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What an address is: the ways to ask it, the best first; none where nothing was found."""

    ways: tuple[Found, ...]
    #: why there is none, or what else was tried
    findings: tuple[Finding, ...] = ()


def discover(asking: Asking, wanted: Source) -> Discovery:
    """Find out what an address is.

    wanted: a source with what is known of it; its kind is found out. Raises DigestError where it cannot be had.
    """
    source = replace(wanted, address=spelled(wanted.address), kind="page")
    fetched = asking.fetch(source, source.address, NO_VALIDATORS)
    document = document_of(source, fetched)
    kind = sniffed(document)
    source = replace(source, kind=kind, address=fetched.moved_to or source.address)
    if kind != "page":
        reading = asking.read(source, document)
        if reading.further:
            reading = asking.gather(source, NO_VALIDATORS).reading or reading
        words = {"feed": "The address is a feed.", "sitemap": "The address is a sitemap: each article's page is asked."}
        return Discovery(ways=(_named(Found(source=source, reading=reading, why=words[kind]), fetched),))
    return _page(asking, source, document, fetched)


def spelled(address: str) -> str:
    """Return an address as somebody meant it: www.example.org/news is a web address, too."""
    text = address.strip().strip("<>\"'")
    text = re.sub(r"^feed:(//)?", "https://", text, flags=re.IGNORECASE) if text.lower().startswith("feed:") else text
    text = text.replace("https://https://", "https://").replace("https://http://", "http://")
    if "://" in text:
        return text
    if re.match(r"^[\w.-]+\.\w{2,}(:\d+)?(/|\?|$)", text):
        return f"https://{text}"
    raise AddressRefused(f"“{address}” is no web address.", "Copy it from your browser; it begins with https://.")


def sniffed(document: Document) -> SourceKind:
    """Tell a feed, a sitemap and a page apart by their first octets, whatever type the server says."""
    head = document.content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return "feed"
    if head.startswith(b"\x1f\x8b"):
        return "sitemap"
    root = _ROOT.search(head.replace(b"\x00", b""))
    name = root[1].lower() if root else b""
    if name in (b"rss", b"feed", b"rdf", b"channel"):
        return "feed"
    return "sitemap" if name in (b"urlset", b"sitemapindex") else "page"


def announced(document: Document) -> list[str]:
    """Return the addresses of the feeds that a page announces (`link rel="alternate"`), its own before comments'."""
    parser = html.HTMLParser(huge_tree=False, remove_comments=True)
    try:
        tree = etree.fromstring(document.content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    if tree is None:
        return []
    found = []
    for link in tree.iter("link"):
        words = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in words and kind in _FEED_TYPES and link.get("href"):
            found.append(safe_link(link.get("href") or "", document.base))
    addresses = dict.fromkeys(filter(None, found))
    return [one for one in addresses if not _COMMENTS.search(one)][:MOST_FEEDS]


def _page(asking: Asking, source: Source, document: Document, fetched: Fetched) -> Discovery:
    page = _named(Found(source=source, reading=asking.read(source, document), why=_WHY_PAGE), fetched)
    feeds, faults = _feeds(asking, source, document)
    own = [feed for feed in feeds if _tells(feed.reading, page.reading) >= TELLS]
    if page.reading.items:
        return Discovery(ways=(*own, page, *(feed for feed in feeds if feed not in own)), findings=faults)
    if feeds:
        return Discovery(ways=tuple(feeds), findings=(*page.reading.findings, *faults))
    sitemap = _sitemap(asking, source, fetched.address)
    ways = (sitemap,) if sitemap is not None else ()
    return Discovery(ways=ways, findings=(*page.reading.findings, *faults))


_WHY_PAGE = "The page shows a list of articles."


def _feeds(asking: Asking, source: Source, document: Document) -> tuple[list[Found], tuple[Finding, ...]]:
    """The feeds a page announces that hold something, the fullest first, and what was wrong with the others."""
    found: list[Found] = []
    faults: list[Finding] = []
    for address in announced(document):
        feed = replace(source, kind="feed", address=address)
        try:
            fetched = asking.fetch(feed, address, NO_VALIDATORS)
            reading = asking.read(feed, document_of(feed, fetched))
        except DigestError as fault:
            faults.append(_note(address, f"The page announces a feed that cannot be read: {fault.what}"))
            continue
        if reading.items:
            found.append(Found(source=_called(feed, reading), reading=reading, why="The page announces this feed."))
        else:
            faults.append(_note(address, "The page announces a feed, and it is empty."))
    return sorted(found, key=lambda one: len(one.reading.items), reverse=True), tuple(faults)


def _sitemap(asking: Asking, source: Source, address: str) -> Found | None:
    """What the site's sitemap names under an address, where it has one and names something there."""
    under = urlsplit(address).path.rstrip("/") + "/"
    for place in _sitemaps(asking, source, address):
        tried = replace(source, kind="sitemap", address=place, under=source.under or under, articles=True)
        try:
            reading = asking.gather(tried, NO_VALIDATORS).reading
        except DigestError:
            # a guess that leads nowhere is no fault
            continue
        items = [item for item in reading.items if urlsplit(item.link).path.startswith(tried.under)] if reading else []
        if reading is not None and items:
            why = (
                f"The page shows no list that can be read, but the site's sitemap names what lies under {tried.under}."
            )
            return Found(source=tried, reading=replace(reading, items=tuple(items)), why=why)
    return None


def _sitemaps(asking: Asking, source: Source, address: str) -> Iterator[str]:
    try:
        robots = asking.fetch(replace(source, kind="feed"), urljoin(address, "/robots.txt"), NO_VALIDATORS)
        named = _SITEMAPS.findall((robots.content or b"").decode("utf8", "replace"))
    except DigestError:
        named = []
    yield from [safe_link(one, address) for one in named[:MOST_FEEDS]] or [urljoin(address, "/sitemap.xml")]


def _tells(feed: Reading, page: Reading) -> float:
    """The share of a page's articles that a feed tells, too; of a long page, of as many as the feed has entries."""
    shown = {canonical(item.link) for item in page.items if item.link}
    told = {canonical(item.link) for item in feed.items if item.link}
    return len(shown & told) / max(1, min(len(shown), len(told)))


def _named(found: Found, fetched: Fetched) -> Found:
    """The way with a name for readers, and where they are sent: what the document says of itself, else its host."""
    source = _called(found.source, found.reading)
    website = source.website or (fetched.address if source.kind == "page" else "")
    return replace(found, source=replace(source, website=website))


def _called(source: Source, reading: Reading) -> Source:
    host = (urlsplit(source.address).hostname or "").removeprefix("www.")
    return replace(source, name=source.name or (reading.page.title if source.kind == "feed" else "") or host)


def _note(where: str, what: str) -> Finding:
    return Finding(code="discover.feed", severity=Severity.NOTE, where=where, what=what)
