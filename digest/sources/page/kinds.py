"""Kinds: what undated records may be instead of articles: people, goods, services, chapters.

A date beside each says enough, so that only groups without are asked all this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, repeat

from digest.sources.page.headlines import href_of
from digest.sources.page.links import is_kept, is_person, is_told, same_target
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record
from digest.sources.page.text import has_digit

#: a price or a reading time is a short text
_COUNT_LENGTH = 40
_READING_TIME = re.compile(r"\b\d+\s*(?:min(?:ute)?s?\b.*\bread|分钟|分鐘|分で読)", re.IGNORECASE)
_PRICE = re.compile(r"[$€£¥₽₹₴]\s?\d|\d\s?(?:[€£¥₽₹₴]|(?:zł|kč|kr|ft|руб|грн|eur|usd|gbp|pln|chf)\b)", re.IGNORECASE)
_GOODS_WORDS = frozenset({"product", "products"})
#: elements around the one that holds a list that may say what it is
NEAREST = 2
#: links to places in its own page from which an entry is one of a table of contents
OWN_PARTS = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """What records show of being articles or something else; each a share of them from 0 to 1."""

    #: they name who wrote them, or how long they take to read: parts of a site never do
    signed: float = 0.0
    #: they lie in folders where sites keep what they tell
    told: float = 0.0
    #: they state a price
    priced: float = 0.0
    #: they are called products, or lie where sites keep goods, services or chapters
    kept: float = 0.0
    #: they lie where sites keep the pages of their people
    people: float = 0.0
    #: they list the parts of the page that they lead to, as a table of contents does
    parted: float = 0.0


#: of records that nobody asked
UNKNOWN = Kind()


def kind_of(records: Sequence[Record], destinations: Sequence[str], page: Page) -> Kind:
    """What records, which lead to these addresses, show of being articles or something else."""
    goods = map(_is_called_goods, records)
    return Kind(
        signed=share(map(_is_signed, records, destinations, repeat(page))),
        told=share(map(is_told, destinations)),
        priced=share(_has_price(record, page) for record in records),
        kept=share(called or is_kept(address) for called, address in zip(goods, destinations, strict=True)),
        people=share(map(is_person, destinations)),
        parted=share(map(_has_own_parts, records, destinations, repeat(page))),
    )


def share(values: Iterable[float]) -> float:
    """The mean of some values, or the share of the true among some answers."""
    listed = list(values)
    return sum(listed) / max(len(listed), 1)


def _is_signed(record: Record, address: str, page: Page) -> bool:
    """Whether a record leads to its author's page beside its own, or says how long it takes to read."""
    for node in record.nodes(page):
        if node.tag == "a" and not node.holds(record.headline.node):
            href = href_of(node, page)
            if is_person(href) and same_target(href) != same_target(address):
                return True
        if 0 < node.size <= _COUNT_LENGTH and _READING_TIME.search(node.text):
            return True
    return False


def _has_price(record: Record, page: Page) -> bool:
    """Whether a record states a price, in words or marked as one for machines."""
    for node in record.nodes(page):
        if node.get("itemprop") in ("price", "offers"):
            return True
        if 0 < node.size <= _COUNT_LENGTH and has_digit(node.text) and _PRICE.search(node.text):
            return True
    return False


def _has_own_parts(record: Record, address: str, page: Page) -> bool:
    """Whether a record has links to several places in the page that it leads to."""
    hrefs = [href for node in record.nodes(page) if node.tag == "a" and "#" in (href := href_of(node, page))]
    return sum(same_target(href) == same_target(address) for href in hrefs) >= OWN_PARTS


def _is_called_goods(record: Record) -> bool:
    """Whether a record, or one of the nearest elements around it, is called products."""
    own = [part for part in record.parts[:1] if isinstance(part, Node)]
    nearest = [*own, record.container, *islice(record.container.ancestors(), NEAREST)]
    return any(node.words & _GOODS_WORDS for node in nearest if node.tag not in ("body", "html"))
