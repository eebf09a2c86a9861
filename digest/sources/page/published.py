"""When the items of a list were published: which date in a record is the item's, and how the page writes days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from digest.domain.model import DateFrom
from digest.sources.page.dates import (
    SHORTEST_DATE,
    Day,
    Order,
    find_day,
    find_day_without_year,
    is_dated_text,
    is_only_date,
    month_first,
    stated_time,
    year_alone,
    year_in,
)
from digest.sources.page.headlines import href_of
from digest.sources.page.links import day_in
from digest.sources.page.nodes import Node, Page, bare_texts, visible_text
from digest.sources.page.records import Record
from digest.sources.page.text import has_digit

#: a text this short may be a date with words around it
SHORT = 60
#: a longer one may begin with a date: "12 March 2024 - We met ..."
LONG = 600
#: characters from its beginning in which a longer text's date must start
EARLY = 30
#: what stands above a part of a list without being a heading
_LIKE_HEADINGS = frozenset({"summary", "caption", "th", "dt", "legend"})
_DATE_WORDS = frozenset({"date", "time", "posted", "published", "created", "submitted", "meta", "when"})
_LATER_WORDS = frozenset({"updated", "modified"})
_DATED_ATTRIBUTES = ("datetime", "content", "data-date", "data-datetime", "data-published")


@dataclass(frozen=True, slots=True)
class Published:
    """When an item was published, and how we know."""

    date: datetime | None
    date_from: DateFrom


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says beside its title of when it was published: to machines, and in words."""

    stated: datetime | None
    written: Day | None


def said_of(records: Sequence[Record], page: Page) -> list[Said]:
    """What each of some records says of when it was published."""
    return [Said(_stated(record, page), _written(record, page)) for record in records]


def are_dated(said: Sequence[Said]) -> bool:
    """Whether most of some records tell their day, in words or marked, somewhere beside their titles."""
    return sum(one.stated is not None or one.written is not None for one in said) * 2 > len(said)


def published_of(
    records: Sequence[Record], addresses: Sequence[str], said: Sequence[Said], in_titles: Sequence[str], page: Page
) -> list[Published]:
    """For each record of a list its date. They are read together: the list's order tells 3/4 from 4/3.

    A date that stands in the title's own line counts where the record has no other.
    """
    written = [one.written or _day_in(in_title, page) for one, in_title in zip(said, in_titles, strict=True)]
    years = _years(records, page) if any(day is not None and day.year is None for day in written) else []
    swap = month_first([day for day in written if day is not None and day.year is not None], page.languages)
    return [
        _sure(_decide(one.stated, _in_full(day, record, address, years, swap=swap), address), day)
        for record, address, one, day in zip(records, addresses, said, written, strict=True)
    ]


def _in_full(
    day: Day | None, record: Record, address: str, years: Sequence[tuple[int, int]], *, swap: bool
) -> Day | None:
    """A written day as it is meant: day and month in their places, and with a year; None where none is known."""
    if day is None or day.year is None:
        return _with_year(day, record, address, years) if day is not None else None
    return day.swapped() if swap and day.order is Order.EITHER else day


def _decide(stated: datetime | None, written: Day | None, address: str) -> Published:
    """A stated time wins, unless the words beside it name another day: readers see the words."""
    midnight = written.at_midnight() if written else None
    if stated is not None and (midnight is None or abs((stated - midnight).days) > 1):
        return Published(stated, DateFrom.STATED)
    if stated is not None and midnight is not None:
        same = stated.date() == midnight.date()
        return Published(stated if same else midnight, DateFrom.STATED)
    if midnight is None and (numbers := day_in(address)):
        # an address may bear the day on which somebody began to write
        return Published(Day(*numbers).at_midnight(), DateFrom.GUESSED)
    return Published(midnight, DateFrom.PAGE)


def _sure(published: Published, written: Day | None) -> Published:
    """The date as what it is: a guess, where its year had to be taken from elsewhere."""
    without_year = written is not None and written.year is None
    if published.date is not None and published.date_from == DateFrom.PAGE and without_year:
        return Published(published.date, DateFrom.GUESSED)
    return published


