"""Parting: dates that titles begin or end with ("12 May 2024 | A new roof"), told from dates that titles speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.sources.page.dates import LONGEST_DATE, find_day, is_only_date
from digest.sources.page.text import has_digit

#: where this share of a list's titles hold a date in the same place, it is not of the titles
USUAL = 0.8
#: and only where what remains of them tells this share of them apart
DIFFERENT = 0.7
_AFTER_DATE = re.compile(r"\s*[|–—·•]+\s*|:\s+|\s+[-/]+\s+|(?<=[\])])\s*")
_NUMBER = re.compile(r"\d+")
_BEFORE_DATE = re.compile(r"\s*[|–—·•]+\s*|\s+[-/]+\s+|\s*(?=[(\[])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A title and the date beside it; the date is empty where none is."""

    title: str
    date: str


def without_dates(titles: Sequence[str], languages: tuple[str, ...]) -> list[Parted]:
    """The titles of a list that has no other dates, without those that nearly all of them begin or end with.

    A date in a title's own words is that of what it tells ("A fair on 12 May 2025"). Where nothing but it and numbers
    tell the titles apart, as those of minutes and numbered letters, it is the item's own, and stays in the title.
    """
    for part in (date_first, date_last):
        parted = [part(title, languages) for title in titles]
        dated = [one for one in parted if one.date]
        if titles and len(dated) >= USUAL * len(titles) and _differ(dated):
            return parted
    within = [_date_within(title, languages) for title in titles]
    named = [one for one in within if one.date]
    if len(named) >= USUAL * len(titles) and not _differ([_without_numbers(one) for one in named]):
        return within
    return [Parted(title=title, date="") for title in titles]


def _date_within(title: str, languages: tuple[str, ...]) -> Parted:
    """A title as it is, and the day that it names ("Minutes of 12 May 2024"), which no mark parts from the rest."""
    day = find_day(title, languages)
    return Parted(title=title, date=title[day[1] : day[2]] if day is not None else "")


def _without_numbers(parted: Parted) -> Parted:
    """A title without the date it names and without all numbers."""
    return Parted(title=_NUMBER.sub("", parted.title.replace(parted.date, "")), date=parted.date)


def _differ(parted: Sequence[Parted]) -> bool:
    return len({one.title for one in parted}) >= DIFFERENT * len(parted)


@lru_cache(maxsize=4096)
def date_first(title: str, languages: tuple[str, ...]) -> Parted:
    """A title that begins with a date, and the date: with a year, or parted from the rest by a stroke."""
    for date, rest in _heads(title, languages):
        if any(character.isalpha() for character in rest):
            return Parted(title=rest, date=date)
    return Parted(title=title, date="")


def _heads(title: str, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if not has_digit(title[:LONGEST_DATE]):
        return
    for found in _AFTER_DATE.finditer(title, 0, LONGEST_DATE):
        if is_only_date(title[: found.start()], languages):
            yield title[: found.start()], title[found.end() :]
    day = find_day(title, languages)
    if day is not None and day[1] == 0 and is_only_date(title[: day[2]], languages):
        yield title[: day[2]], title[day[2] :].lstrip(" .,:–—|-")


def date_last(title: str, languages: tuple[str, ...]) -> Parted:
    """A title that ends with a date with a year, parted from it by a stroke or bracket; and the date."""
    for found in _BEFORE_DATE.finditer(title, max(0, len(title) - LONGEST_DATE)):
        date = title[found.end() :]
        if found.start() and is_only_date(date, languages) and find_day(date, languages) is not None:
            return Parted(title=title[: found.start()], date=date)
    return Parted(title=title, date="")
