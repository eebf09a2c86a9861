"""The head of a page: its own title, and what it says before the list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.domain.model import PageHead
from digest.sources.page.dates import is_only_date
from digest.sources.page.headlines import is_leaf
from digest.sources.page.links import absolute, is_front
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record
from digest.sources.page.regions import CONTENT, HEADER, Regions
from digest.sources.page.text import count_words, fold, leads_on_about

#: an introduction ends with the paragraph that passes so many characters
INTRODUCTION_LENGTH = 800
#: a paragraph of fewer words is a label
INTRODUCTION_WORDS = 5
#: a paragraph with more than this share of linked text is a menu
MOSTLY_LINKS = 0.5
#: what stands between a page's title and its site's name
_SEPARATOR = re.compile(r"\s+[|–—·•»:-]\s+|\s*\|\s*")


def head_of(page: Page, records: Sequence[Record], regions: Regions) -> PageHead:
    """What the page says about itself; `records` are its items, none where it has no list."""
    spans = [(record.first, record.last) for record in records]
    heading = _heading(page, spans, regions)
    title = heading.text if heading is not None else _SEPARATOR.split(page.title)[0]
    start = heading.last if heading is not None else -1
    end = min((first for first, _ in spans if first > start), default=len(page.nodes) if heading is not None else 0)
    return PageHead(title=title, introduction=_introduction(page, start, end, regions))


def _heading(page: Page, spans: Sequence[tuple[int, int]], regions: Regions) -> Node | None:
    """The heading of the page: its first h1, else the first h2, outside every item and not the site's name."""
    outside = [
        node
        for node in page.nodes
        if node.rank in (1, 2)
        and node.text
        and regions.weight(node) >= HEADER
        and not _names_the_site(node, page)
        and not any(first <= node.order <= last for first, last in spans)
    ]
    before = [node for node in outside if not spans or node.order < spans[-1][0]]
    named = [node for node in outside if node.text.lower() == _own_name(page)]
    first = [node for node in outside if node.rank == 1]
    return next(iter([*named, *first, *before]), None)


def _own_name(page: Page) -> str:
    """What stands before the site's name in the page's title, in small letters; empty where nothing does."""
    names = _SEPARATOR.split(page.title)
    return fold(names[0]).lower() if len(names) > 1 else ""


def _names_the_site(node: Node, page: Page) -> bool:
    links = [near for near in (*page.inside(node), *node.ancestors()) if near.tag == "a"]
    return any(is_front(absolute(link.get("href"), page.base)) for link in links)


def _introduction(page: Page, start: int, end: int, regions: Regions) -> str:
    """The paragraphs between two places in the document, joined."""
    kept: list[str] = []
    for paragraph in _paragraphs(page, start, end, regions):
        if kept and sum(map(len, kept)) + len(paragraph) > INTRODUCTION_LENGTH:
            break
        if paragraph not in kept:
            kept.append(paragraph)
    return " ".join(kept)


def _paragraphs(page: Page, start: int, end: int, regions: Regions) -> Iterator[str]:
    for node in page.nodes[start + 1 : end]:
        if node.tag not in ("p", "div") or not node.size or regions.weight(node) < CONTENT or node.last >= end:
            continue
        if not is_leaf(node, page) or _is_label(node, page):
            continue
        yield node.text


def _is_label(node: Node, page: Page) -> bool:
    linked = sum(inner.size for inner in page.inside(node) if inner.tag == "a")
    return (
        count_words(node.text) < INTRODUCTION_WORDS
        or linked > node.size * MOSTLY_LINKS
        or is_only_date(node.text, page.languages)
        or leads_on_about(node.text)
    )
