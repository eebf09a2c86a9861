"""Rules: what a schedule says, read from its words, from cron, or from its list of days.

::

    “first Monday of the month at 08:00, in term time, not on bank holidays”
     └──────── pattern ───────┘ └time──┘ └─ in terms ┘ └── on holidays ───┘
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from functools import lru_cache

from digest.domain.model import Schedule
from digest.stages.slots.patterns import DayOfMonth, Pattern, WeekdayOfMonth, Weekly, cron
from digest.stages.slots.tongue import DAYS, LAST, Reader, Unread, listed, spoken

#: what is said where words cannot be read
EXAMPLES = (
    "Write it like “every Tuesday at 08:00”, “first Monday of the month at 9:30” or “weekdays at 7:30, in term time, "
    "not on bank holidays”."
)
_CRON = re.compile(r"[\d*][\d*/,-]*(\s+\S+){4}")


class OnHoliday(StrEnum):
    """What becomes of a date that is a bank holiday."""

    #: it is a day like any other
    KEPT = "kept"
    #: it comes on the next working day
    MOVED = "moved"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a schedule says."""

    pattern: Pattern
    #: local times of each day
    times: tuple[time, ...]
    in_terms: bool = False
    on_holiday: OnHoliday = OnHoliday.KEPT
    #: nothing is due before it
    first: date | None = None


def rule_of(schedule: Schedule) -> Rule:
    """Return what a schedule says. Raises Unread; ValueError where its plain time is none (config/ looks at that)."""
    at = time.fromisoformat(schedule.at)
    if not schedule.when.strip():
        return Rule(pattern=Weekly(days=frozenset(DAYS.index(day) for day in schedule.days)), times=(at,))
    rule = read(schedule.when)
    return rule if rule.times else replace(rule, times=(at,))


def is_cron(words: str) -> bool:
    """Tell whether words are a line of cron."""
    return _CRON.fullmatch(words.strip()) is not None


@lru_cache(maxsize=256)
def read(words: str) -> Rule:
    """Read when something is due; without a time of day where none is named. Raises Unread."""
    text = words.strip()
    reader = Reader(text, EXAMPLES)
    if is_cron(text):
        made = cron(" ".join(text.lower().split()))
        return Rule(pattern=made, times=made.times)
    rule = _Reading(reader)
    while not reader.is_over:
        rule.go_on()
    return rule.whole()


