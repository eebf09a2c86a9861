"""Holidays: which days are bank holidays, and what each is called. The package `holidays` knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import resources

from digest.domain.model import Holidays, Schedule

#: parts of a country that are taken where none is named
_USUAL = {"GB": "ENG"}
#: parts of the United Kingdom as people call them; of other countries their codes are said
_NAMES = {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"}


def whose(schedule: Schedule) -> Holidays:
    """Return whose bank holidays count for a schedule, with what is left empty filled in."""
    own = schedule.calendar.holidays
    country = own.country.upper() or country_of(schedule.timezone)
    return Holidays(country=country, region=own.region.upper() or _USUAL.get(country, ""))


def named(chosen: Holidays) -> str:
    """Return whose these are, in words."""
    return _NAMES.get(chosen.region) or " ".join(part for part in (chosen.country, chosen.region) if part)


def spoken_of(schedule: Schedule) -> str:
    """Return whose bank holidays count for a schedule, in words; empty where none are known."""
    chosen = whose(schedule)
    return named(chosen) if is_known(chosen) else ""


def holiday(schedule: Schedule, day: date) -> str:
    """Return the name of a bank holiday; empty where a day is none."""
    chosen = whose(schedule)
    return _of_year(chosen.country, chosen.region, day.year).get(day, "")


def upcoming(schedule: Schedule, today: date, count: int = 6) -> list[tuple[date, str]]:
    """Return the next bank holidays, each with its name."""
    chosen = whose(schedule)
    found = {
        **_of_year(chosen.country, chosen.region, today.year),
        **_of_year(chosen.country, chosen.region, today.year + 1),
    }
    return sorted(one for one in found.items() if one[0] >= today)[:count]


def is_known(chosen: Holidays) -> bool:
    """Tell whether the bank holidays of a country, and of a part of it, are known."""
    parts = _supported().get(chosen.country)
    return parts is not None and (not chosen.region or chosen.region in parts)


def regions(country: str) -> tuple[str, ...]:
    """Return the parts of a country whose bank holidays are known."""
    return tuple(_supported().get(country, ()))


@cache
def country_of(zone: str) -> str:
    """Return the country of a time zone; empty for one of none, such as UTC."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), "")


@cache
def _supported() -> Mapping[str, list[str]]:
    # it takes a twentieth of a second to load, which those who ask for no bank holidays need not wait for
    import holidays

    return holidays.list_supported_countries()


@lru_cache(maxsize=256)
def _of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    if not is_known(Holidays(country=country, region=region)):
        return {}
    import holidays

    return dict(holidays.country_holidays(country, subdiv=region or None, years=year).items())
