"""When a newsletter goes out. stages/slots reads the words in it and turns them into instants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from one to another, both of them in it: a term, or days on which nothing goes out."""

    name: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Whose bank holidays count."""

    #: two letters (ISO 3166-1), such as GB; empty: the country of the newsletter's time zone
    country: str = ""
    #: a part of it (ISO 3166-2 without the country), such as ENG; empty: England for GB, else the whole country
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What a schedule knows of days."""

    holidays: Holidays = field(default_factory=Holidays)
    terms: tuple[Span, ...] = ()
    closed: tuple[Span, ...] = ()


#: an edition that nobody approved by its deadline may be approved later, or it is missed there and then
Unapproved = Literal["hold", "miss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an edition is due: a local time on days that are named, or as words say."""

    #: names of days, such as "tuesday"
    days: tuple[str, ...] = ("tuesday",)
    #: local time, HH:MM; also where `when` names none
    at: str = "08:00"
    #: instead of days: plain words, such as "first Monday of the month at 08:00, in term time", or cron
    when: str = ""
    #: IANA name of the time zone
    timezone: str = "Europe/London"
    #: hours before the slot at which insights are collected and the draft is made
    draft_hours_before: int = 26
    #: instead of these hours, in words: "the evening before at 18:00"
    draft: str = ""
    #: by when it is to be approved, in words: "2 hours before"; empty: by its slot
    approve_by: str = ""
    #: hours before that at which whoever is to approve it is reminded
    remind_hours_before: tuple[int, ...] = (4,)
    #: what becomes of it where nobody did
    unapproved: Unapproved = "hold"
    #: when mail may leave, in words: "between 07:00 and 19:00, not on Sundays"; empty: at any time
    window: str = ""
    #: field of subscribers that names their time zone: they get it at the slot's time of day there, not before the slot
    local_time_field: str = ""
    #: hours after which `digest run` asks a source again
    collect_every_hours: int = 24
    #: a slot missed by no more than this many hours is caught up; an older one is recorded as missed
    catch_up_hours: int = 12
    #: hours for which people whom a mail server puts off are tried again
    give_up_hours: int = 24
    #: minutes before the slot in which everybody can see that it leaves, and take it back; 0 for none
    holding_minutes: int = 10
    #: where it is another than the workspace's: what is left empty here is taken from there
    calendar: Calendar = field(default_factory=Calendar)
