"""Readings: nothing but text in their texts, and nothing but http(s) in their addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from digest.domain.model import Article, Document, Finding, Item, PageHead, Reading, Severity
from digest.stages.collect.addresses import LINK_CHARACTERS, safe_link
from digest.stages.collect.texts import folded, plain, shortened, whole

#: more than this of a title or a summary is nobody's headline
TITLE_CHARACTERS = 300
SUMMARY_CHARACTERS = 5_000
CATEGORY_CHARACTERS = 100
#: entries of one document that are read, in its order; a listing shows the newest first
MOST_ITEMS = 500


def cleaned(reading: Reading, document: Document) -> Reading:
    """Return the reading with nothing but text in its texts and nothing but http(s) in its addresses.

    Items without a title are dropped with a finding, since nobody could read them, unless their own pages give them.
    """
    text = plain if reading.is_markup else folded
    items = []
    findings = list(reading.findings)
    if len(reading.items) > MOST_ITEMS:
        findings.append(_too_many(document.name, len(reading.items)))
    for item in reading.items[:MOST_ITEMS]:
        made = _item(item, document, text)
        if made.title or (reading.untitled and made.link):
            items.append(made)
        else:
            findings.append(_untitled(document.name, made))
    return replace(
        reading,
        page=PageHead(title=text(reading.page.title), introduction=text(reading.page.introduction)),
        items=tuple(items),
        findings=tuple(findings),
        further=tuple(filter(None, (safe_link(address, document.base) for address in reading.further))),
        is_markup=False,
    )


def cleaned_article(article: Article, document: Document) -> Article:
    """Return what an article's page says with nothing but text and http(s) in it."""
    return replace(
        article,
        title=shortened(folded(article.title), TITLE_CHARACTERS),
        summary=whole(folded(article.summary), SUMMARY_CHARACTERS, document.language),
        author=shortened(folded(article.author), TITLE_CHARACTERS),
        image=safe_link(article.image, document.base) if article.image else "",
    )


def _item(item: Item, document: Document, text: Callable[[str], str]) -> Item:
    return replace(
        item,
        title=shortened(text(item.title), TITLE_CHARACTERS),
        link=safe_link(item.link, document.base) if item.link else "",
        summary=whole(text(item.summary), SUMMARY_CHARACTERS, document.language),
        author=shortened(text(item.author), TITLE_CHARACTERS),
        image=safe_link(item.image, document.base) if item.image else "",
        categories=_distinct(map(text, item.categories)),
        guid=shortened(text(item.guid), LINK_CHARACTERS),
    )


def _distinct(categories: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (shortened(one, CATEGORY_CHARACTERS) for one in categories))))


def _untitled(where: str, item: Item) -> Finding:
    return Finding(
        code="collect.untitled",
        severity=Severity.LOOK_AT,
        where=where,
        what=f"An entry has no title ({item.link or 'and no link'}). It is left out.",
        why="Readers need a headline to decide whether to open it.",
        mend="Give it a title at the source.",
    )


def _too_many(where: str, count: int) -> Finding:
    return Finding(
        code="collect.too-many",
        severity=Severity.NOTE,
        where=where,
        what=f"It shows {count:,} entries; the first {MOST_ITEMS} were read.",
        why="Nobody reads a digest of more, and a source usually shows the newest first.",
    )
