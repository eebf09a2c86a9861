"""What a source says: a document, read, becomes insights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.domain.model.finding import Finding
from digest.domain.model.settings import NO_SELECTORS, Selectors


class DateFrom(StrEnum):
    """Where an insight's date comes from, best first."""

    STATED = "stated"  #: a machine-readable date of the feed or document
    PAGE = "page"  #: read from words on a page
    GUESSED = "guessed"  #: worked out: the year from a heading, the day from an address or a sitemap
    FIRST_SEEN = "first seen"  #: none was given: when this program first saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes that a source gave, and where from."""

    content: bytes
    #: the address relative links are resolved against; empty where there is none
    base: str
    #: file name or address, for messages
    name: str
    #: value of the Content-Type header, where there was one
    content_type: str = ""
    #: BCP 47 tag of the source's language; helps to read dates
    language: str = "en"
    #: where the parts of its items are, for pages whose list cannot be inferred
    selectors: Selectors = NO_SELECTORS
    #: only addresses whose path begins like this are wanted of it; empty for all
    under: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHead:
    """What a document says about itself."""

    title: str = ""
    introduction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a document, not yet cleaned or stored; it becomes an Insight in stages/collect.

    Texts may hold HTML where the reading says so; link and image may be relative to the document.
    """

    title: str
    link: str = ""
    summary: str = ""
    date: datetime | None = None
    date_from: DateFrom = DateFrom.STATED
    author: str = ""
    image: str = ""
    categories: tuple[str, ...] = ()
    #: the feed's own identifier of the entry, where it has one
    guid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document, read."""

    page: PageHead = PageHead()
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: addresses of further documents that belong to this one: a sitemap's parts
    further: tuple[str, ...] = ()
    #: its items need not have titles: their own pages give them
    untitled: bool = False
    #: the texts are HTML; False: they are text as a reader sees it, and "<b>" in one means just that
    is_markup: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """One article as one source told it. Text only: nothing in it is markup."""

    id: str
    source: str
    title: str
    summary: str
    link: str
    published: datetime
    date_from: DateFrom
    first_seen: datetime
    #: the one spelling of its link: two insights with the same one are the same article
    canonical: str = ""
    author: str = ""
    image: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article's own page says of itself, cleaned; what it does not say is empty."""

    title: str = ""
    summary: str = ""
    author: str = ""
    image: str = ""
    date: datetime | None = None
    date_from: DateFrom = DateFrom.PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What is known of the last answer, to ask again cheaply."""

    #: as the server gave them (RFC 9110 8.8)
    etag: str = ""
    last_modified: str = ""
    #: SHA-256 (hex) of what it gave: the same again is not read again
    body: str = ""


#: a server that was not asked before
NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What asking a source once brought. `reading` is None where nothing changed since last time."""

    reading: Reading | None
    validators: Validators = NO_VALIDATORS
    #: where the server says it has moved for good; empty where it has not
    moved_to: str = ""
