"""Spoken: how times, people and several things stand in sentences for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo


def when(moment: datetime, zone: str) -> str:
    """Write a time: Tue 24 Nov, 08:00. zone: IANA name of the time zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def day(moment: datetime, zone: str) -> str:
    """Write a day: 24 November."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B}"


def at_time(moment: datetime, zone: str) -> str:
    """Write the time of day: 08:00."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def people(count: int) -> str:
    """Write how many people: 1 person, 1,204 people."""
    return "1 person" if count == 1 else f"{count:,} people"


def listed(things: Sequence[str], last: str = "and") -> str:
    """Write several things: a, b and c. last: the word before the last one."""
    return f"{', '.join(things[:-1])} {last} {things[-1]}" if len(things) > 1 else "".join(things)
