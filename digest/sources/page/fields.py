"""Fields: what a record says in words: its title, summary, author and categories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from digest.sources.page.dates import LONGEST_DATE, SHORTEST_DATE, is_only_date
from digest.sources.page.headlines import href_of
from digest.sources.page.links import is_listing, is_person
from digest.sources.page.nodes import INLINE, Node, Page, visible_text
from digest.sources.page.records import Part, Record
from digest.sources.page.text import count_words, fold, leads_on, leads_on_about

#: a summary ends with the paragraph that passes so many characters
SUMMARY_LENGTH = 900
#: a paragraph of fewer words is a label
SUMMARY_WORDS = 4
#: a part with a class such as "meta" that holds more is prose after all
LONGEST_META = 200
#: a line that begins with "By" and has more words is prose
BYLINE_WORDS = 6
#: longest name of an author and of a category
NAME_LENGTH = 60
CATEGORY_LENGTH = 40
#: categories kept of one item
MAX_CATEGORIES = 8
_AUTHOR_WORDS = frozenset({"author", "byline", "writer"})
_CATEGORY_WORDS = frozenset({"category", "categories", "tag", "tags", "topic", "topics", "terms"})
_META_WORDS = (
    _AUTHOR_WORDS | _CATEGORY_WORDS | {"date", "meta", "submitted", "caption", "share", "social", "pagination"}
)
#: what stands for a link to a heading in the heading itself
_PERMALINKS = frozenset({"#", "¶", "§", "🔗"})
_NOT_PROSE = frozenset({"time", "button", "nav", "figcaption", "label", "form", "noscript"})
_BY = re.compile(
    r"^\W*(?:(?:posted|written|published|words|story) )?"
    r"(?:by|por|von|par|di|door|av|af|przez|autor(?:a|in)?|author)\b:?\s+",
    re.IGNORECASE,
)
#: where a name ends in a line about the article
_NAME_END = re.compile(r"\s*(?:[|·•,–—\n]|\s\d| on | in | am | le | el | il )")


def title_of(record: Record, page: Page) -> str:
    """The item's title as the page shows it, without a date or a button that stands in the same heading."""
    node, anchor = record.headline.node, record.headline.anchor
    if not record.headline.is_whole:
        return record.headline.text
    beside = anchor is not None and (leads_on(anchor.text) or is_only_date(anchor.text, page.languages))
    if anchor is not None and anchor is not node and node.holds(anchor) and not beside:
        outside = len(node.text) - len(anchor.text)
        if anchor.text and outside <= len(anchor.text) * 2:
            node = anchor
    title = visible_text((node,), frozenset(_not_title(node, page)))
    return title or record.headline.text


def _not_title(node: Node, page: Page) -> Iterator[Node]:
    for inner in page.inside(node)[1:]:
        text = inner.text
        button = inner.tag in ("a", "button") and (leads_on(text) or text in _PERMALINKS)
        if text and (button or inner.tag == "time" or is_only_date(text, page.languages)):
            yield inner


def summary_of(record: Record, page: Page, title: str) -> str:
    """The item's own words below its title: its first paragraphs, joined."""
    kept: list[str] = []
    length = 0
    repeated = "" if record.headline.is_whole else title
    for text in _paragraphs(record.parts, frozenset(_not_summary(record, page))):
        paragraph = text.removeprefix(repeated).strip()
        if paragraph == title or not _is_prose(paragraph, page):
            continue
        if kept and length + len(paragraph) > SUMMARY_LENGTH:
            break
        kept.append(paragraph)
        length += len(paragraph)
    return " ".join(kept)


def _is_prose(paragraph: str, page: Page) -> bool:
    return (
        count_words(paragraph) >= SUMMARY_WORDS
        and not is_only_date(paragraph, page.languages)
        and not (leads_on_about(paragraph) and len(paragraph) < NAME_LENGTH)
        and not (_BY.match(paragraph) and count_words(paragraph) <= BYLINE_WORDS)
    )


