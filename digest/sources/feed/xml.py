"""Feeds in XML: RSS, Atom, RDF and CDF through feedparser.

feedparser's own cleaning and its resolving of links inside texts are off: stages/collect takes all markup out, and
of the links inside texts only a picture's is used, which is resolved here. (It resolves the links of an entry itself
in any case, xml:base and all.) With them on a feed of whole articles takes five times as long.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import feedparser

from digest.domain.model import Document, Item, PageHead, Reading
from digest.sources.feed.charset import in_one_encoding
from digest.sources.feed.dates import instant
from digest.sources.feed.images import first_image
from digest.sources.feed.links import resolved
from digest.sources.feed.references import with_true_references
from digest.sources.feed.refusals import no_feed
from digest.stages.collect import safe_link

#: an element or entry of a feed, as a plain dictionary
Values = Mapping[str, Any]

#: where an entry's date is, best first
_DATES = ("published", "updated", "created")
#: what feedparser takes for plain text, since no tag is closed in it, and is markup all the same
_STRAY_MARKUP = re.compile(r"<(?:br|hr|img|wbr|p)\b[^<>]{0,4000}>|<!--", re.IGNORECASE)
_MARKUP_TYPES = ("text/html", "application/xhtml+xml")
_ADDRESS = re.compile(r"[(<\[]?[^\s()<>\[\]@]+@[^\s()<>\[\]@]+[)>\]]?")
_ELEMENT = re.compile(rb"<\w")
#: an entity of a feed's own, declared before its first element, that is no character or short phrase
_LONG_ENTITY = re.compile(rb"<!ENTITY\s[^<]{500}")
_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")


def read(document: Document) -> Reading:
    """Read a feed in XML.

    Raises DocumentError where there is nothing of a feed in it.
    """
    found = _parsed(document)
    entries = [dict(entry) for entry in found["entries"]]
    feed = dict(found["feed"])
    version = str(found.get("version") or "")
    title, introduction = _markup(feed, "title", version), _markup(feed, "subtitle", version)
    if not (entries or version or title or introduction):
        raise no_feed(document, found.get("bozo_exception", "there is nothing of a feed in it"))
    # a podcast's; of a page feedparser says the same of its whole body
    head = PageHead(title=title, introduction=introduction or _markup(feed, "summary", version))
    author = _author(feed) if version.startswith("atom") else ""
    return Reading(page=head, items=tuple(_item(entry, version, author, document.base) for entry in entries))


def _parsed(document: Document) -> Mapping[str, Any]:
    content, content_type = in_one_encoding(document)
    content = with_true_references(content)
    first = _ELEMENT.search(content)
    if _LONG_ENTITY.search(content, 0, first.start() if first else len(content)):
        # said again and again in a few kilobytes it makes gigabytes
        raise no_feed(document, "it declares a long text as an entity")
    headers = {"content-type": content_type}
    if document.base:
        headers["content-location"] = document.base
    try:
        # as a file: bytes alone feedparser would first take for the name of one, and open it
        found: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        RecursionError,
    ) as fault:
        # it has no error of its own for what is broken beyond its mending
        raise no_feed(document, f"it cannot be read ({fault})") from fault
    return found


def _item(entry: Values, version: str, author: str, base: str) -> Item:
    base = _base(entry) or base
    summary = _markup(entry, "summary", version)
    content = _content(entry)
    return Item(
        title=_markup(entry, "title", version),
        link=_link(entry, base),
        summary=summary if summary.strip() else content,
        date=_date(entry),
        author=_author(entry) or author,
        image=resolved(base, _image(entry) or first_image(content) or first_image(summary)),
        categories=tuple(str(tag.get("term") or tag.get("label") or "") for tag in entry.get("tags", ())),
        # an identifier is no markup
        guid=html.escape(_text(entry, "id")),
    )


def _text(values: Values, key: str) -> str:
    return str(values.get(key) or "")


def _markup(values: Values, key: str, version: str) -> str:
    """Return a text as markup: what the feed says is plain text is escaped."""
    value = _text(values, key)
    kinds = [
        _text(detail, "type")
        for detail in (values.get(f"{key}_detail") or {}, *(values.get("content") or ()))
        if detail.get("value") == value
    ]
    plain = kinds[:1] == ["text/plain"]
    # Atom means what it says; of RSS feedparser only guesses, and takes “Wind<br>rain” for text
    if plain and (version.startswith("atom") or not _STRAY_MARKUP.search(value)):
        return html.escape(value)
    return value


def _content(entry: Values) -> str:
    """Return the entry's whole text as markup. A picture or a film may stand there as well: that is none."""
    parts = {_text(part, "type"): _text(part, "value") for part in reversed(entry.get("content") or ())}
    for kind in _MARKUP_TYPES:
        if parts.get(kind):
            return parts[kind]
    return html.escape(parts.get("text/plain", ""))


def _base(entry: Values) -> str:
    """Return what relative addresses in the entry are relative to (xml:base), where it has a text that says so."""
    details = (entry.get("title_detail"), entry.get("summary_detail"), *(entry.get("content") or ()))
    return next((_text(detail, "base") for detail in details if detail and detail.get("base")), "")


def _link(entry: Values, base: str) -> str:
    """Return the first address that can be opened: the entry's own, or another form of it. A tag: or urn: cannot."""
    others = (_text(link, "href") for link in entry.get("links", ()) if link.get("rel") == "alternate")
    return next((link for link in (_text(entry, "link"), *others) if link and safe_link(link, base)), "")


def _author(values: Values) -> str:
    """Return the names of who wrote it; an address in an RSS author is for the editors."""
    written = _text(values, "author")
    names = [_text(author, "name") for author in values.get("authors") or ()]
    if len(names) < 2 and "@" in written:
        # feedparser finds the address as well, and cuts one in .example or .museum after four letters
        return _ADDRESS.sub(" ", written).strip(" ()")
    return ", ".join(dict.fromkeys(filter(None, names))) or written


def _date(entry: Values) -> datetime | None:
    # feedparser's own dictionary warns, and gives another date, where a key like updated_parsed is missing
    dates = (instant(_text(entry, key), entry.get(f"{key}_parsed")) for key in _DATES)
    return next(filter(None, dates), None)


def _image(entry: Values) -> str:
    for key in ("media_thumbnail", "media_content"):
        pictures = [media for media in entry.get(key) or () if media.get("url") and _is_picture(media)]
        if pictures:
            return _text(max(pictures, key=_width), "url")
    for link in entry.get("links") or ():
        if link.get("rel") == "enclosure" and link.get("href") and _is_picture(link):
            return _text(link, "href")
    image = entry.get("image") or {}
    return _text(image, "href")


def _is_picture(media: Values) -> bool:
    said = _text(media, "type") or _text(media, "medium")
    if said:
        return said.lower().startswith("image")
    address = (_text(media, "url") or _text(media, "href")).lower()
    return address.partition("?")[0].endswith(_PICTURE_ENDINGS)


def _width(media: Values) -> int:
    width = _text(media, "width")
    return int(width) if width.isdecimal() and len(width) < 6 else 0