def _stated(record: Record, page: Page) -> datetime | None:
    """The first machine-readable time of a record that is not a time of change."""
    later = None
    for node in record.nodes(page):
        moment = next((found for name in _dated_attributes(node) if (found := stated_time(node.get(name)))), None)
        if moment is None:
            continue
        if not (node.words & _LATER_WORDS - {"published"}) or "published" in node.words:
            return moment
        later = later or moment
    return later.astimezone(UTC) if later else None


def _dated_attributes(node: Node) -> tuple[str, ...]:
    """The attributes in which an element may state a time of publishing; none where it speaks of something else."""
    property_ = node.get("itemprop").lower()
    if node.tag == "abbr" and node.words & _DATE_WORDS:
        return ("title",)
    if "modified" in property_ or not (node.tag == "time" or "date" in property_ or node.get("data-date")):
        return ()
    return _DATED_ATTRIBUTES


def _written(record: Record, page: Page) -> Day | None:
    """The day that the record states in words, with a year if any of its texts has one."""
    candidates = list(_date_texts(record, page))
    for text in candidates:
        found = find_day(text, page.languages)
        if found is not None and (len(text) <= SHORT or found[1] <= EARLY):
            return found[0]
    short = (text for text in candidates if len(text) <= EARLY)
    return next((day for text in short if (day := find_day_without_year(text, page.languages))), None)


def _day_in(text: str, page: Page) -> Day | None:
    found = find_day(text, page.languages)
    return found[0] if found is not None else find_day_without_year(text, page.languages)


def _date_texts(record: Record, page: Page) -> Iterator[str]:
    """Texts that may hold the record's date, likeliest first: marked, short, beginnings of long ones."""
    marked: list[str] = []
    short: list[str] = []
    long: list[str] = []
    for node in record.nodes(page):
        text = _beside_headline(node, record.headline.node, page)
        if not has_digit(text):
            continue
        if (node.words & _DATE_WORDS or node.tag == "time") and len(text) <= 2 * SHORT:
            marked.append(text)
        (short if len(text) <= SHORT else long).append(text)
        if len(text) <= EARLY and len(node.children) > 1:
            short.append(node.pieces)
    short.extend(part.strip() for part in record.parts if isinstance(part, str) and has_digit(part))
    short.extend(
        text
        for node in record.nodes(page)
        if not record.headline.node.holds(node)
        for text in bare_texts(node)
        if is_dated_text(text, page.languages)
    )
    return chain(marked, short, long)


def _beside_headline(node: Node, headline: Node, page: Page) -> str:
    """An element's text without the headline; empty where it is no date of the item."""
    if not SHORTEST_DATE < node.size <= LONG or (node.words & _LATER_WORDS and "published" not in node.words):
        return ""
    if not node.holds(headline):
        return node.text if not headline.holds(node) or is_only_date(node.text, page.languages) else ""
    if node is headline or node.size > headline.size + SHORT:
        return ""
    return visible_text((node,), frozenset({headline}))


def _with_year(day: Day, record: Record, address: str, years: Sequence[tuple[int, int]]) -> Day | None:
    """A day without a year, with the year of its address or of what it stands under; None without either."""
    numbers = day_in(address)
    if numbers is not None and (numbers[1], numbers[2]) == (day.month, day.day):
        return Day(numbers[0], day.month, day.day)
    year = next((year for place, year in reversed(years) if place < record.first), None)
    return Day(year, day.month, day.day) if year else None


def _years(records: Sequence[Record], page: Page) -> list[tuple[int, int]]:
    """The places and years of what parts a list into years: a text that is a year, or a heading with one in it."""
    taken = {place for record in records for place in range(record.first, record.last + 1)}
    found: list[tuple[int, int]] = []
    for node in page.nodes:
        if node.order in taken or not 0 < node.size <= SHORT or not has_digit(node.text):
            continue
        heads = bool(node.rank) or node.tag in _LIKE_HEADINGS
        links = [near for near in (*(() if heads else page.inside(node)), *node.ancestors()) if near.tag == "a"]
        if any(href_of(link, page) for link in links):
            continue
        year = year_alone(node.text, page.languages) or (year_in(node.text) if heads else None)
        if year is not None:
            found.append((node.order, year))
    return found
