"""Mornings: each person's own time of day.

The slot is the first instant at which anybody gets an edition. Whoever lives where its time of day comes later gets it
then; whose morning is over already gets it at the slot, that day, and not a day late::

    slot 08:00 in London       Paris 09:00: at the slot      New York 03:00: five hours later, at 08:00 there
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from digest.domain.model import Schedule
from digest.domain.traits import folded
from digest.stages.slots.dates import in_utc


class Mornings:
    """When people get the edition of a slot, by the time zone that is known of each."""

    def __init__(self, schedule: Schedule, slot: datetime) -> None:
        self._field = folded(schedule.local_time_field)
        self._slot = slot
        self._local = slot.astimezone(ZoneInfo(schedule.timezone)).replace(tzinfo=None)
        #: time zone -> when it is due there; of those that there are, so that it stays small
        self._known: dict[str, datetime] = {}
        #: people whose time zone does not exist, and the first of these that was met
        self.strange = 0
        self.first_strange = ""

    def of(self, fields: Mapping[str, str]) -> datetime | None:
        """Return when somebody with these fields gets it; None: at the slot, as all do whose time zone is unknown."""
        if not self._field:
            return None
        value = value_of(fields, self._field)
        zone = zone_of(value)
        if zone is None:
            self.strange += bool(value)
            self.first_strange = self.first_strange or value
            return None
        if zone not in self._known:
            self._known[zone] = in_utc(zone, self._local)
        return self._known[zone] if self._known[zone] > self._slot else None

    @property
    def sentence(self) -> str:
        """How many time zones do not exist; empty where all of them do."""
        if not self.strange:
            return ""
        who = "1 person has" if self.strange == 1 else f"{self.strange:,} people have"
        return f"{who} a time zone that does not exist, such as “{self.first_strange[:40]}”: due at the slot"


def value_of(fields: Mapping[str, str], name: str) -> str:
    """Return the value of a field, however its name is written; empty where there is none."""
    return next((value for one, value in fields.items() if folded(one) == name), "")


def zone_of(text: str) -> str | None:
    """Return the IANA name of a time zone, however it is written; None for one that there is not."""
    return _by_spelling().get(text.strip().lower()) if text else None


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones."""
    # to look through the system's files takes longer than to read all of digest.toml
    return frozenset(available_timezones())


@cache
def _by_spelling() -> Mapping[str, str]:
    return {name.lower(): name for name in zones()}
