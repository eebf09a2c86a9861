"""Headlines: every text on a page that might be the title of an item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.sources.page.dates import is_only_date, year_alone
from digest.sources.page.links import absolute, same_target
from digest.sources.page.nodes import INLINE, Node, Page, visible_text
from digest.sources.page.text import leads_on, leads_on_to

#: headlines looked at on one page
MAX_HEADLINES = 4_000
#: a title has at least and at most so many characters
SHORTEST, LONGEST = 2, 400
#: a link that holds more pieces of text than this is a whole page, not a card
MAX_PIECES = 12
#: a second line in a link that is this many times as long as the first is a summary, not the title's other half
SECOND_LINE = 1.0
#: texts of which this share quote something are known by that
MOSTLY_QUOTED = 0.8
#: a quotation in its marks, long enough for a title; an apostrophe is none
_QUOTED = re.compile(r"“[^“”]{8,200}”|\"[^\"]{8,200}\"|«[^«»]{8,200}»|„[^„“”]{8,200}[“”]")
_TITLE_WORDS = frozenset({"title", "heading", "headline", "header", "subject", "name"})
_EMPHASIS = frozenset({"strong", "b"})
_BLOCKS_WITH_EMPHASIS = frozenset({"p", "div", "li", "td", "dd", "section", "article", "main", "body"})
_BREAKS = frozenset({"br", "hr"})


@dataclass(frozen=True, slots=True, eq=False)
class Headline:
    """A text that might be a title: where it stands, and the link it is or is in."""

    node: Node
    text: str
    #: "heading", "link", "piece" of a link, "term" of a definition list, "named" by its class, "strong", "text"
    kind: str
    #: the link in, at or around it, and where it leads
    anchor: Node | None = None
    target: str = ""
    #: which piece of its link or part of its parent it is: cards without classes differ in nothing else
    nth: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is all that its element says."""
        return self.text == self.node.text


def href_of(anchor: Node | None, page: Page) -> str:
    """Where a link leads, if that is another page on the web; empty for everything else."""
    if anchor is None or not anchor.get("href") or anchor.get("href").startswith("#"):
        return ""
    address = absolute(anchor.get("href"), page.base)
    return "" if same_target(address) == same_target(page.base) else address


def find_headlines(page: Page, *, in_any_text: bool = False) -> list[Headline]:
    """All headlines of a page in document order, without buttons, dates and numbers.

    Texts that nothing marks as a title are looked at only where asked for: there are too many of them.
    """
    found: list[Headline] = []
    covered = -1
    for node in page.nodes:
        if len(found) >= MAX_HEADLINES:
            break
        if node.order <= covered or not node.size:
            continue
        here = list(_texts_at(node, page) if in_any_text else _headlines_at(node, page))
        if node.tag == "noscript" or (here and here[0].kind != "link"):
            covered = node.last
        found.extend(here)
    return [headline for headline in found if _could_be_title(headline, page)]


def _headlines_at(node: Node, page: Page) -> Iterator[Headline]:
    if node.rank:
        yield headline_at(node, page)
    elif node.tag == "a":
        yield from _in_link(node, page)
    elif node.tag == "dt":
        yield headline_at(node, page, "term")
    elif node.tag in _EMPHASIS and _opens_line(node):
        yield headline_at(node, page, "strong")
    elif node.words & _TITLE_WORDS and is_leaf(node, page):
        yield headline_at(node, page, "named")


def headline_at(node: Node, page: Page, kind: str = "heading") -> Headline:
    """An element's text as a headline, with the link in or around it."""
    anchor = _anchor_of(node, page)
    return Headline(node, node.text, kind, anchor, href_of(anchor, page))


def _texts_at(node: Node, page: Page) -> Iterator[Headline]:
    """A block with one run of text, without the buttons in it."""
    if node.tag in INLINE or node.parent is None or not is_leaf(node, page):
        return
    buttons = frozenset(inner for inner in page.inside(node) if inner.tag == "a" and leads_on(inner.text))
    nth = node.parent.children.index(node)
    text = visible_text((node,), buttons)
    anchor = _anchor_of(node, page)
    if anchor is not None and node.holds(anchor) and anchor not in buttons and anchor.size * 2 < len(text):
        anchor = None
    yield Headline(node, text, "text", anchor, nth=nth)


