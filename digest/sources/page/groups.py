"""Groups: which headlines of a page are of one make, and so may be the titles of one list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice

from digest.sources.page.headlines import Headline
from digest.sources.page.nodes import Node

#: groups looked at on one page
MAX_GROUPS = 150
#: elements above a headline that are compared
MAX_PATH = 60
#: a text that this many headlines of a group have, and this share of them, is a label or a button
REPEATED = 3
REPEATED_SHARE = 0.2


def groups_of(headlines: Sequence[Headline]) -> list[list[Headline]]:
    """Headlines of one make: by their whole path and class, by path alone, and by their nearest surroundings.

    The three overlap on purpose: which of them tells the items apart best depends on the page.
    """
    groups: dict[tuple[str, ...], list[Headline]] = defaultdict(list)
    for headline in headlines:
        path = _path(headline.node)
        classes = " ".join(sorted(headline.node.words))
        linked = "linked" if headline.anchor is not None else ""
        groups["classed", headline.kind, "/".join(path), classes, str(headline.nth)].append(headline)
        groups["path", headline.kind, "/".join(path)].append(headline)
        groups["near", headline.kind, "/".join(path[-2:]), classes, linked].append(headline)
    seen: set[tuple[int, ...]] = set()
    kept: list[list[Headline]] = []
    clean = (_without_labels(_without_branches(_first_of_link(_once(group)))) for group in groups.values())
    for group in sorted(clean, key=len, reverse=True):
        places = tuple(headline.node.order for headline in group)
        if len(group) > 1 and places not in seen:
            seen.add(places)
            kept.append(group)
    return kept[:MAX_GROUPS]


def _once(group: list[Headline]) -> list[Headline]:
    """The group without copies, where at least half of it has some: a carousel shows its ends twice."""
    times = Counter((headline.text, headline.target) for headline in group if headline.target)
    if sum(count > 1 for count in times.values()) * 2 < len(times):
        return group
    first = {(headline.text, headline.target): headline for headline in reversed(group)}
    return [headline for headline in group if not headline.target or headline in first.values()]


def _first_of_link(group: list[Headline]) -> list[Headline]:
    """The group without texts that link to where the text before them links: a summary below its title."""
    pairs = zip([None, *group], group, strict=False)
    return [second for first, second in pairs if first is None or not second.target or first.target != second.target]


def _without_labels(group: list[Headline]) -> list[Headline]:
    """The group without texts that many of it share; a few items of a long list may well have the same title."""
    times = Counter(headline.text for headline in group)
    most = max(REPEATED, len(group) * REPEATED_SHARE)
    return [headline for headline in group if times[headline.text] < most]


def _without_branches(group: list[Headline]) -> list[Headline]:
    """The group without those whose entry of a list holds a list of others: "Volume 1" above its issues."""
    entries = [entry_of(headline.node) for headline in group]
    branches = {
        around for entry in set(entries) if entry is not None for around in entry.ancestors() if around.tag == "li"
    }
    return [headline for headline, entry in zip(group, entries, strict=True) if entry not in branches]


def entry_of(node: Node) -> Node | None:
    """The entry of an HTML list in which an element is; None where it is in none."""
    return next((around for around in node.ancestors() if around.tag == "li"), None)


def _path(node: Node) -> list[str]:
    tags = [around.tag for around in islice(node.ancestors(), MAX_PATH)]
    return [*reversed(tags), node.tag]
