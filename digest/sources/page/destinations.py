"""Destinations: which of a record's links leads to its article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from digest.sources.page.dates import is_only_date
from digest.sources.page.headlines import href_of
from digest.sources.page.links import is_listing, same_target
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record
from digest.sources.page.text import leads_on, leads_on_about

#: links looked at in one record
MAX_LINKS = 60
#: a link that scores less is not taken for the article's
ENOUGH = 1.0
#: what speaks for a link: its words are a button's, or name the title; it is marked as the permalink; it is a picture
#: or a date; it has words at all; another link of the record leads there too; no link of the record leads elsewhere
LEADS_ON = NAMES_IT = PERMALINK = 3.0
PICTURE = 1.5
WORDS = 0.5
AGAIN = ALONE = 1.0
#: and against it: it leads to an author, a category or a list; it stands in a sentence; other records have it too
ELSEWHERE = 3.0
PROSE = 1.5
SHARED = 4.0
_ELSEWHERE_RELATIONS = frozenset({"tag", "author", "category", "nofollow"})
_ELSEWHERE_WORDS = frozenset(
    {"tag", "tags", "category", "categories", "author", "byline", "share", "social", "comments"}
)
_PROSE = frozenset({"p", "blockquote"})
#: text around a link in its paragraph that makes it part of a sentence
_PROSE_LENGTH = 25


def destinations_of(records: Sequence[Record], page: Page) -> list[str]:
    """For each record the address of its article; empty where no link of it is."""
    links = [_links(record, page) for record in records]
    shared = Counter(target for found in links for target in {same_target(href) for _, href in found})
    chosen = [
        _of_headline(record, page) or _best(record, found, shared, page.languages)
        for record, found in zip(records, links, strict=True)
    ]
    return _without_buttons_for_all(chosen, records)


def _links(record: Record, page: Page) -> list[tuple[Node, str]]:
    found = []
    for node in record.nodes(page):
        if node.tag == "a" and (href := href_of(node, page)):
            found.append((node, href))
            if len(found) >= MAX_LINKS:
                break
    return found


def _of_headline(record: Record, page: Page) -> str:
    return href_of(record.headline.anchor, page)


def _best(record: Record, links: Sequence[tuple[Node, str]], shared: Counter[str], languages: tuple[str, ...]) -> str:
    """Where no link is in the title, the one that most looks like leading on; empty where none does."""
    times = Counter(same_target(href) for _, href in links)
    best, best_score = "", ENOUGH
    for anchor, href in links:
        target = same_target(href)
        score = _score(anchor, href, record, languages)
        score += AGAIN * (times[target] > 1) + ALONE * (len(times) == 1) - SHARED * (shared[target] > 1)
        if score > best_score:
            best, best_score = href, score
    return best


def _score(anchor: Node, href: str, record: Record, languages: tuple[str, ...]) -> float:
    """How much one link looks like leading to the article."""
    relations = frozenset(anchor.get("rel").lower().split())
    spoken = f"{anchor.get('title')} {anchor.get('aria-label')}".strip()
    words = anchor.text or spoken
    button = leads_on(words)
    around = anchor.parent.words if anchor.parent is not None else frozenset()
    dated = any(child.tag == "time" for child in anchor.children) or is_only_date(anchor.text, languages)
    return (
        LEADS_ON * (button or leads_on_about(words))
        + NAMES_IT * (record.headline.text.lower() in f"{words} {spoken}".lower())
        + PERMALINK * ("bookmark" in relations)
        + PICTURE * (not anchor.size or dated)
        + WORDS * (anchor.size > 0)
        - ELSEWHERE * (bool(relations & _ELSEWHERE_RELATIONS) and not button)
        - ELSEWHERE * bool((anchor.words | around) & _ELSEWHERE_WORDS)
        - ELSEWHERE * is_listing(href)
        - PROSE * (is_in_prose(anchor) and not button)
    )


def is_in_prose(anchor: Node) -> bool:
    """Whether a link stands in a sentence."""
    for around in anchor.ancestors():
        if around.tag in _PROSE:
            return around.size - anchor.size > _PROSE_LENGTH
    return False


def _without_buttons_for_all(chosen: Sequence[str], records: Sequence[Record]) -> list[str]:
    """One address that most records lead to is a button of the site ("Donate"), not anybody's article."""
    counts = Counter(same_target(href) for href in chosen if href)
    most = max(2, len(records) // 2)
    return [href if not href or counts[same_target(href)] <= most else "" for href in chosen]
