"""JSON Feed, versions 1.0 and 1.1.

Nothing is relied on: a field of another type than it should be is a field that is missing.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from digest.domain.model import Document, Finding, Item, PageHead, Reading, Severity
from digest.sources.feed.charset import marked, mended
from digest.sources.feed.dates import instant
from digest.sources.feed.images import first_image
from digest.sources.feed.links import resolved
from digest.sources.feed.refusals import no_feed
from digest.stages.collect import safe_link

Values = Mapping[str, Any]

_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")


def read(document: Document) -> Reading:
    """Read a JSON Feed.

    Raises DocumentError where it is no JSON, or has no list of items.
    """
    feed = _parsed(document)
    entries = feed.get("items")
    if not isinstance(entries, list):
        raise no_feed(document, "it is JSON, and has no list of items")
    base = document.base or _link(feed, "feed_url", "home_page_url")
    author = _authors(feed)
    return Reading(
        page=PageHead(title=_escaped(feed, "title"), introduction=_escaped(feed, "description")),
        items=tuple(_item(entry, author, base) for entry in entries if isinstance(entry, dict)),
        findings=() if _text(feed, "version") in _VERSIONS else (_no_version(document.name),),
    )


def _parsed(document: Document) -> Values:
    try:
        # strict=False: line ends inside texts. Numbers stay as they are written: an id of 5,000 digits is an id
        feed = json.loads(_decoded(document.content), strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError as fault:
        raise no_feed(document, f"it is no JSON ({fault})") from fault
    except RecursionError as fault:
        raise no_feed(document, "its JSON is nested too deeply") from fault
    if not isinstance(feed, dict):
        raise no_feed(document, "it is JSON, and no object")
    return feed


def _decoded(content: bytes) -> str:
    if marked(content) or b"\0" in content[:4]:
        text = content.decode(json.detect_encoding(content), "replace")
    else:
        content = content.replace(b"\0", b"")
        utf8 = content if content.isascii() else mended(content)
        # what is not even UTF-8 with mistakes is the usual other encoding
        text = content.decode("cp1252", "replace") if utf8 is None else utf8.decode()
    return text.strip("\ufeff\0 \t\r\n")


def _item(entry: Values, author: str, base: str) -> Item:
    content = entry.get("content_html")
    markup = content if isinstance(content, str) else ""
    image = _text(entry, "image") or _text(entry, "banner_image") or _attached_picture(entry) or first_image(markup)
    return Item(
        title=_escaped(entry, "title"),
        link=resolved(base, _link(entry, "url", "external_url", "id", base=base)),
        summary=_escaped(entry, "summary") or markup or _escaped(entry, "content_text"),
        date=instant(_text(entry, "date_published")) or instant(_text(entry, "date_modified")),
        author=_authors(entry) or author,
        image=resolved(base, image),
        categories=tuple(html.escape(tag) for tag in _list(entry, "tags") if isinstance(tag, str)),
        guid=_escaped(entry, "id"),
    )


def _text(values: Values, key: str) -> str:
    value = values.get(key)
    return value.strip() if isinstance(value, str) else ""


def _escaped(values: Values, key: str) -> str:
    return html.escape(_text(values, key))


def _list(values: Values, key: str) -> list[Any]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _link(values: Values, *keys: str, base: str = "") -> str:
    # an id is often the address, and is only that where it is a whole one
    links = ((_text(values, key), "" if key == "id" else base) for key in keys)
    return next((link for link, within in links if link and safe_link(link, within)), "")


def _authors(values: Values) -> str:
    # 1.0 has one author, 1.1 several
    people: list[Any] = [*_list(values, "authors"), values.get("author")]
    names = (_text(person, "name") for person in people if isinstance(person, dict))
    return html.escape(", ".join(dict.fromkeys(filter(None, names))))


def _attached_picture(entry: Values) -> str:
    return next(_pictures(entry), "")


def _pictures(entry: Values) -> Iterator[str]:
    for one in _list(entry, "attachments"):
        if isinstance(one, dict) and _text(one, "mime_type").lower().startswith("image/") and _text(one, "url"):
            yield _text(one, "url")


def _no_version(where: str) -> Finding:
    return Finding(
        code="feed.version",
        severity=Severity.NOTE,
        where=where,
        what="It does not say that it is a JSON Feed of a known version.",
        why="It was read as one; a later version may say things in other places.",
        mend="Nothing, while its insights are right.",
    )
