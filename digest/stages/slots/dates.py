"""Dates: the slots of a schedule in their order, and the dates that are left out of it, each with why.

A slot is a local time turned into UTC once. On the day the clocks go forward a time that does not
exist is taken with the offset from before the change, so it comes an hour later by the wall clock;
on the day they go back a time that comes twice is taken the first time (PEP 495, fold=0). Either
way there is one slot on that day.

Whether a date counts is decided by the days around it alone, so it does not matter from where on one looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.domain.model import Newsletter, Schedule, Span
from digest.stages.slots.holidays import holiday, spoken_of
from digest.stages.slots.rules import OnHoliday, Rule, is_cron, rule_of, said, to_readers
from digest.stages.slots.tongue import WEEKDAYS

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_DAY = timedelta(days=1)
#: it is looked so far ahead: 29 February may be eight years away
_HORIZON = timedelta(days=9 * 366)
#: a date moves at most so far
_FARTHEST = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """A date of a schedule."""

    slot: datetime
    #: the bank holiday that it was moved from, and that day's name
    moved_from: date | None = None
    moved_for: str = ""
    #: why nothing goes out then; empty where something does
    left_out: str = ""


def after(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return the first slot later than `moment` (both in UTC); None where there is none, as after the last term."""
    return next((one.slot for one in dates(schedule, moment) if not one.left_out and one.slot > moment), None)


def between(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Return the slots later than `start` and not later than `end`, in order (all in UTC)."""
    return [one.slot for one in dates(schedule, start, end) if not one.left_out and start < one.slot <= end]


def dates(schedule: Schedule, start: datetime, end: datetime | None = None) -> Iterator[Date]:
    """Yield the dates later than `start` in their order, also those that are left out.

    end: no later ones; without it they end where no more are known.
    """
    rule = rule_of(schedule)
    zone = ZoneInfo(schedule.timezone)
    # a day early and a day late: the local date may be another than the UTC one
    day = start.astimezone(zone).date() - _DAY
    last_day = min((end or start + _HORIZON).astimezone(zone).date() + _DAY, _last_day(schedule, rule, date.max))
    last = start
    while day <= last_day:
        # where a local day is left out altogether, two days may mean the same instant
        for one in sorted(_of_day(schedule, rule, day), key=lambda one: (one.slot, one.left_out)):
            if one.slot > last and (end is None or one.slot <= end):
                yield one
                last = last if one.left_out else one.slot
        day += _DAY


def named(schedule: Schedule, words: str) -> datetime | None:
    """Return the moment, in UTC, of a local time that somebody wrote: “2026-12-03 10:00”; None where it is none."""
    if not _MOMENT.fullmatch(words.strip()):
        return None
    try:
        return in_utc(schedule.timezone, datetime.fromisoformat(words.strip()))
    except (ValueError, OverflowError):
        return None


def edition_id(newsletter: Newsletter, slot: datetime) -> str:
    """Return the id of a slot's edition: newsletter, local date and local time."""
    local = slot.astimezone(ZoneInfo(newsletter.schedule.timezone))
    return f"{newsletter.id}-{local:%Y-%m-%d-%H%M}"


def sentence(schedule: Schedule) -> str:
    """Return what a schedule means, in words. Raises Unread."""
    closed = " On days when you are closed nothing goes out." if schedule.calendar.closed else ""
    return said(rule_of(schedule), schedule.timezone, spoken_of(schedule) or "none is known") + closed


def for_readers(schedule: Schedule) -> str:
    """Return when a newsletter comes, as readers are told: “Tuesdays at 08:00”."""
    if schedule.when.strip() and not is_cron(schedule.when):
        return to_readers(rule_of(schedule))
    if schedule.when.strip():
        return ""
    return f"{'s and '.join(day.capitalize() for day in schedule.days)}s at {schedule.at}"


def in_utc(zone: str, local: datetime) -> datetime:
    """Return the instant of a time on the wall."""
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def within(spans: tuple[Span, ...], day: date) -> Span | None:
    """Return the first of these that a day is in."""
    return next((span for span in spans if span.begins <= day <= span.ends), None)


def is_working(schedule: Schedule, day: date) -> bool:
    """Tell whether people are at work: Monday to Friday, no bank holiday, and not closed."""
    return day.weekday() in WEEKDAYS and not holiday(schedule, day) and within(schedule.calendar.closed, day) is None


def _of_day(schedule: Schedule, rule: Rule, day: date) -> Iterator[Date]:
    for at in rule.times if _counts(rule, day) else ():
        yield Date(slot=_slot(schedule, day, at), left_out=_left_out(schedule, rule, day))
    if rule.on_holiday == OnHoliday.MOVED and is_working(schedule, day) and _is_in_term(schedule, rule, day):
        for earlier in _moved_to(schedule, rule, day):
            for at in rule.times:
                name = holiday(schedule, earlier)
                yield Date(slot=_slot(schedule, day, at), moved_from=earlier, moved_for=name)


def _moved_to(schedule: Schedule, rule: Rule, day: date) -> Iterator[date]:
    """Yield the bank holidays whose next working day is this."""
    earlier = day - _DAY
    while not is_working(schedule, earlier) and day - earlier <= _FARTHEST:
        if _counts(rule, earlier) and holiday(schedule, earlier) and not _stays_out(schedule, rule, earlier):
            yield earlier
        earlier -= _DAY


def _counts(rule: Rule, day: date) -> bool:
    return rule.pattern.holds(day) and (rule.first is None or day >= rule.first)


def _is_in_term(schedule: Schedule, rule: Rule, day: date) -> bool:
    return not rule.in_terms or within(schedule.calendar.terms, day) is not None


def _stays_out(schedule: Schedule, rule: Rule, day: date) -> str:
    """Return why a date is left out for good, and not only moved."""
    closed = within(schedule.calendar.closed, day)
    if closed is not None:
        return f"closed: {closed.name}"
    return "" if _is_in_term(schedule, rule, day) else "not in term time"


def _left_out(schedule: Schedule, rule: Rule, day: date) -> str:
    why = _stays_out(schedule, rule, day)
    if why or rule.on_holiday == OnHoliday.KEPT:
        return why
    name = holiday(schedule, day)
    if not name or rule.on_holiday == OnHoliday.LEFT_OUT:
        return name
    instead = _next_working(schedule, day)
    if instead is None or not _is_in_term(schedule, rule, instead):
        return f"{name}, and the next working day is not in term time"
    return f"{name}: it comes on {instead:%A} {instead.day} {instead:%B} instead"


def _next_working(schedule: Schedule, day: date) -> date | None:
    further = (day + step * _DAY for step in range(1, _FARTHEST.days + 1))
    return next((one for one in further if is_working(schedule, one)), None)


def _last_day(schedule: Schedule, rule: Rule, otherwise: date) -> date:
    if not rule.in_terms:
        return otherwise
    return max((term.ends for term in schedule.calendar.terms), default=date.min)


def _slot(schedule: Schedule, day: date, at: time) -> datetime:
    return in_utc(schedule.timezone, datetime.combine(day, at))
