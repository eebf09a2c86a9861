"""Slots: the times at which a newsletter's editions are due.

A slot is a local time turned into UTC once. On the day the clocks go forward a time that does not
exist is taken with the offset from before the change, so it comes an hour later by the wall clock;
on the day they go back a time that comes twice is taken the first time (PEP 495, fold=0). Either
way there is one slot on that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.domain.model import Newsletter, Schedule

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")


def after(schedule: Schedule, moment: datetime) -> datetime:
    """Return the first slot later than `moment` (both in UTC)."""
    return next(slot for slot in _from(schedule, moment) if slot > moment)


def before(schedule: Schedule, moment: datetime) -> datetime:
    """Return the last slot that is not later than `moment` (both in UTC)."""
    week = moment - timedelta(days=8)
    return max(slot for slot in _until(schedule, week, moment) if slot <= moment)


def between(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Return the slots later than `start` and not later than `end`, in order (all in UTC)."""
    return [slot for slot in _until(schedule, start, end) if start < slot <= end]


def named(schedule: Schedule, words: str) -> datetime | None:
    """Return the moment, in UTC, of a local time that somebody wrote: “2026-12-03 10:00”; None where it is none."""
    if not _MOMENT.fullmatch(words.strip()):
        return None
    try:
        return _in_utc(schedule, datetime.fromisoformat(words.strip()))
    except (ValueError, OverflowError):
        return None


def edition_id(newsletter: Newsletter, slot: datetime) -> str:
    """Return the id of a slot's edition: newsletter, local date and local time."""
    local = slot.astimezone(ZoneInfo(newsletter.schedule.timezone))
    return f"{newsletter.id}-{local:%Y-%m-%d-%H%M}"


def _until(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    for slot in _from(schedule, start):
        if slot > end:
            return
        yield slot


def _from(schedule: Schedule, moment: datetime) -> Iterator[datetime]:
    wanted = {DAYS.index(day) for day in schedule.days}
    # a day early: the local date may be another than the UTC one
    day = moment.astimezone(ZoneInfo(schedule.timezone)).date() - timedelta(days=1)
    while True:
        if day.weekday() in wanted:
            yield _slot(schedule, day)
        day += timedelta(days=1)


def _slot(schedule: Schedule, day: date) -> datetime:
    return _in_utc(schedule, datetime.combine(day, time.fromisoformat(schedule.at)))


def _in_utc(schedule: Schedule, local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo(schedule.timezone)).astimezone(UTC)
