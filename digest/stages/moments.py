"""Moments: how times stand in sentences for staff."""

from __future__ import annotations

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
