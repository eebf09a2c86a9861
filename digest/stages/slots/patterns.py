"""Patterns: on which days something falls, and how that is said."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

from digest.stages.slots.tongue import DAYS, LAST, MONTHS, WEEKDAYS, Unread, listed, named, nth

#: weeks are counted from this Monday where no first date is given
_FIRST_MONDAY = date(1970, 1, 5)
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
_COUNTS = {2: "second", 3: "third", 4: "fourth"}
#: editions a day
MOST_A_DAY = 24


class Pattern(Protocol):
    """Days, and how they are said."""

    def holds(self, day: date) -> bool:
        """Tell whether something falls on a day."""
        ...

    @property
    def sentence(self) -> str:
        """How it begins: “Every Tuesday”."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Days of every week, or of every so many."""

    days: frozenset[int]
    #: weeks from one to the next
    every: int = 1
    #: a day of the first of these weeks
    first: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether something falls on a day."""
        first = self.first or _FIRST_MONDAY
        weeks = (day - first + timedelta(days=first.weekday())).days // 7
        return day.weekday() in self.days and weeks % self.every == 0

    @property
    def sentence(self) -> str:
        """How it begins."""
        if self.every > 1:
            count = _COUNTS.get(self.every, nth(self.every))
            return (
                f"Every {count} week on {named(self.days)}"
                if len(self.days) > 1
                else f"Every {count} {named(self.days)}"
            )
        if self.days == WEEKDAYS:
            return "On weekdays, Monday to Friday,"
        return "Every day" if len(self.days) == len(DAYS) else f"Every {named(self.days)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayOfMonth:
    """The first Monday of a month, the last Friday."""

    #: 1 to 5, or LAST
    places: tuple[int, ...]
    #: of these days: one, or Monday to Friday
    days: frozenset[int]
    #: 1 to 12; all where there are none
    months: frozenset[int] = frozenset()

    def holds(self, day: date) -> bool:
        """Tell whether something falls on a day."""
        if day.weekday() not in self.days or (self.months and day.month not in self.months):
            return False
        length = calendar.monthrange(day.year, day.month)[1]
        mine = [one for one in range(1, length + 1) if day.replace(day=one).weekday() in self.days]
        return any(mine[place - (place > 0)] == day.day for place in self.places if place <= len(mine))

    @property
    def sentence(self) -> str:
        """How it begins."""
        days = "weekday" if self.days == WEEKDAYS else named(self.days)
        return f"On the {listed(_PLACES[one] for one in self.places)} {days} of {_of(self.months)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfMonth:
    """The 15th of a month, the last day. A month that is too short has it on its last day."""

    #: 1 to 31, or LAST
    places: tuple[int, ...]
    months: frozenset[int] = frozenset()

    def holds(self, day: date) -> bool:
        """Tell whether something falls on a day."""
        length = calendar.monthrange(day.year, day.month)[1]
        wanted = {length if place == LAST else min(place, length) for place in self.places}
        return day.day in wanted and (not self.months or day.month in self.months)

    @property
    def sentence(self) -> str:
        """How it begins."""
        said = listed("last day" if one == LAST else nth(one) for one in self.places)
        shortest = min((calendar.monthrange(2026, month)[1] for month in self.months), default=28)
        short = ", in a month that is too short on its last day," if max(self.places) > shortest else ""
        return f"On the {said} of {_of(self.months)}{short}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A line of cron: minute, hour, day of the month, month, day of the week."""

    line: str

    def holds(self, day: date) -> bool:
        """Tell whether something falls on a day."""
        return _read(self.line)[0](day)

    @property
    def times(self) -> tuple[time, ...]:
        """The times of such a day."""
        return _read(self.line)[1]

    @property
    def sentence(self) -> str:
        """How it begins."""
        return f"As cron says (“{self.line}”)"


def cron(line: str) -> Cron:
    """Read a line of cron. Raises Unread."""
    made = Cron(line=line)
    try:
        times = made.times
    except ValueError as fault:
        raise Unread(f"“{line}” is no line of cron: {str(fault).rstrip('.')}.", _CRON_MEND) from fault
    _, _, of_month, _, of_week = line.split()
    if of_month != "*" and of_week != "*":
        raise Unread(
            f"“{line}” names days of the month and of the week: programs read that in different ways.",
            "Write what you mean in words, such as “first Monday of the month at 08:00”.",
        )
    if len(times) > MOST_A_DAY:
        raise Unread(f"“{line}” is due {len(times):,} times a day.", f"Choose at most {MOST_A_DAY} times a day.")
    return made


_CRON_MEND = "Write minute, hour, day of the month, month and day of the week, such as 0 8 * * tue."
_OF_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=64)
def _read(line: str) -> tuple[Callable[[date], bool], tuple[time, ...]]:
    """Return what tells whether a day counts, and the times of such a day. Raises ValueError."""
    # it takes a thirtieth of a second to load, and most newsletters go out on days with names
    from apscheduler.triggers.cron import CronTrigger

    minute, hour, of_month, month, of_week = line.split()
    # all but the day of the week is read as cron does; times are on the wall, wherever that hangs
    trigger = CronTrigger(
        minute=minute, hour=hour, day=of_month, month=month, day_of_week=_week(of_week), timezone="UTC"
    )
    fields = {field.name: field for field in trigger.fields}

    def has(name: str, moment: datetime) -> bool:
        return bool(fields[name].get_next_value(moment) == fields[name].get_value(moment))

    def holds(day: date) -> bool:
        moment = datetime.combine(day, time())
        return all(has(name, moment) for name in ("month", "day", "day_of_week"))

    hours = [one for one in range(24) if has("hour", datetime(2026, 1, 1, hour=one))]
    minutes = [one for one in range(60) if has("minute", datetime(2026, 1, 1, minute=one))]
    return holds, tuple(time(one, other) for one in hours for other in minutes)


def _week(field: str) -> str:
    """Name the days of the week that a line of cron numbers from Sunday: APScheduler numbers them from Monday."""
    if "/" in field:
        raise ValueError("a step over days of the week is read in different ways")
    found = []
    for part in field.split(","):
        ends = [_OF_WEEK[int(one)] if one in tuple("01234567") else one for one in part.split("-")]
        # a week of cron begins with Sunday, and one of APScheduler ends with it
        found += ["sun", f"mon-{ends[1]}"] if len(ends) > 1 and ends[0] == "sun" else ["-".join(ends)]
    return ",".join(found)


def _of(months: Iterable[int]) -> str:
    known = sorted(months)
    return listed(MONTHS[one - 1].capitalize() for one in known) if known else "each month"
