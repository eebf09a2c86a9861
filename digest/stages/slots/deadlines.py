"""Deadlines: when the draft of an edition is made, by when it is to be approved, and when people are reminded of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest.domain.model import Schedule
from digest.stages.slots.dates import in_utc, is_working
from digest.stages.slots.tongue import Reader, Unread

#: what is said where words cannot be read
EXAMPLES = "Write it like “the evening before at 18:00”, “the working day before at 16:00” or “2 hours before”."
_EVENING = time(18)
#: nothing is done more than so many days before its slot, nor so many minutes
MOST_DAYS = 14
_MOST = MOST_DAYS * 24 * 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How long before a slot: a length of time, or a time of day so many days before."""

    span: timedelta | None = None
    days: int = 0
    #: only working days count
    working: bool = False
    #: local time of that day; None where none was said
    at: time | None = None


def draft_at(schedule: Schedule, slot: datetime) -> datetime:
    """Return when insights are collected and the draft of a slot is made: what comes later does not enter by itself."""
    if schedule.draft:
        return _before(schedule, read(schedule.draft), slot)
    return slot - timedelta(hours=schedule.draft_hours_before)


def due_by(schedule: Schedule, slot: datetime) -> datetime:
    """Return by when the edition of a slot is to be approved: the slot itself where nothing else is said."""
    return _before(schedule, read(schedule.approve_by), slot) if schedule.approve_by else slot


def reminders(schedule: Schedule, slot: datetime) -> list[datetime]:
    """Return when whoever is to approve the edition of a slot is reminded; never where there is no deadline."""
    if not schedule.approve_by:
        return []
    deadline, made = due_by(schedule, slot), draft_at(schedule, slot)
    moments = {deadline - timedelta(hours=hours) for hours in schedule.remind_hours_before}
    # who has just been told that it is there need not be reminded
    return sorted(moment for moment in moments if made < moment < deadline)


@lru_cache(maxsize=256)
def read(words: str) -> Lead:
    """Read how long before a slot something is. Raises Unread."""
    reader = Reader(words, EXAMPLES)
    at = _time(reader)
    lead = _days(reader) or _span(reader)
    after = _time(reader)
    if lead is None or not reader.is_over or (at and after):
        raise reader.stumble("When")
    named = at or after
    if lead.span is not None:
        if named is not None:
            raise Unread("This names a length of time and a time of day.", EXAMPLES)
        return lead
    if named is None and lead.at is None:
        raise Unread("No time of day is named.", EXAMPLES)
    return replace(lead, at=named or lead.at)


def _time(reader: Reader) -> time | None:
    announced = bool(reader.take("at"))
    found = reader.time(alone=announced)
    if announced and found is None:
        raise reader.stumble("A time of day")
    return found


def _days(reader: Reader) -> Lead | None:
    """Read so many days before; the evening has a time of its own."""
    reader.take("on the", "the", "on")
    if reader.take("evening before"):
        return Lead(days=1, at=_EVENING)
    if reader.take("same day", "that day", "day itself"):
        return Lead(days=0)
    if reader.take("working day before", "weekday before"):
        return Lead(days=1, working=True)
    if reader.take("day before"):
        return Lead(days=1)
    return None


def _span(reader: Reader) -> Lead | None:
    number = reader.number()
    if number is None:
        return None
    if number > _MOST:
        raise Unread(f"{number} is too many.", EXAMPLES)
    if reader.take("hours before", "hour before", "h before"):
        return _short(timedelta(hours=number))
    if reader.take("minutes before", "minute before", "min before"):
        return _short(timedelta(minutes=number))
    if reader.take("working days before", "working day before"):
        return _near(Lead(days=number, working=True))
    if reader.take("days before", "day before"):
        return _near(Lead(days=number))
    raise reader.stumble("“hours before” or “days before”")


def _short(span: timedelta) -> Lead:
    if span > timedelta(days=MOST_DAYS):
        raise Unread(f"This is more than {MOST_DAYS} days before.", EXAMPLES)
    return Lead(span=span)


def _near(lead: Lead) -> Lead:
    if not 1 <= lead.days <= MOST_DAYS:
        raise Unread(f"This is not 1 to {MOST_DAYS} days before.", EXAMPLES)
    return lead


def _before(schedule: Schedule, lead: Lead, slot: datetime) -> datetime:
    if lead.span is not None or lead.at is None:
        return slot - (lead.span or timedelta())
    day = slot.astimezone(ZoneInfo(schedule.timezone)).date()
    for _ in range(lead.days):
        day = _day_before(schedule, day, working=lead.working)
    return in_utc(schedule.timezone, datetime.combine(day, lead.at))


def _day_before(schedule: Schedule, day: date, *, working: bool) -> date:
    day -= _DAY
    while working and not is_working(schedule, day):
        day -= _DAY
    return day
