"""Gathering: once the list is known, what else on the page is of it, and what in it is not.

A first article in a larger make, an item that lacks the list's usual heading, a second small grid: they are gathered.
A record that lacks what nearly all the others have (a link, a date, a picture) is another list's, and is let go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest.sources.page.destinations import destinations_of, is_in_prose
from digest.sources.page.evidence import Traits, traits_of
from digest.sources.page.groups import entry_of
from digest.sources.page.headlines import Headline
from digest.sources.page.links import folder, is_listing, is_section, same_target, slug, split
from digest.sources.page.nodes import Page
from digest.sources.page.records import Record, records_beside
from digest.sources.page.regions import Regions
from digest.sources.page.text import count_words

#: a trait that this share of the records has is one of the list's
USUAL = 0.85
#: a run of records side by side is at least so long
SHORTEST_RUN = 3
#: a record that lacks this many of the list's traits is not of it
STRANGE = 2
#: a text of fewer words is a label, where no heading says otherwise
TITLE_WORDS = 3
#: the trait that the title is in a link
NAMED_BY_LINK = "named by its link"
#: a first article above the list may lack this many of them besides, for it has its own make
SPARED_BEFORE = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A record, the address it leads to and what it shows."""

    record: Record
    address: str
    traits: Traits


def members_of(records: Sequence[Record], page: Page) -> list[Member]:
    """The records with their addresses and traits."""
    addresses = destinations_of(records, page)
    return [
        Member(record, address, traits_of(record, address, page))
        for record, address in zip(records, addresses, strict=True)
    ]


def gather(chosen: Sequence[Member], headlines: Sequence[Headline], page: Page, regions: Regions) -> list[Member]:
    """The list's items in page order: the chosen without strangers, and those that belong to them."""
    kept = _without_strangers(chosen, page)
    beside = records_beside([member.record for member in kept], _spare(headlines, kept))
    kin = _Kin(kept, page, regions)
    found = [member for member in members_of(beside, page) if kin.includes(member)]
    return sorted(_once([*kept, *found]), key=lambda member: member.record.headline.node.order)


def _without_strangers(chosen: Sequence[Member], page: Page) -> list[Member]:
    """The chosen without those that lack what the others have, measured by the longest run of them side by side."""
    run = _longest_run(chosen)
    usual = _usual(run, page)
    folders = _usual_folders(run)
    kept = [member for member in chosen if len(usual - _shown(member, page)) + _is_away(member, folders) < STRANGE]
    return kept or list(chosen)


def _longest_run(members: Sequence[Member]) -> Sequence[Member]:
    """Those in the element that holds most of them; all of them where none holds half."""
    counts = Counter(member.record.container for member in members)
    container, count = counts.most_common(1)[0]
    if count < SHORTEST_RUN or count * 2 < len(members):
        return members
    return [member for member in members if member.record.container is container]


def _usual_folders(members: Sequence[Member]) -> frozenset[str]:
    """Where nearly all of the members' addresses lie; empty where they lie in many places."""
    counts = Counter(folder(member.address) for member in members if member.address)
    return frozenset(place for place, count in counts.items() if count >= USUAL * len(members))


def _is_away(member: Member, folders: frozenset[str]) -> bool:
    """Whether the address of a member lies elsewhere than the list's do."""
    return bool(folders) and folder(member.address) not in folders


def _usual(members: Sequence[Member], page: Page) -> frozenset[str]:
    """The traits that nearly all of the members have."""
    counts = Counter(trait for member in members for trait in _shown(member, page))
    return frozenset(trait for trait, count in counts.items() if count >= USUAL * len(members))


def _shown(member: Member, page: Page) -> frozenset[str]:
    shown = {name for name in ("dated", "summarised", "pictured", "headed") if getattr(member.traits, name)}
    if member.record.headline.anchor is not None:
        shown.add(NAMED_BY_LINK)
    if member.address:
        shown.add("linked")
        if split(member.address).netloc == split(page.base).netloc:
            shown.add("here")
        if not is_section(member.address) or "-" in slug(member.address):
            shown.add("article")
    return frozenset(shown)


def _spare(headlines: Sequence[Headline], kept: Sequence[Member]) -> list[Headline]:
    """Headings, and whatever makes the list's own titles, that are in none of its records.

    Where the list has no headings, a first article may be one link, and its title the first long text in that.
    """
    taken = {place for member in kept for place in range(member.record.first, member.record.last + 1)}
    kinds = {"heading", *(member.record.headline.kind for member in kept)}
    free = [one for one in headlines if one.node.order not in taken and not _is_above(one, kept)]
    if not any(is_in_prose(member.record.headline.node) for member in kept):
        free = [headline for headline in free if not is_in_prose(headline.node)]
    spare = [headline for headline in free if headline.kind in kinds]
    if any(member.traits.headed for member in kept) or "piece" in kinds:
        return spare
    pieces = [headline for headline in free if headline.kind == "piece" and count_words(headline.text) >= TITLE_WORDS]
    first = {piece.target: piece for piece in reversed(pieces)}
    return [*spare, *first.values()]


def _is_above(headline: Headline, kept: Sequence[Member]) -> bool:
    """Whether a headline's entry of a list holds items of the list: it is what they are filed under."""
    entry = entry_of(headline.node)
    return entry is not None and any(entry.holds(member.record.headline.node) for member in kept)


class _Kin:
    """What the items of a list have in common, and so which records beside it are items too."""

    def __init__(self, kept: Sequence[Member], page: Page, regions: Regions) -> None:
        self._page = page
        self._regions = regions
        self._usual = _usual(kept, page)
        self._first = min(member.record.first for member in kept)
        self._place = min(member.record.place(regions) for member in kept)
        self._containers = {member.record.container for member in kept}
        self._targets = {same_target(member.address) for member in kept if member.address}
        self._folders = {folder(member.address) for member in kept if member.address}
        self._usual_folders = _usual_folders(kept)

    def includes(self, member: Member) -> bool:
        """Whether a record beside the list is one of its items."""
        if not member.address or is_listing(member.address) or same_target(member.address) in self._targets:
            return False
        if member.record.place(self._regions) < self._place:
            return False
        lacking = self._usual - _shown(member, self._page)
        if member.record.container in self._containers:
            return len(lacking) + _is_away(member, self._usual_folders) < STRANGE
        spared = 0
        if member.record.first < self._first:
            lacking, spared = lacking - {NAMED_BY_LINK}, SPARED_BEFORE
        return len(lacking) <= spared and self._has_title(member) and self._is_neighbour(member.address)

    def _has_title(self, member: Member) -> bool:
        """Whether a record has a heading, or, where the list has none, at least a text as long as a title."""
        return member.traits.headed or (
            "headed" not in self._usual and count_words(member.record.headline.text) >= TITLE_WORDS
        )

    def _is_neighbour(self, address: str) -> bool:
        """Whether an address lies where the list's do; at a site's root, where all lies, it must name an article."""
        return folder(address) in self._folders and not is_section(address)


def _once(members: Sequence[Member]) -> list[Member]:
    """Each address once: the record that shows more of it stays."""
    best: dict[str, Member] = {}
    for place, member in enumerate(members):
        key = same_target(member.address) if member.address else f"none {place}"
        if key not in best or _shows_more(member, best[key]):
            best[key] = member
    return list(best.values())


def _shows_more(member: Member, other: Member) -> bool:
    """Whether of two records that lead to one place the first is the better: by what it shows, then by its title."""
    mine, others = ((one.traits.count, one.record.headline.anchor is not None) for one in (member, other))
    return mine > others
