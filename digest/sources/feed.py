"""Feeds: RSS, Atom, RDF and CDF through feedparser."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser

from digest.domain.errors import DocumentError
from digest.domain.model import Document, Item, PageHead, Reading


def read(document: Document) -> Reading:
    """Read a feed.

    Raises DocumentError where feedparser finds neither an entry nor a title.
    """
    headers = {"content-location": document.base} if document.base else {}
    if document.content_type:
        headers["content-type"] = document.content_type
    # nh3 cleans and stages/collect resolves what comes out: feedparser need not do both again
    found = feedparser.parse(
        document.content, response_headers=headers, sanitize_html=False, resolve_relative_uris=True
    )
    if not found.entries and not found.feed.get("title"):
        why = found.get("bozo_exception", "there is nothing of a feed in it")
        raise DocumentError(
            f"{document.name} is not a feed: {why}.", 'If it is a page, write kind = "page" under this source.'
        )
    head = PageHead(title=_text(found.feed, "title"), introduction=_text(found.feed, "subtitle"))
    return Reading(page=head, items=tuple(_item(entry) for entry in found.entries))


def _item(entry: Mapping[str, Any]) -> Item:
    return Item(
        title=_text(entry, "title"),
        link=_text(entry, "link"),
        summary=_text(entry, "summary") or _content(entry),
        date=_date(entry),
        author=_text(entry, "author"),
        image=_image(entry),
        categories=tuple(str(tag.get("term") or "") for tag in entry.get("tags", ())),
        guid=_text(entry, "id"),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    return str(values.get(key) or "")


def _content(entry: Mapping[str, Any]) -> str:
    parts = entry.get("content") or ()
    return str(parts[0].get("value") or "") if parts else ""


def _date(entry: Mapping[str, Any]) -> datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _image(entry: Mapping[str, Any]) -> str:
    for key in ("media_thumbnail", "media_content"):
        for media in entry.get(key) or ():
            if media.get("url") and "video" not in str(media.get("type", "")):
                return str(media["url"])
    for link in entry.get("links") or ():
        if link.get("rel") == "enclosure" and str(link.get("type", "")).startswith("image/"):
            return str(link.get("href") or "")
    return ""