class _Reading:
    """A rule as far as it was read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pattern: Pattern | None = None
        self._time: time | None = None
        self._first: date | None = None
        self._in_terms = False
        self._on_holiday = OnHoliday.KEPT

    def go_on(self) -> None:
        """Read the next part. Raises Unread."""
        reader = self._reader
        if reader.take("in term time", "in term-time", "in termtime", "in term", "during term time", "during term"):
            reader.take("only")
            self._in_terms = True
        elif reader.take(*_NOT_ON):
            self._on_holiday = _instead(reader)
        elif reader.take(*_NEVER_ON):
            self._on_holiday = OnHoliday.LEFT_OUT
        elif reader.take("from", "starting on", "starting", "beginning on", "beginning"):
            self._first = reader.date()
        elif not self._read_time() and not self._read_days():
            raise reader.stumble()

    def whole(self) -> Rule:
        """Return the rule. Raises Unread where it names no day."""
        pattern = self._pattern
        if pattern is None:
            raise Unread("No day is named.", EXAMPLES)
        if isinstance(pattern, Weekly) and self._first is not None:
            pattern = replace(pattern, first=self._first)
        return Rule(
            pattern=pattern,
            times=(self._time,) if self._time else (),
            in_terms=self._in_terms,
            on_holiday=self._on_holiday,
            first=self._first,
        )

    def _read_time(self) -> bool:
        is_announced = bool(self._reader.take("at", "@"))
        found = self._reader.time(alone=is_announced)
        if found is None:
            if is_announced:
                raise self._reader.stumble("A time of day")
            return False
        if self._time is not None:
            raise Unread("Two times of day are named.", "Name one; a newsletter of its own can have the other.")
        self._time = found
        return True

    def _read_days(self) -> bool:
        if self._pattern is not None:
            return False
        self._pattern = _pattern(self._reader)
        return self._pattern is not None


_HOLIDAYS = ("bank holidays", "bank holiday", "public holidays", "holidays")
_NOT_ON = tuple(f"{no} {day}" for no in ("not on", "except on", "except") for day in _HOLIDAYS)
_NEVER_ON = tuple(
    f"{no} {day}"
    for no in ("never on", "none on", "leave out", "leaving out", "left out on", "skip")
    for day in _HOLIDAYS
)


def _instead(reader: Reader) -> OnHoliday:
    """Read what becomes of a date that is a bank holiday: it moves, unless it is said to be left out."""
    reader.take("but")
    if reader.take("left out", "leave it out", "none then"):
        return OnHoliday.LEFT_OUT
    reader.take("on the next working day", "the next working day", "next working day", "on the next", "the next")
    return OnHoliday.MOVED


def _pattern(reader: Reader) -> Pattern | None:
    """Read on which days; None where no such words stand."""
    reader.take("on the", "on", "the")
    if reader.take("every day", "each day", "daily"):
        return Weekly(days=frozenset(range(7)))
    if reader.take("monthly", "every month", "each month"):
        reader.take("on the", "on", "the")
        return _of_month(reader) or _missing(reader, "A day of the month")
    if reader.take("fortnightly", "every fortnight", "each fortnight", "every other week", "every second week"):
        return _weekly(reader, 2)
    if reader.take("weekly", "every week", "each week"):
        return _weekly(reader, 1)
    if reader.take("every", "each"):
        return _every(reader)
    days = reader.days()
    return Weekly(days=days) if days else _of_month(reader)


def _every(reader: Reader) -> Pattern:
    """Read what follows “every”: days, a number of weeks, or a place in the month."""
    number = reader.number()
    if number is not None:
        if not reader.take("weeks", "week"):
            raise reader.stumble("“weeks”")
        return _weekly(reader, number)
    place = 2 if reader.take("other") else reader.ordinal()
    if place is None:
        days = reader.days()
        return Weekly(days=days) if days else _missing(reader, "A day")
    if reader.take("week"):
        return _weekly(reader, place)
    if reader.word in ("day", "and") or place in (1, LAST) or place > 5:
        return _placed(reader, place) or _missing(reader, "A day of the month")
    days = reader.days() or _none(reader)
    months = _months(reader)
    # “every second Tuesday” counts weeks, “every second Tuesday of the month” does not
    return (
        Weekly(days=days, every=place) if months is None else WeekdayOfMonth(places=(place,), days=days, months=months)
    )


def _weekly(reader: Reader, every: int) -> Weekly:
    if not 1 <= every <= 52:
        raise Unread(f"Every {every} weeks cannot be counted.", "Write a number from 1 to 52.")
    reader.take("on")
    return Weekly(days=reader.days() or _none(reader), every=every)


def _of_month(reader: Reader) -> Pattern | None:
    place = reader.ordinal()
    return None if place is None else _placed(reader, place)


def _placed(reader: Reader, place: int) -> Pattern | None:
    """Read what follows a first place in the month: further ones, and days they are of, or not."""
    places = [place]
    while reader.take("and the", "and on the", "and"):
        further = reader.ordinal()
        if further is None:
            raise reader.stumble("Another place in the month")
        places.append(further)
    if reader.take("day"):
        return DayOfMonth(places=_within(places, 31), months=_months(reader) or frozenset())
    days = frozenset(range(5)) if reader.take("weekday", "working day") else _one(reader)
    if days is None:
        return DayOfMonth(places=_within(places, 31), months=_months(reader) or frozenset())
    return WeekdayOfMonth(places=_within(places, 5), days=days, months=_months(reader) or frozenset())


def _within(places: list[int], most: int) -> tuple[int, ...]:
    wrong = next((one for one in places if one != LAST and not 1 <= one <= most), None)
    if wrong is not None:
        raise Unread(f"No month has {wrong} of these days.", EXAMPLES)
    return tuple(dict.fromkeys(places))


def _one(reader: Reader) -> frozenset[int] | None:
    day = reader.day()
    return None if day is None else frozenset({day})


def _months(reader: Reader) -> frozenset[int] | None:
    """Read “of the month” or “of January and June”; None where nothing of a month is said."""
    if reader.take(
        "of the month", "of each month", "of every month", "in the month", "each month", "every month", "monthly"
    ):
        return frozenset()
    if reader.take("of", "in") and reader.word != "term":
        return reader.months() or _none(reader, "The name of a month")
    return None


def _none(reader: Reader, wanted: str = "A day") -> frozenset[int]:
    raise reader.stumble(wanted)


def _missing(reader: Reader, wanted: str) -> Pattern:
    raise reader.stumble(wanted)


def said(rule: Rule, zone: str, whose: str) -> str:
    """Return a rule as a sentence, so that whoever wrote it sees what was understood.

    zone: IANA name; whose: bank holidays, such as “England”.
    """
    times = listed(f"{one:%H:%M}" for one in rule.times)
    parts = [f"{rule.pattern.sentence} at {times} ({zone})"]
    if rule.first is not None:
        parts.append(f"from {spoken(rule.first)} on")
    if rule.in_terms:
        parts.append("in term time only")
    sentence = f"{', '.join(parts)}."
    if isinstance(rule.pattern, Weekly) and rule.pattern.every > 1 and rule.first is None:
        sentence += " For the other weeks add a first date, such as “from 5 January 2027”."
    if rule.on_holiday == OnHoliday.MOVED:
        return f"{sentence} On a bank holiday ({whose}) it comes on the next working day instead."
    if rule.on_holiday == OnHoliday.LEFT_OUT:
        return f"{sentence} On a bank holiday ({whose}) it is left out."
    return sentence


def to_readers(rule: Rule) -> str:
    """Return a rule as readers are told it: “On the first Monday of each month at 09:30”."""
    return f"{rule.pattern.sentence.rstrip(',')} at {listed(f'{one:%H:%M}' for one in rule.times)}"
