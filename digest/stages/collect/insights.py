"""Insights: items become insights, held against what is stored of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from digest.domain.model import Article, DateFrom, Finding, Insight, Item, Reading, Source
from digest.stages.collect import dating
from digest.stages.collect.addresses import canonical, fragment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a reading came to."""

    insights: tuple[Insight, ...] = ()
    #: ids of those that were not stored before
    new: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


#: a source that was asked and gave nothing to read
NOTHING = Collected()


def identity(source: str, item: Item, address: str | None = None) -> str:
    """Return the id of an item in its source: from its canonical address, else its guid, else its title.

    The same article keeps its id when its title is corrected, and when its address gets tracking parameters.
    """
    mark = (canonical(item.link) if address is None else address) or item.guid or item.title.casefold()
    return hashlib.sha256(f"{source}\n{mark}".encode()).hexdigest()[:20]


def identified(source: Source, reading: Reading) -> dict[str, tuple[Item, str]]:
    """Return the items that are wanted of a source, each once, with their canonical addresses, by their ids."""
    found: dict[str, tuple[Item, str]] = {}
    left_out = {canonical(one) for one in source.leave_out}
    wanted = [item for item in reading.items if _is_wanted(item, source, left_out)]
    for item, address in zip(wanted, _addresses(wanted), strict=True):
        found.setdefault(identity(source.id, item, address), (item, address))
    return found


def _addresses(items: Sequence[Item]) -> list[str]:
    """The canonical address of each item. Where one page holds several (release notes), the places on it part them."""
    bare = [canonical(item.link) for item in items]
    places: dict[str, set[tuple[str, str]]] = {}
    for item, address in zip(items, bare, strict=True):
        places.setdefault(address, set()).add((fragment_of(item.link), item.guid))
    several = {
        address
        for address, found in places.items()
        if len({place for place, _ in found if place}) > 1 and len({guid for _, guid in found}) == len(found)
    }
    return [
        f"{address}#{fragment_of(item.link)}" if address in several else address
        for item, address in zip(items, bare, strict=True)
    ]


def insights(source: Source, reading: Reading, stored: Mapping[str, Insight], now: datetime) -> Collected:
    """Turn a cleaned reading into insights whose dates can be true, and say what is doubtful about those that are new.

    stored: what is known already of the source's insights, by id.
    """
    items = identified(source, reading)
    found = {number: _insight(source, number, item, address, now) for number, (item, address) in items.items()}
    known = [(insight, stored[number]) for number, insight in found.items() if number in stored]
    new = [number for number in found if number not in stored]
    return Collected(
        insights=tuple(
            dating.settled(insight, stored[number]) if number in stored else insight
            for number, insight in found.items()
        ),
        new=frozenset(new),
        findings=(
            *dating.impossible(source, [items[number][0] for number in new], now),
            *dating.changed(source, known),
            *dating.undated(source, [items[number][0] for number in new]),
        ),
    )


def filled(insight: Insight, article: Article, now: datetime) -> Insight:
    """Return an insight with what its source left out, as its own page says; what the source says is kept."""
    unsure = insight.date_from in (DateFrom.GUESSED, DateFrom.FIRST_SEEN)
    better = unsure and article.date is not None and dating.is_possible(article.date, now)
    return replace(
        insight,
        title=insight.title or article.title,
        summary=insight.summary or article.summary,
        author=insight.author or article.author,
        image=insight.image or article.image,
        published=article.date if better and article.date is not None else insight.published,
        date_from=article.date_from if better else insight.date_from,
    )


def _is_wanted(item: Item, source: Source, left_out: Collection[str]) -> bool:
    if left_out and item.link and canonical(item.link) in left_out:
        return False
    return not source.under or urlsplit(item.link).path.startswith(source.under)


def _insight(source: Source, number: str, item: Item, address: str, now: datetime) -> Insight:
    date, date_from = dating.dated(item, now)
    return Insight(
        id=number,
        source=source.id,
        title=item.title,
        summary=item.summary,
        link=item.link,
        published=date,
        date_from=date_from,
        first_seen=now,
        canonical=address,
        author=item.author,
        image=item.image,
        categories=item.categories,
    )
