"""Dating: which date counts, how sure it is, and what is said of those that cannot be true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.domain.model import DateFrom, Finding, Insight, Item, Severity, Source

#: a date this far ahead is a mistake of the source; a little ahead is another clock
FUTURE = timedelta(days=1)
#: before this there were no web pages: a date like 1 January 1970 is an empty field
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
#: another time of the same day is no other date
SAME = timedelta(hours=36)
#: titles that a finding names
NAMED = 3


def is_possible(date: datetime, now: datetime) -> bool:
    """Tell whether an article can have been published then."""
    return EARLIEST <= date <= now + FUTURE


def dated(item: Item, now: datetime) -> tuple[datetime, DateFrom]:
    """Return the date that counts for an item that was not seen before: its own, or now where that cannot be."""
    if item.date is None or not is_possible(item.date, now):
        return now, DateFrom.FIRST_SEEN
    return item.date, item.date_from


def settled(found: Insight, before: Insight) -> Insight:
    """Return an insight that is stored already as it is now: the surer date, of equals the first, and nothing lost."""
    surer = _rank(found) < _rank(before)
    return replace(
        found,
        title=found.title or before.title,
        summary=found.summary or before.summary,
        author=found.author or before.author,
        image=found.image or before.image,
        published=found.published if surer else before.published,
        date_from=found.date_from if surer else before.date_from,
        first_seen=before.first_seen,
    )


def impossible(source: Source, items: Sequence[Item], now: datetime) -> Iterator[Finding]:
    """Say which of these items bear dates that cannot be."""
    strange = [item for item in items if item.date is not None and not is_possible(item.date, now)]
    words = [f"“{item.title}”, {item.date:%d %B %Y}" for item in strange]
    if strange:
        yield Finding(
            code="collect.date",
            severity=Severity.LOOK_AT,
            where=source.id,
            what=f"{_counted(len(strange), 'an impossible date')}: {_named(words)}.",
            why="No article can be that old or that new, so the day it was first seen is used instead.",
            mend="Correct the date at the source if it is wrong there.",
        )


def changed(source: Source, pairs: Sequence[tuple[Insight, Insight]]) -> Iterator[Finding]:
    """Say which of these insights, as found now and as stored, bear another day than they did."""
    moved = [(found, before) for found, before in pairs if _has_moved(found, before)]
    words = [f"“{now.title}”, {before.published:%d %B %Y}, now {now.published:%d %B %Y}" for now, before in moved]
    if moved:
        yield Finding(
            code="collect.date-changed",
            severity=Severity.NOTE,
            where=source.id,
            what=f"{_counted(len(moved), 'another date than before')}: {_named(words)}.",
            why="A corrected article is not a new one: it keeps its first date and is not sent again.",
        )


def undated(source: Source, items: Sequence[Item]) -> Iterator[Finding]:
    """Say how many of these new items bear no date."""
    without = sum(item.date is None for item in items)
    if without and not source.articles:
        yield Finding(
            code="collect.undated",
            severity=Severity.NOTE,
            where=source.id,
            what=f"{_counted(without, 'no date')}.",
            why="The day each was first seen counts instead, so what was published long ago looks new.",
            mend="If its articles' own pages state the date, write articles = true under this source in digest.toml.",
        )


def _rank(insight: Insight) -> int:
    return list(DateFrom).index(insight.date_from)


def _has_moved(found: Insight, before: Insight) -> bool:
    same_kind = found.date_from == before.date_from != DateFrom.FIRST_SEEN
    return same_kind and abs(found.published - before.published) > SAME


def _counted(count: int, what: str) -> str:
    return f"1 entry bears {what}" if count == 1 else f"{count} entries bear {what}"


def _named(words: Sequence[str]) -> str:
    more = f"; and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return "; ".join(words[:NAMED]) + more
