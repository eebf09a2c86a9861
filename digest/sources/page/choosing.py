"""Choosing: which group of records is the page's list of articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from digest.sources.page.destinations import destinations_of
from digest.sources.page.evidence import Evidence, weigh
from digest.sources.page.gathering import Member, gather, members_of
from digest.sources.page.groups import groups_of
from digest.sources.page.headlines import Headline, find_headlines, with_quoted_titles
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record, records_of
from digest.sources.page.regions import ASIDE, Regions

#: records weaker than this are not a list of articles, however many
STRONG_ENOUGH = 5.0
#: two records make a list only when they are as strong as this
STRONG_PAIR = 8.0
#: texts that nothing marks as titles are titles only where this share of them has a link or a date beside it
TEXTS_MARKED = 0.8
#: where this share of a group has a date, its dated parts may be the list; so many of a part's records are dated then
SOME_DATED, NEARLY_ALL = 0.1, 0.9
#: and there are so many of them
FEWEST_DATED = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """Records with the address each leads to, and what speaks for them."""

    records: tuple[Record, ...]
    addresses: tuple[str, ...]
    evidence: Evidence


def choose(page: Page, regions: Regions) -> list[Member]:
    """The items of the page's list of articles in page order; none where nothing is clearly a list."""
    headlines = find_headlines(page)
    best = _best(groups_of(headlines), page, regions)
    if best is None:
        headlines = find_headlines(page, in_any_text=True)
        best = _best(map(with_quoted_titles, groups_of(headlines)), page, regions)
        if best is None or max(best.evidence.linked, best.evidence.dated) < TEXTS_MARKED:
            return []
    return gather(members_of(best.records, page), headlines, page, regions)


def _best(groups: Iterable[Sequence[Headline]], page: Page, regions: Regions) -> Listing | None:
    listings = [_listing(records_of(group, page, regions), page, regions) for group in groups]
    return _weightiest(listings) or _weightiest(_dated_parts(listings, page, regions))


def _weightiest(listings: Iterable[Listing]) -> Listing | None:
    """The convincing one with the most weight, if any is."""
    convincing = [listing for listing in listings if is_convincing(listing.evidence)]
    return max(convincing, key=lambda listing: listing.evidence.weight, default=None)


def _dated_parts(listings: Sequence[Listing], page: Page, regions: Regions) -> Iterator[Listing]:
    """Of groups of which some have a date, those in elements where nearly all have: other lists share their make."""
    for listing in listings:
        if not SOME_DATED <= listing.evidence.dated < 0.5:
            continue
        parts: dict[Node, list[Member]] = defaultdict(list)
        for member in members_of(listing.records, page):
            parts[member.record.container].append(member)
        dated = [
            member.record
            for part in parts.values()
            if sum(member.traits.dated for member in part) >= NEARLY_ALL * len(part)
            for member in part
        ]
        if len(dated) >= FEWEST_DATED:
            yield _listing(dated, page, regions)


def is_convincing(evidence: Evidence) -> bool:
    """Whether a group is surely a list of articles: a menu must never pass."""
    enough = STRONG_ENOUGH if evidence.count > 2 else STRONG_PAIR
    if evidence.is_menu_like or evidence.is_prose_like or evidence.is_shop_like or evidence.is_team_like:
        return False
    if evidence.is_marginal or evidence.place <= ASIDE:
        return False
    return evidence.strength >= enough


def _listing(records: Sequence[Record], page: Page, regions: Regions) -> Listing:
    addresses = destinations_of(records, page)
    return Listing(tuple(records), tuple(addresses), weigh(records, addresses, page, regions))