def _not_summary(record: Record, page: Page) -> Iterator[Node]:
    """Elements of a record that are not its summary; those around the headline are kept, for they hold it too."""
    headline = record.headline.node
    if record.headline.is_whole:
        yield headline
    for node in record.nodes(page):
        if not node.holds(headline) and (_is_about(node) or _is_small(node, page)):
            yield node


def _is_about(node: Node) -> bool:
    """Whether an element speaks about the article (its date, author, categories) and not of what is in it."""
    return node.tag in _NOT_PROSE or node.rank > 0 or bool(node.words & _META_WORDS and node.size < LONGEST_META)


def _is_small(node: Node, page: Page) -> bool:
    """Whether an element is a date, a button or the name of a category, but not in the middle of a sentence."""
    if node.tag == "a" and leads_on_about(node.text):
        return True
    if SHORTEST_DATE < node.size <= LONGEST_DATE and is_only_date(node.text, page.languages):
        return not _is_in_sentence(node)
    return node.tag == "a" and is_listing(href_of(node, page)) and not _is_in_sentence(node)


def _is_in_sentence(node: Node) -> bool:
    around = node.parent
    return around is not None and around.tag == "p" and around.size > 2 * node.size + NAME_LENGTH


def _paragraphs(parts: tuple[Part, ...], without: frozenset[Node]) -> Iterator[str]:
    """Runs of text that no block begins or ends in."""
    run: list[Part] = []
    stack: list[Part | None] = list(reversed(parts))
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            run.append(part)
        elif part is not None and part.tag == "br" and count_words(visible_text(tuple(run), without)) >= SUMMARY_WORDS:
            run.append(" ")
        elif part is None or part in without or not part.content:
            text, run = visible_text(tuple(run), without), []
            if text:
                yield text
        elif part.tag in INLINE and not _is_broken(part, without):
            run.append(part)
        else:
            stack.append(None)
            stack.extend(reversed(part.content))
            stack.append(None)
    if run:
        yield visible_text(tuple(run), without)


def _is_broken(node: Node, without: frozenset[Node]) -> bool:
    """Whether something in an element of a line ends the line: a block, or what is left out."""
    return any(child in without or (child.tag not in INLINE and child.tag != "br") for child in node.children)


def author_of(record: Record, page: Page) -> str:
    """Who wrote it, where the record says so; empty otherwise. A link to a person's page names nobody else."""
    beside = [
        node for node in record.nodes(page) if not node.holds(record.headline.node) and 0 < node.size <= 2 * NAME_LENGTH
    ]
    linked = (node.text for node in beside if node.tag == "a" and _leads_to_person(node, page))
    marked = (node.text for node in beside if node.words & _AUTHOR_WORDS or node.get("itemprop") == "author")
    said = (node.text for node in beside if _BY.match(node.text))
    return next(filter(None, map(_name, chain(linked, marked, said))), "")


def _leads_to_person(anchor: Node, page: Page) -> bool:
    return "author" in anchor.get("rel").split() or is_person(href_of(anchor, page))


def _name(text: str) -> str:
    name = fold(_NAME_END.split(_BY.sub("", text), maxsplit=1)[0])
    return name if 1 < len(name) <= NAME_LENGTH and not leads_on(name) and count_words(name) <= 6 else ""


def categories_of(record: Record, page: Page) -> tuple[str, ...]:
    """What the record is filed under, in the page's words."""
    found: list[str] = []
    for node in record.nodes(page):
        if node.tag != "a" or not 0 < node.size <= CATEGORY_LENGTH or node.holds(record.headline.node):
            continue
        filed = {"tag", "category"} & set(node.get("rel").lower().split()) or node.words & _CATEGORY_WORDS
        around = node.parent is not None and bool(node.parent.words & _CATEGORY_WORDS)
        text = node.text.lstrip("#")
        if (filed or around) and not leads_on(text) and text not in found and text != record.headline.text:
            found.append(text)
    return tuple(found[:MAX_CATEGORIES])
