"""Collect: what a document says becomes insights. Everything collected is hostile until it went through here."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import nh3
from w3lib.url import canonicalize_url, url_query_cleaner

from digest.domain.model import DateFrom, Document, Finding, Insight, Item, PageHead, Reading, Severity, Source

#: more than this of a title or a summary is nobody's headline
TITLE_CHARACTERS = 300
SUMMARY_CHARACTERS = 5_000
LINK_CHARACTERS = 2_000
#: a date this far ahead is a mistake of the source; a little ahead is another clock
FUTURE = timedelta(days=1)
#: before this there were no web pages: a date like 1 January 1970 is an empty field
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)

#: parameters that say where a click came from, and nothing of what it opens
_TRACKING = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_name",
    "fbclid",
    "gclid",
    "dclid",
    "msclkid",
    "mc_cid",
    "mc_eid",
    "igshid",
    "ref_src",
    "yclid",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
]
_BLOCK_END = re.compile(r"</(p|div|li|h[1-6]|tr|blockquote)\s*>|<br\s*/?>", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def cleaned(reading: Reading, document: Document) -> Reading:
    """Return the reading with nothing but text in its texts and nothing but http(s) in its addresses.

    Items without a title are dropped with a finding: nobody could read them.
    """
    text = plain if reading.is_markup else folded
    items = []
    findings = list(reading.findings)
    for item in reading.items:
        made = _item(item, document.base, text)
        if made.title:
            items.append(made)
        else:
            findings.append(_untitled(document.name, made))
    head = PageHead(title=text(reading.page.title), introduction=text(reading.page.introduction))
    return Reading(page=head, items=tuple(items), findings=tuple(findings), is_markup=False)


def insights(source: Source, reading: Reading, now: datetime) -> tuple[tuple[Insight, ...], tuple[Finding, ...]]:
    """Turn a cleaned reading into insights with dates that can be true, and findings about those that cannot."""
    made: dict[str, Insight] = {}
    findings: list[Finding] = []
    for item in reading.items:
        date, date_from, finding = _dated(item, source, now)
        if finding is not None:
            findings.append(finding)
        insight = Insight(
            id=identity(source.id, item),
            source=source.id,
            title=item.title,
            summary=item.summary,
            link=item.link,
            published=date,
            date_from=date_from,
            first_seen=now,
            canonical=canonical(item.link),
            author=item.author,
            image=item.image,
            categories=item.categories,
        )
        made.setdefault(insight.id, insight)
    return tuple(made.values()), tuple(findings)


def identity(source: str, item: Item) -> str:
    """Return the id of an item in its source: from its canonical link, else its guid, else its title.

    The same article keeps its id when its title is corrected, and when its address gets tracking parameters.
    """
    mark = canonical(item.link) or item.guid or item.title.casefold()
    return hashlib.sha256(f"{source}\n{mark}".encode()).hexdigest()[:20]


def canonical(link: str) -> str:
    """Return the one spelling of an address: no tracking parameters, fragment, www, usual port or trailing slash."""
    if not link:
        return ""
    bare = canonicalize_url(url_query_cleaner(link, _TRACKING, remove=True, unique=False))
    parts = urlsplit(bare)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def plain(text: str) -> str:
    """Return the text of a piece of HTML on one line: no tags, no controls."""
    # half a surrogate pair (JSON can spell one) is no text; nh3 raises on it
    text = _BLOCK_END.sub(" ", text.encode("utf8", "ignore").decode("utf8"))
    # nh3 drops scripts and styles with what they hold; what it keeps is escaped text
    return folded(html.unescape(nh3.clean(text, tags=set(), attributes={}, clean_content_tags={"script", "style"})))


def folded(text: str) -> str:
    """Return a text on one line, without controls."""
    return _SPACE.sub(" ", "".join(map(_kept, text))).strip()


def safe_link(link: str, base: str = "") -> str:
    """Return an absolute http(s) address, or nothing.

    link: absolute, or relative to base. What is no such address (javascript:, data:, mailto:) becomes "".
    """
    try:
        whole = urljoin(base, link.strip())
        whole.encode()  # raises on half a surrogate pair
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(whole) <= LINK_CHARACTERS
        # reading the port checks it
        return _spelled(whole) if usable and (parts.port is None or parts.port > 0) else ""
    except ValueError:
        return ""


def _spelled(link: str) -> str:
    # what could end an attribute or a header line is percent-encoded
    return re.sub(r"[\s\"'<>\\^`{|}\x00-\x1f\x7f]", lambda hit: f"%{ord(hit.group()):02X}", link)


def _kept(character: str) -> str:
    # Cc controls, Cs surrogates, Co private use; line ends and tabs are folded to a space afterwards
    if character in "\t\n\r\x85\u2028\u2029":
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cs", "Co") else character


def _item(item: Item, base: str, text: Callable[[str], str]) -> Item:
    return Item(
        title=_shortened(text(item.title), TITLE_CHARACTERS),
        link=safe_link(item.link, base) if item.link else "",
        summary=_shortened(text(item.summary), SUMMARY_CHARACTERS),
        date=item.date,
        date_from=item.date_from,
        author=_shortened(text(item.author), TITLE_CHARACTERS),
        image=safe_link(item.image, base) if item.image else "",
        categories=_distinct(map(text, item.categories)),
        guid=_shortened(text(item.guid), LINK_CHARACTERS),
    )


def _distinct(categories: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_shortened(one, 100) for one in categories))))


def _shortened(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    head = text[:characters]
    return (head[: head.rindex(" ")] if " " in head else head).rstrip() + "…"


def _dated(item: Item, source: Source, now: datetime) -> tuple[datetime, DateFrom, Finding | None]:
    if item.date is None:
        return now, DateFrom.FIRST_SEEN, None
    if EARLIEST <= item.date <= now + FUTURE:
        return item.date, item.date_from, None
    finding = Finding(
        code="collect.date",
        severity=Severity.LOOK_AT,
        where=source.id,
        what=f"“{item.title}” bears the date {item.date:%d %B %Y}.",
        why="No article can be that old or that new, so the day it was first seen is used instead.",
        mend="Correct the date at the source if it is wrong there.",
    )
    return now, DateFrom.FIRST_SEEN, finding


def _untitled(where: str, item: Item) -> Finding:
    return Finding(
        code="collect.untitled",
        severity=Severity.LOOK_AT,
        where=where,
        what=f"An entry has no title ({item.link or 'and no link'}). It is left out.",
        why="Readers need a headline to decide whether to open it.",
        mend="Give it a title at the source.",
    )
