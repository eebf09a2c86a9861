"""Spoken: how times, numbers and states read on the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from digest.domain import spoken
from digest.domain.model import EditionState

#: state of an edition -> its words, tone and shape on a pill
STATES: Mapping[EditionState, tuple[str, str, str]] = {
    EditionState.DRAFT: ("Draft", "info", "pencil"),
    EditionState.APPROVED: ("Approved", "ok", "tick"),
    EditionState.HOLDING: ("Holding", "info", "clock"),
    EditionState.SENDING: ("Sending", "info", "chevron-right"),
    EditionState.PAUSED: ("Paused", "warn", "pause"),
    EditionState.SENT: ("Sent", "ok", "tick"),
    EditionState.DISCARDED: ("Discarded", "quiet", ""),
    EditionState.SKIPPED: ("Skipped", "quiet", ""),
    EditionState.MISSED: ("Missed", "warn", "triangle"),
    EditionState.CANCELLED: ("Cancelled", "stop", "octagon"),
}


def when(moment: datetime | None, zone: str) -> str:
    """Write a time: Tue 24 Nov, 08:00."""
    return spoken.when(moment, zone) if moment else "–"


def day(moment: datetime | None, zone: str) -> str:
    """Write a day: Tue 24 Nov."""
    if moment is None:
        return "–"
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}"


def whole_day(moment: datetime, zone: str) -> str:
    """Write a day in full: Monday 23 November."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B}"


def long_day(moment: datetime, zone: str) -> str:
    """Write a day of any year: 14 October 2026."""
    return f"{spoken.day(moment, zone)} {moment.astimezone(ZoneInfo(zone)).year}"


def written_day(day: date) -> str:
    """Write a day of the calendar: Mon 4 January 2027."""
    return f"{day:%a} {day.day} {day:%B} {day.year}"


def iso_day(moment: datetime, zone: str) -> str:
    """Write a day as fields for days hold it: 2026-10-14."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def at_time(moment: datetime | None, zone: str) -> str:
    """Write the time of day: 08:00."""
    return spoken.at_time(moment, zone) if moment else "–"


def lasting(time: timedelta) -> str:
    """Write how long something takes, in two units at most: 17 h 40 min."""
    seconds = max(0, int(time.total_seconds()))
    parts = ((seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    said = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(said[:2]) or "0 s"


def number(value: int) -> str:
    """Write a number with its thousands parted: 1,204."""
    return f"{value:,}"


def counted(value: int, one: str, many: str = "") -> str:
    """Write a number of things: 1 story, 2 stories; many: where it is not `one` with an s."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def fingerprint(sha256: str) -> str:
    """Write a fingerprint so that people can compare it: 7f3a 19d2 … c91e."""
    return f"{sha256[:4]} {sha256[4:8]} … {sha256[-4:]}"


def initials(name: str) -> str:
    """Return the one or two letters that stand for a person: HC."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return "".join(part[0] for part in (parts if len(parts) < 3 else [parts[0], parts[-1]])).upper() or "?"


#: what templates call by the same name
FILTERS: Mapping[str, Callable[..., Any]] = {
    "when": when,
    "day": day,
    "long_day": long_day,
    "iso_day": iso_day,
    "written_day": written_day,
    "at_time": at_time,
    "lasting": lasting,
    "number": number,
    "counted": counted,
    "fingerprint": fingerprint,
    "initials": initials,
}
