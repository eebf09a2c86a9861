"""Records: what on the page belongs to one headline, and so makes one item."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_high, median_low

from digest.sources.page.dates import is_dated_text, is_only_date
from digest.sources.page.headlines import Headline
from digest.sources.page.nodes import Node, Page
from digest.sources.page.regions import Regions

Part = Node | str

#: a headline's own wrapper may say this many characters besides and still be bare
BARE = 12
#: a lonely record takes no more than this many times the text of its fellows
LONELY = 3
#: and may always take so many characters
LONELY_FLOOR = 600
#: parts that a flat record holds at most
MAX_PARTS = 40
#: and so many of them, line breaks too, stand above its headline
MAX_LEADING = 8


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One headline and the parts of the page that are about it."""

    headline: Headline
    parts: tuple[Part, ...]
    #: the element whose children the parts are: records with the same one form a run
    container: Node

    @property
    def first(self) -> int:
        """The place of its first element in the document."""
        return min(part.order for part in self.parts if isinstance(part, Node))

    @property
    def last(self) -> int:
        """The place of its last element in the document."""
        return max(part.last for part in self.parts if isinstance(part, Node))

    def nodes(self, page: Page) -> Iterator[Node]:
        """All its elements in document order."""
        for part in self.parts:
            if isinstance(part, Node):
                yield from page.inside(part)

    def place(self, regions: Regions) -> float:
        """Where it stands: where the part with its headline does; a header with more below is not the page's."""
        for part in self.parts:
            if isinstance(part, Node) and part.holds(self.headline.node):
                own = part.tag == "header" and len(self.parts) > 1
                return regions.weight(self.container if own else part)
        return regions.weight(self.container)

    @property
    def size(self) -> int:
        """Characters of text in it, roughly."""
        return sum(part.size if isinstance(part, Node) else len(part.strip()) for part in self.parts)


def records_of(group: Sequence[Headline], page: Page, regions: Regions) -> list[Record]:
    """One record for each headline of a group."""
    roots = _roots(group)
    by_container: dict[Node, list[tuple[Headline, Node]]] = defaultdict(list)
    for headline, root in zip(group, roots, strict=True):
        by_container[root.parent or page.root].append((headline, root))
    usual = median_high(root.size for root in roots)
    records: list[Record] = []
    for container, pairs in by_container.items():
        if len(pairs) == 1 and len(group) > 1:
            headline, root = pairs[0]
            records.append(_lonely(headline, root, usual))
        elif _is_flat(container, pairs, page):
            records.extend(_flat_records(container, pairs, page, regions))
        else:
            records.extend(Record(headline, (root,), container) for headline, root in pairs)
    return sorted(records, key=lambda record: record.headline.node.order)


def records_beside(records: Sequence[Record], spare: Sequence[Headline]) -> list[Record]:
    """Records of headlines outside a list, each as large as it can be without touching another or the list.

    One with a link may hold headings without, such as the page's own; never the other way round.
    """
    fellows = [record.headline for record in records]
    linked = [headline for headline in spare if headline.anchor is not None]
    among_all = _roots([*spare, *fellows])
    among_linked = dict(zip(linked, _roots([*linked, *fellows]), strict=False))
    roots = [among_linked.get(headline, root) for headline, root in zip(spare, among_all, strict=False)]
    usual = median_low(record.size for record in records)
    containers = {record.container for record in records}
    return [
        Record(headline, (root,), root.parent)
        if root.parent is not None and root.parent in containers
        else _lonely(headline, root, usual)
        for headline, root in zip(spare, roots, strict=True)
    ]


def _roots(group: Sequence[Headline]) -> list[Node]:
    """For each headline the largest element that holds no other headline of the group."""
    held: Counter[Node] = Counter()
    for headline in group:
        held.update(headline.node.ancestors())
    roots = []
    for headline in group:
        root = headline.node
        for around in headline.node.ancestors():
            if held[around] > 1 or around.parent is None:
                break
            root = around
        roots.append(root)
    return roots


def _lonely(headline: Headline, root: Node, usual: int) -> Record:
    """A record that is alone in its container: nothing beside it says where it ends, so its fellows' size does."""
    most = max(usual * LONELY, LONELY_FLOOR)
    kept = headline.node
    for around in headline.node.ancestors():
        if kept is root or around.size > most:
            break
        kept = around
    return Record(headline, (kept,), kept.parent or kept)


def _is_flat(container: Node, pairs: Sequence[tuple[Headline, Node]], page: Page) -> bool:
    """Whether the headlines stand bare beside their texts, or all with a date beside, without a wrapper for each."""
    bare = sum(root.size <= headline.node.size + BARE for headline, root in pairs)
    roots = {root for _, root in pairs}
    if bare * 2 < len(pairs):
        beside = [part for part in container.children if part not in roots and part.size]
        return len(beside) == len(pairs) and all(_leads(part, page) for part in beside)
    between = sum(
        len(part.strip()) if isinstance(part, str) else part.size for part in container.content if part not in roots
    )
    return between >= len(pairs) * 3


def _flat_records(
    container: Node, pairs: Sequence[tuple[Headline, Node]], page: Page, regions: Regions
) -> Iterator[Record]:
    places = [container.content.index(root) for _, root in pairs]
    followers = [
        _followers(container, place, end, pairs[0][0], regions)
        for place, end in zip(places, [*places[1:], len(container.content)], strict=True)
    ]
    usual = max((len(parts) for parts in followers[:-1]), default=MAX_PARTS)
    followers[-1] = followers[-1][: max(usual, 1)]
    leading = _leading(container, places, followers, page)
    for index, (headline, root) in enumerate(pairs):
        before = tuple(container.content[places[index] - leading : places[index]]) if leading else ()
        after = followers[index]
        if leading and index + 1 < len(pairs):
            after = after[: max(0, places[index + 1] - leading - places[index] - 1)]
        yield Record(headline, (*before, root, *after), container)


def _followers(container: Node, place: int, end: int, headline: Headline, regions: Regions) -> tuple[Part, ...]:
    """What follows a bare headline up to the next, or to a heading above it, or to the end of the content."""
    rank = headline.node.rank or 7
    weight = regions.weight(container)
    kept: list[Part] = []
    for part in container.content[place + 1 : min(end, place + 1 + MAX_PARTS)]:
        if isinstance(part, Node) and ((part.rank and part.rank < rank) or regions.weight(part) < weight):
            break
        kept.append(part)
    return tuple(kept)


def _leading(container: Node, places: Sequence[int], followers: Sequence[tuple[Part, ...]], page: Page) -> int:
    """How many parts before each headline belong to it: a date or a picture that stands above every title."""
    depth = 0
    reach = min((later - earlier for earlier, later in pairwise(places)), default=1)
    for back in range(1, min(reach, MAX_LEADING, places[0] + 1)):
        parts = [container.content[place - back] for place in places]
        if all(_is_blank(part) for part in parts):
            continue
        if not all(_leads(part, page) for part in parts):
            break
        depth = back
    last_follows = any(_leads(part, page) for part in followers[-1][-depth:])
    return 0 if depth and last_follows and len(followers[-1]) >= len(followers[0]) else depth


def _is_blank(part: Part) -> bool:
    return not part.strip() if isinstance(part, str) else part.tag == "br"


def _leads(part: Part, page: Page) -> bool:
    """Whether a part is one that stands before a title: its date, in an element or in bare text, or its picture."""
    if isinstance(part, str):
        return is_dated_text(part, page.languages)
    if not part.size:
        return any(node.tag in ("img", "picture") for node in page.inside(part))
    return is_only_date(part.text, page.languages) or part.tag == "time"
