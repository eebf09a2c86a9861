"""Tongue: how words about days and times are read, one after the other; what cannot be read is named with its word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, time

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = frozenset(range(5))
WEEKEND = frozenset((5, 6))
#: of what is counted from the end
LAST = -1
#: longer words are nobody's schedule
_LONGEST = 300
#: years of dates that somebody can mean
YEARS = range(1970, 2101)

_SHORT = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_DAYS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(DAYS)},
    **{f"{name}s": number for number, name in enumerate(DAYS)},
    **{name[:3]: number for number, name in enumerate(DAYS)},
    **_SHORT,
}
_MONTHS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(MONTHS, start=1)},
    **{name[:3]: number for number, name in enumerate(MONTHS, start=1)},
    "sept": 9,
}
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS: Mapping[str, int] = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
_TIMES: Mapping[str, time] = {"noon": time(12), "midday": time(12), "midnight": time(0)}
#: a date; a time, also with am or pm; a place in a row, such as 15th; a number; a word
_TOKEN = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b\.?|\d{1,2}[:.]\d\d|\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_][\w’'-]*|[^\s,;.]"
)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s?(?:([ap])\.?m\.?)?")
#: what says nothing: a comma parts as much as it does
_EMPTY = re.compile(r"[,;]")
#: words that are understood beside the names of days and months
VOCABULARY = (
    *("every", "each", "other", "weekdays", "weekday", "weekends", "daily", "weekly", "fortnightly", "monthly"),
    *("week", "weeks", "fortnight", "month", "months", "term", "time", "bank", "holidays", "working", "day", "days"),
    *("before", "evening", "between", "from", "until", *_ORDINALS),
)


class Unread(Exception):
    """Words that cannot be read."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class Reader:
    """Words that are read from the left, and what of them is left."""

    def __init__(self, text: str, examples: str) -> None:
        """examples: what is said of how it is written, where it cannot be read. Raises Unread for words without end."""
        if len(text) > _LONGEST:
            raise Unread(f"This has more than {_LONGEST} characters.", examples)
        self.examples = examples
        self._tokens: list[str] = [token.lower() for token in _TOKEN.findall(_EMPTY.sub(" ", text))]
        self._at = 0

    @property
    def is_over(self) -> bool:
        """Nothing is left."""
        return self._at >= len(self._tokens)

    @property
    def word(self) -> str:
        """The word that comes next; empty where none does."""
        return "" if self.is_over else self._tokens[self._at]

    def take(self, *phrases: str) -> str:
        """Read one of these phrases, where the next words are one, the longest first; return it, else nothing."""
        for phrase in sorted(phrases, key=len, reverse=True):
            words = phrase.split()
            if self._tokens[self._at : self._at + len(words)] == words:
                self._at += len(words)
                return phrase
        return ""

    def stumble(self, wanted: str = "") -> Unread:
        """Return what is wrong with the next word; wanted: what should stand there."""
        if self.is_over:
            return Unread(f"{wanted or 'Something'} is missing at the end.", self.examples)
        near = difflib.get_close_matches(self.word, [*DAYS, *MONTHS, *VOCABULARY], n=1, cutoff=0.75)
        mend = f"Did you mean “{near[0]}”? " if near and near[0] != self.word else ""
        return Unread(f"“{self.word}” cannot be read here.", f"{mend}{self.examples}")

    def time(self, *, alone: bool = False) -> time | None:
        """Read a time of day; alone: a mere number is one, since “at” stood before it."""
        if self.word in _TIMES:
            return _TIMES[self._next()]
        found = _CLOCK.fullmatch(self.word)
        if found is None or not (alone or found[2] or found[3]):
            return None
        made = _time(int(found[1]), int(found[2] or 0), found[3] or "")
        if made is None:
            raise Unread(f"“{self.word}” is no time of day.", "Write it like 08:00 or 7.30 pm.")
        self._next()
        self.take("o'clock", "o’clock")
        return made

    def day(self) -> int | None:
        """Read the name of a day of the week; Monday is 0."""
        return _DAYS[self._next()] if self.word in _DAYS else None

    def days(self) -> frozenset[int]:
        """Read days: names with “and” between them, from one to another, weekdays, weekends; none where none stand."""
        if self.take("weekdays", "weekday"):
            return WEEKDAYS
        if self.take("weekends", "weekend", "the weekend"):
            return WEEKEND
        found: set[int] = set()
        one = self.day()
        while one is not None:
            found.add(one)
            if self.take("to", "until", "-", "–"):
                last = self.day()
                if last is None:
                    raise self.stumble("A day")
                found |= {(one + step) % 7 for step in range((last - one) % 7 + 1)}
            is_more = self.take("and on", "and", "or", "on")
            one = self.day()
            if one is None and is_more:
                raise self.stumble("A day")
        return frozenset(found)

    def ordinal(self) -> int | None:
        """Read a place in a row: “first”, “last”, “15th”."""
        if self.word in _ORDINALS:
            return _ORDINALS[self._next()]
        found = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", self.word)
        if found is None:
            return None
        self._next()
        return int(found[1])

    def number(self) -> int | None:
        """Read a number, in digits or as a word."""
        if self.word in _COUNTS:
            return _COUNTS.index(self._next()) + 1
        return int(self._next()) if self.word.isdecimal() else None

    def months(self) -> frozenset[int]:
        """Read names of months with “and” between them; none where none stand."""
        found = set()
        while self.word in _MONTHS:
            found.add(_MONTHS[self._next()])
            if self.take("and") and self.word not in _MONTHS:
                raise self.stumble("A month")
        return frozenset(found)

    def date(self) -> date:
        """Read a date: 2027-01-05, 5 January 2027. Raises Unread."""
        start = self._at
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", self.word):
                found = date.fromisoformat(self.word)
                if found.year in YEARS:
                    self._next()
                    return found
            day = self.ordinal() or self.number()
            self.take("of")
            month = _MONTHS.get(self.word)
            if day is not None and month is not None:
                self._next()
                year = self.number()
                if year is not None and year in YEARS:
                    return date(year, month, day)
        except (ValueError, OverflowError):
            # also what no date can hold
            pass
        said = " ".join(self._tokens[start : start + 3])
        raise Unread(
            f"“{said}” is no date." if said else "A date is missing at the end.", "Write it like 5 January 2027."
        )

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]


def listed(things: Iterable[str]) -> str:
    """Write several things: a, b and c."""
    known = list(things)
    return f"{', '.join(known[:-1])} and {known[-1]}" if len(known) > 1 else "".join(known)


def named(days: Iterable[int]) -> str:
    """Write days of the week: Tuesday and Thursday."""
    return listed(DAYS[day].capitalize() for day in sorted(days))


def nth(number: int) -> str:
    """Write a place in a row: 1st, 22nd, 15th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def spoken(day: date) -> str:
    """Write a date: 5 January 2027."""
    return f"{day.day} {day:%B} {day.year}"


def _time(hour: int, minute: int, half: str) -> time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
