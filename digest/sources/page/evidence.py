"""Evidence: how much a group of records looks like the items of a list of articles, and why."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from digest.sources.page.dates import (
    SHORTEST_DATE,
    find_day,
    find_day_without_year,
    is_dated_text,
    names_month,
)
from digest.sources.page.kinds import UNKNOWN, Kind, kind_of, share
from digest.sources.page.links import is_brief, is_listing, is_section, same_target
from digest.sources.page.nodes import Node, Page, bare_texts
from digest.sources.page.parting import date_first
from digest.sources.page.records import Record
from digest.sources.page.regions import Regions
from digest.sources.page.text import count_words, has_digit

#: characters of own text from which a record has a summary
SUMMARY_LENGTH = 40
#: characters in which a date is looked for
_DATE_LENGTH = 100
#: and in which a day without a year is
_DAY_LENGTH = 25
#: an undated record whose title is no link has no more text than this; more is a chapter with a link in it
CARD_LENGTH = 800
#: number of items from which a list is as long as any
_LONG_LIST = 12
#: share of different titles below which texts are labels, not titles
_DIFFERENT = 0.7
#: entries of a menu have fewer words than this
MENU_WORDS = 4.0
#: and more than this share of them lead to sections
MOSTLY_SECTIONS = 0.7
#: where more than this share of titles look like names, they are; a name has no more words
MOSTLY_NAMES = 0.7
NAME_WORDS = 4
#: undated records with less than this share of the content are not what the page is about; the second is for links
#: that name their pages in a word or two
MARGINAL, MARGINAL_IF_BRIEF = 0.3, 0.5
#: what begins with a number and has no more words counts something: "5 min read"
COUNT_WORDS = 3
#: a title seldom has more words than the first, and never more than the second
LONG_TITLE_WORDS, PARAGRAPH_WORDS = 20, 30
#: how much a title of one word counts, a whole paragraph, and a title that is longer or shorter than most
LABEL, PARAGRAPH, UNUSUAL_TITLE = 0.15, 0.2, 0.6
#: a text of more words that ends with a full stop is a sentence of a summary
SENTENCE_WORDS = 8
#: what each trait of a group is worth
WORTH = {
    "linked": 2.0,
    "title_linked": 1.0,
    "headed": 1.5,
    "dated": 2.0,
    "summarised": 1.5,
    "pictured": 0.7,
    "titled": 2.0,
    "marked": 0.6,
    "listings": -2.0,
}
#: what it costs when undated titles look like people's names, and when titles repeat each other
NAMES = 2.0
LABELS = 2.0
#: what remains of the strength of a list of no items, and of one that holds nothing of the page's text
SHORT_LIST = 0.45
UNSEEN = 0.5
#: what each rank that a heading is lower costs, so that a title wins against the subtitle below it
RANK = 0.01
#: a name: two or three capitalised words and nothing else
_NAME = re.compile(
    r"^(?:(?:Dr|Mr|Mrs|Ms|Prof|Sir|Rev|Dame|Cllr)\.? )?[^\W\d_a-z][\w'’-]+(?: [^\W\d_a-z][\w.'’-]*){1,2}$"
)
_ITEM_WORDS = frozenset({"post", "posts", "entry", "article", "news", "story", "card", "teaser", "hentry", "blog"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a group of records; each a share of them from 0 to 1 unless said otherwise."""

    count: int
    #: their titles are headings
    headed: float
    #: they lead to an address of their own
    linked: float
    #: the title itself is a link
    title_linked: float
    dated: float
    summarised: float
    pictured: float
    #: titles as long as titles are
    titled: float
    #: titles that look like people's names
    names: float
    #: links that look like a category's, an author's or a further page's
    listings: float
    #: links that look like a section's of the site
    sections: float
    #: links whose last part names their page in a word or two
    brief: float
    #: share of the page's text that the records hold, as far as they stand in its content
    prominence: float
    #: share of the text of the page's content that they hold
    content: float
    #: mean weight of the places they stand in
    place: float
    #: class words or tags that say "post"
    marked: float
    #: mean rank of their headings, 7 where they are none
    rank: float
    #: words in their titles, at the median
    words: float
    #: characters of text in them, at the median
    size: float
    #: what undated ones show of being something else
    kind: Kind

    @property
    def is_team_like(self) -> bool:
        """Whether they are people: undated, called as people are or kept where people are."""
        people = self.kind.people >= 0.5 and self.words <= NAME_WORDS
        return self.dated < 0.5 and (people or min(self.names, self.brief) > MOSTLY_NAMES)

    @property
    def is_shop_like(self) -> bool:
        """Whether they are goods, services or chapters: undated things with a price each, or kept where those are."""
        return self.dated < 0.5 <= max(self.kind.priced, self.kind.kept)

    @property
    def is_prose_like(self) -> bool:
        """Whether they are bare headings with text below, as chapters and questions are, or a table of contents."""
        if self.dated < 0.5 <= self.kind.parted:
            return True
        if max(self.linked, self.dated) < 0.5:
            return True
        return max(self.title_linked, self.dated) < 0.5 and self.size > CARD_LENGTH

    @property
    def is_menu_like(self) -> bool:
        """Whether they are short links and nothing more, or cards that lead to the parts of a site or to others."""
        if self.dated >= 0.5:
            return False
        if self.words >= MENU_WORDS:
            few_and_bare = self.count < _LONG_LIST and max(self.summarised, self.kind.signed) < 0.5
            return self.listings > MOSTLY_SECTIONS or (few_and_bare and self.brief >= 0.5)
        if max(self.headed, self.summarised) < 0.5:
            return min(self.kind.told, max(self.pictured, 1.0 - self.brief)) < 0.5
        if self.kind.signed >= 0.5:
            return False
        if self.sections > MOSTLY_SECTIONS:
            return True
        return self.brief >= 0.5 and self.kind.told < 0.5 and self.count < _LONG_LIST

    @property
    def is_marginal(self) -> bool:
        """Whether they are a few undated links beside what the page is about: a list's own page is about the list."""
        if self.dated >= 0.5 or self.count >= _LONG_LIST:
            return False
        return self.content < (MARGINAL_IF_BRIEF if self.brief >= 0.5 else MARGINAL)

    @property
    def strength(self) -> float:
        """How much one of the records looks like an item; about 0 to 10."""
        strength = sum(worth * float(getattr(self, name)) for name, worth in WORTH.items())
        return strength if self.dated >= 0.5 else strength - NAMES * self.names

    @property
    def weight(self) -> float:
        """The strength, weighed by how many they are, where they stand and how much of the page they are."""
        length = min(1.0, math.log2(self.count + 1) / math.log2(_LONG_LIST + 1))
        many = SHORT_LIST + (1.0 - SHORT_LIST) * length
        return self.strength * self.place * many * (UNSEEN + self.prominence) * (1.0 - RANK * self.rank)


