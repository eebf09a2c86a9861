"""Windows: when mail may leave. Outside of its window nothing begins; what is under way waits for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.domain.model import Schedule
from digest.stages.slots.dates import in_utc
from digest.stages.slots.holidays import holiday
from digest.stages.slots.tongue import DAYS, Reader, Unread, named

#: what is said where words cannot be read
EXAMPLES = "Write it like “between 07:00 and 19:00, not on Sundays”."
_HOLIDAYS = ("bank holidays", "bank holiday", "public holidays")
_EVERY_DAY = frozenset(range(len(DAYS)))
_DAY = timedelta(days=1)
#: it opens within so many days, or never
_FARTHEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Times of day, and the days that have them."""

    begins: time = time(0)
    #: None: the end of the day
    ends: time | None = None
    days: frozenset[int] = _EVERY_DAY
    not_on_holidays: bool = False


def opens(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when mail may leave from a moment on: that moment, or the next time the window opens; None: never."""
    if not schedule.window:
        return moment
    window = read(schedule.window)
    day = moment.astimezone(ZoneInfo(schedule.timezone)).date()
    for _ in range(_FARTHEST):
        if _is_open(schedule, window, day):
            begins, ends = _span(schedule, window, day)
            if moment < ends:
                return max(moment, begins)
        day += _DAY
    return None


def closes(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when the window closes that is open at a moment; None where there is none, and mail may always leave.

    Where it is closed, that moment.
    """
    if not schedule.window:
        return None
    end = moment
    # without times of day one day's window goes on in the next one's
    for _ in range(_FARTHEST):
        day = end.astimezone(ZoneInfo(schedule.timezone)).date()
        window = read(schedule.window)
        begins, ends = _span(schedule, window, day)
        if not _is_open(schedule, window, day) or not begins <= end < ends:
            return end
        end = ends
    return None


def leaves_at(schedule: Schedule, slot: datetime) -> datetime:
    """Return when the edition of a slot leaves: at its slot, or when the window opens after it."""
    return opens(schedule, slot) or slot


def window_sentence(schedule: Schedule) -> str:
    """Return when mail may leave, in words; empty where it always may. Raises Unread."""
    if not schedule.window:
        return ""
    window = read(schedule.window)
    days = "every day" if window.days == _EVERY_DAY else f"on {named(window.days)}"
    but = ", but not on bank holidays" if window.not_on_holidays else ""
    ends = f"{window.ends:%H:%M}" if window.ends else "24:00"
    return f"Mail leaves between {window.begins:%H:%M} and {ends}, {days}{but}; outside of that it waits."


def is_ever_open(schedule: Schedule, moment: datetime) -> bool:
    """Tell whether mail may leave at a moment or later on the same day."""
    window = read(schedule.window)
    day = moment.astimezone(ZoneInfo(schedule.timezone)).date()
    return _is_open(schedule, window, day) and moment < _span(schedule, window, day)[1]


@lru_cache(maxsize=256)
def read(words: str) -> Window:
    """Read when mail may leave. Raises Unread."""
    reader = Reader(words, EXAMPLES)
    times: tuple[time, time] | None = None
    days, closed, not_on_holidays = frozenset[int](), frozenset[int](), False
    while not reader.is_over:
        if reader.take(*(f"{no} {day}" for no in ("not on", "never on", "except on", "except") for day in _HOLIDAYS)):
            not_on_holidays = True
        elif reader.take("not on", "not at", "never on", "never at", "except on", "except", "and not on"):
            closed |= reader.days() or _none(reader)
        elif reader.take("on"):
            days |= reader.days() or _none(reader)
        elif times is None:
            reader.take("between", "from")
            times = _times(reader)
        else:
            raise reader.stumble()
    open_on = (days or _EVERY_DAY) - closed
    if not open_on:
        raise Unread("This window opens on no day.", EXAMPLES)
    begins, ends = times or (time(0), time(0))
    return Window(begins=begins, ends=ends if ends != time(0) else None, days=open_on, not_on_holidays=not_on_holidays)


def _times(reader: Reader) -> tuple[time, time]:
    begins = reader.time(alone=True)
    if begins is None or not reader.take("and", "to", "until", "till", "-", "–"):
        raise reader.stumble("A time of day")
    ends = reader.time(alone=True)
    if ends is None:
        raise reader.stumble("A time of day")
    if ends <= begins and ends != time(0):
        raise Unread(
            f"This window ends at {ends:%H:%M}, and begins at {begins:%H:%M} only.",
            "Write the earlier time first: a window lies within one day.",
        )
    return begins, ends


def _none(reader: Reader) -> frozenset[int]:
    raise reader.stumble("A day")


def _is_open(schedule: Schedule, window: Window, day: date) -> bool:
    return day.weekday() in window.days and not (window.not_on_holidays and holiday(schedule, day))


def _span(schedule: Schedule, window: Window, day: date) -> tuple[datetime, datetime]:
    last = datetime.combine(day, window.ends) if window.ends else datetime.combine(day + _DAY, time(0))
    return in_utc(schedule.timezone, datetime.combine(day, window.begins)), in_utc(schedule.timezone, last)
