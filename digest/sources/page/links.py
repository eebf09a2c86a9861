"""Addresses: what a link or picture points at, resolved, and whether a reader may be sent there."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from w3lib.url import safe_url_string

from digest.sources.page.nodes import UNKNOWN_BASE
from digest.sources.page.text import has_digit

#: the address of an article names it in more words than that of a section
ARTICLE_HYPHENS = 2
#: an address longer than this is not one
MAX_LENGTH = 2_000
#: path words of pages that list or describe other pages: categories, people, further pages
_LISTING_PATH = re.compile(
    r"/(tags?|categor(y|ies)|topics?|authors?|users?|profiles?|search|login|feed|rss)(/|$)"
    r"|[?&](tag|cat|category|author)=|[?&](paged?|start|offset)=\d|/page/\d+/?$|[?&]share=|/(share|sharer|intent)\b",
    re.IGNORECASE,
)
_PERSON_PATH = re.compile(r"/(authors?|autor(es)?|users?|profiles?|people|team)/[^/]+", re.IGNORECASE)
#: folders in which sites keep what they tell, and those in which they keep what they have and how it works
_TOLD = re.compile(
    r"/(news|blogs?|posts?|articles?|stor(y|ies)|insights?|publications?|reports?|press(-releases?)?|case-stud(y|ies)"
    r"|actualites?|noticias?|notizie|nachrichten|aktuelles|nyheter|nieuws|newsletters?|briefings?|aktualnosci|novosti|episodes?|podcasts?)/.",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"/(docs?|documentation|manual|reference|api|products?|shop|store|services?|courses?|jobs?|vacancies|careers?)/.",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(pdf|docx?|odt|xlsx?|pptx?)$", re.IGNORECASE)
_REPLIES = re.compile(r"comments?\b|respond\b", re.IGNORECASE)
_DATED_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)")
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?)$", re.IGNORECASE)


@lru_cache(maxsize=8192)
def absolute(href: str, base: str) -> str:
    """The http(s) address that `href` means on a page at `base`; empty for any other kind of address."""
    href = href.strip()
    if not href or len(href) > MAX_LENGTH:
        return ""
    try:
        address = urljoin(base, href)
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        return safe_url_string(address)
    except (ValueError, UnicodeError):
        return ""


def published(address: str) -> str:
    """The address as it may be given to a reader: empty where the page's own address was not known."""
    return "" if address.startswith(UNKNOWN_BASE) else address


@lru_cache(maxsize=8192)
def same_target(address: str) -> str:
    """The address in a form in which two spellings of one place are equal."""
    parts = split(address)
    path = _INDEX.sub("/", re.sub(r"/+", "/", unquote(parts.path))).rstrip("/")
    return parts.netloc.lower().removeprefix("www.") + path + (f"?{parts.query}" if parts.query else "")


@lru_cache(maxsize=8192)
def split(address: str) -> SplitResult:
    """The address in its parts; empty parts where it cannot be split."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


@lru_cache(maxsize=8192)
def is_listing(address: str) -> bool:
    """Whether an address looks like a site's front page, a category, an author or a further page, not an article."""
    if is_front(address) or _LISTING_PATH.search(_path_and_query(address)):
        return True
    return bool(_REPLIES.match(split(address).fragment))


def is_section(address: str) -> bool:
    """Whether an address looks like a part of a site (/get-help/): at its root, named in a word or two."""
    return folder(address).count("/") == 0 and is_brief(address)


def is_brief(address: str) -> bool:
    """Whether an address names its page in a word or two and without a number, as that of an article seldom does."""
    return slug(address).count("-") < ARTICLE_HYPHENS and not has_digit(slug(address) + split(address).query)


def is_told(address: str) -> bool:
    """Whether an address lies where sites keep news, stories and reports."""
    return bool(_TOLD.search(split(address).path))


def is_kept(address: str) -> bool:
    """Whether an address lies where sites keep goods, services or chapters of a manual; files may lie anywhere."""
    path = split(address).path
    return bool(_KEPT.search(path)) and not _TOLD.search(path) and not _FILE.search(path)


@lru_cache(maxsize=8192)
def is_person(address: str) -> bool:
    """Whether an address looks like that of a person's own page on the site."""
    return bool(_PERSON_PATH.search(split(address).path))


def is_front(address: str) -> bool:
    """Whether an address is a site's front page."""
    return bool(address) and _path_and_query(address) in ("", "/")


def _path_and_query(address: str) -> str:
    parts = split(address)
    return _INDEX.sub("/", parts.path) + (f"?{parts.query}" if parts.query else "")


def day_in(address: str) -> tuple[int, int, int] | None:
    """Year, month and day where the path states them all (/2025/03/02/a-title)."""
    found = _DATED_PATH.search(split(address).path)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def slug(address: str) -> str:
    """The last segment of an address's path."""
    return _INDEX.sub("/", split(address).path).rstrip("/").rsplit("/", 1)[-1]


@lru_cache(maxsize=8192)
def folder(address: str) -> str:
    """Host and path without the last segment, digits as 0: what the articles of one list have in common."""
    parts = split(address)
    path = _INDEX.sub("/", parts.path).rstrip("/")
    parent = path.rsplit("/", 1)[0]
    return parts.netloc.lower().removeprefix("www.") + re.sub(r"\d+", "0", parent)