def with_quoted_titles(group: Sequence[Headline]) -> Sequence[Headline]:
    """The group with what its texts quote, where nearly all quote something: as lists of papers write their titles."""
    quoted = [_QUOTED.search(headline.text) for headline in group]
    if sum(found is not None for found in quoted) < MOSTLY_QUOTED * len(group):
        return group
    return [
        replace(headline, text=found[0][1:-1].rstrip(" .,")) if found is not None else headline
        for headline, found in zip(group, quoted, strict=True)
    ]


def _in_link(anchor: Node, page: Page) -> Iterator[Headline]:
    """A link's own headlines: none where it holds a heading, its pieces where it is a card, else its first line."""
    target = href_of(anchor, page)
    if not target or any(node.rank for node in page.inside(anchor)):
        return
    pieces = _pieces(anchor)
    if len(pieces) == 1:
        yield Headline(anchor, _first_line(anchor), "link", anchor, target)
    elif len(pieces) <= MAX_PIECES:
        for nth, piece in enumerate(pieces):
            yield Headline(piece, piece.text, "piece", anchor, target, nth)


def _first_line(anchor: Node) -> str:
    """A link's text up to its first break, if what follows is longer: then it is a summary."""
    for place, part in enumerate(anchor.content):
        if isinstance(part, Node) and part.tag == "br":
            first = visible_text(tuple(anchor.content[:place]))
            if first and len(anchor.text) - len(first) > SECOND_LINE * len(first):
                return first
    return anchor.text


def _pieces(node: Node) -> list[Node]:
    """The elements that hold a link's text, one for each run of it."""
    stack: list[Node] = [node]
    pieces: list[Node] = []
    while stack and len(pieces) <= MAX_PIECES:
        part = stack.pop()
        filled = [child for child in part.children if child.size]
        own_text = any(isinstance(held, str) and held.strip() for held in part.content)
        if own_text or not filled:
            pieces.append(part)
        else:
            stack.extend(reversed(filled))
    return pieces


def _anchor_of(node: Node, page: Page) -> Node | None:
    """The link inside a headline with the most text, else the one around it."""
    inside = [n for n in page.inside(node) if n.tag == "a" and n.size and href_of(n, page)]
    if inside:
        return max(inside, key=lambda anchor: anchor.size)
    around = next((around for around in node.ancestors() if around.tag == "a"), None)
    return around if href_of(around, page) else None


def _opens_line(node: Node) -> bool:
    """Whether bold text is the first thing in its line, as titles without a heading are."""
    parent = node.parent
    if parent is None or parent.tag not in _BLOCKS_WITH_EMPHASIS:
        return False
    for part in reversed(parent.content[: parent.content.index(node)]):
        if isinstance(part, Node) and part.tag in _BREAKS:
            return True
        if part.strip() if isinstance(part, str) else part.size:
            return False
    return True


def is_leaf(node: Node, page: Page) -> bool:
    """Whether an element holds one run of text and no heading, list or paragraph of its own."""
    return all(inner.tag in INLINE or inner.tag == "br" for inner in page.inside(node)[1:])


def _could_be_title(headline: Headline, page: Page) -> bool:
    text = headline.text
    if not SHORTEST <= len(text) <= LONGEST or not any(character.isalpha() for character in text):
        return False
    if headline.kind != "heading" and leads_on_to(text):
        return False
    if year_alone(text, page.languages) is not None:
        return False
    return not is_only_date(text, page.languages) or _has_words_beside_date(headline.node, page)


def _has_words_beside_date(node: Node, page: Page) -> bool:
    """Whether a heading holds a date as an element and words beside it, however few: a title such as "EMC 2024"."""
    if not node.rank:
        return False
    dates = [inner for inner in page.inside(node)[1:] if is_only_date(inner.text, page.languages)]
    rest = visible_text((node,), frozenset(dates)) if dates else ""
    return sum(character.isalpha() for character in rest) >= SHORTEST