def weigh(records: Sequence[Record], destinations: Sequence[str], page: Page, regions: Regions) -> Evidence:
    """The evidence of a group of records."""
    traits = [traits_of(record, address, page) for record, address in zip(records, destinations, strict=True)]
    targets = {same_target(address) for address in destinations if address}
    texts = [date_first(record.headline.text, page.languages).title for record in records]
    different = len(set(texts)) / len(texts)
    places = [record.place(regions) for record in records]
    held = sum(record.size * place for record, place in zip(records, places, strict=True))
    dated = share(trait.dated for trait in traits)
    return Evidence(
        count=len(records),
        headed=share(trait.headed for trait in traits),
        linked=len(targets) / len(records),
        title_linked=share(record.headline.anchor is not None for record in records),
        dated=dated,
        summarised=share(trait.summarised for trait in traits),
        pictured=share(trait.pictured for trait in traits),
        titled=share(map(_title_quality, texts)) - (LABELS if different < _DIFFERENT else 0.0),
        names=share(bool(_NAME.match(text)) for text in texts),
        listings=share(bool(address) and is_listing(address) for address in destinations),
        sections=share(bool(address) and is_section(address) for address in destinations),
        brief=share(bool(address) and is_brief(address) for address in destinations),
        prominence=min(1.0, held / max(page.root.size, 1)),
        content=held / max(regions.content_size, 1),
        place=share(places),
        marked=share(map(_is_marked, records)),
        rank=share(record.headline.node.rank or 7 for record in records),
        words=median(map(count_words, texts)),
        size=median(record.size for record in records),
        kind=kind_of(records, destinations, page) if dated < 0.5 else UNKNOWN,
    )


@dataclass(frozen=True, slots=True)
class Traits:
    """What one record shows besides its title."""

    headed: bool
    linked: bool
    dated: bool
    summarised: bool
    pictured: bool

    @property
    def count(self) -> int:
        """How many of them."""
        return self.headed + self.linked + self.dated + self.summarised + self.pictured


def traits_of(record: Record, address: str, page: Page) -> Traits:
    """What one record shows besides its title."""
    return Traits(
        headed=record.headline.kind in ("heading", "term"),
        linked=bool(address),
        dated=_has_date(record, page),
        summarised=_has_summary(record, page),
        pictured=_has_picture(record, page),
    )


def _title_quality(text: str) -> float:
    """1 for a text as long as a title is, less for one word and for whole paragraphs."""
    words = count_words(text)
    if words < 2 or (words <= COUNT_WORDS and text[0].isdigit()):
        return LABEL
    if words > PARAGRAPH_WORDS:
        return PARAGRAPH
    if words > LONG_TITLE_WORDS or words < 3 or (words > SENTENCE_WORDS and text.endswith(".")):
        return UNUSUAL_TITLE
    return 1.0


def _has_date(record: Record, page: Page) -> bool:
    for node in record.nodes(page):
        if node is record.headline.node:
            continue
        if node.tag == "time" or (SHORTEST_DATE < node.size <= _DATE_LENGTH and _holds_date(node.text, page)):
            return True
        if SHORTEST_DATE < node.size < _DAY_LENGTH and len(node.children) > 1 and _holds_date(node.pieces, page):
            return True
        if node.size > SHORTEST_DATE and any(is_dated_text(text, page.languages) for text in bare_texts(node)):
            return True
    if date_first(record.headline.text, page.languages).date:
        return True
    return any(isinstance(part, str) and _holds_date(part[:_DATE_LENGTH], page) for part in record.parts)


def _holds_date(text: str, page: Page) -> bool:
    if not has_digit(text):
        return False
    if find_day(text, page.languages) or names_month(text, page.languages):
        return True
    return len(text) < _DAY_LENGTH and find_day_without_year(text, page.languages) is not None


def _has_summary(record: Record, page: Page) -> bool:
    """Whether the record says something besides its title and its links."""
    linked = sum(node.size for node in record.nodes(page) if node.tag == "a" and not node.holds(record.headline.node))
    title = record.headline.node.size
    return record.size - title - linked >= SUMMARY_LENGTH


def _has_picture(record: Record, page: Page) -> bool:
    return any(node.tag == "img" or "background-image" in node.get("style") for node in record.nodes(page))


def _is_marked(record: Record) -> bool:
    nodes = [part for part in record.parts if isinstance(part, Node)]
    return any(node.tag == "article" or node.words & _ITEM_WORDS for node in nodes[:2])
