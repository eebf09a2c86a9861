"""Faults: what is wrong with a schedule, each with what to do. config/rules names the place in digest.toml."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice, pairwise

from digest.domain.model import Calendar, Holidays, Schedule, Span
from digest.stages.slots import deadlines, rules, windows
from digest.stages.slots.dates import Date, dates
from digest.stages.slots.holidays import is_known, regions, whose
from digest.stages.slots.mornings import zones
from digest.stages.slots.rules import OnHoliday, rule_of
from digest.stages.slots.tongue import DAYS, YEARS, Unread, spoken

#: name of a setting, what is wrong, how to mend it
Fault = tuple[tuple[str | int, ...], str, str]
#: so many dates are tried
_TRIED = 30
#: from when on they are, where no term says it
_SOME_DAY = date(2026, 1, 1)
#: hours within which something may be
_MOST_HOURS = 168
#: a range of days is no longer
_MOST_DAYS = 400


def faults(schedule: Schedule) -> Iterator[Fault]:
    """Yield what is wrong with when editions are due, with the name of the setting."""
    found = [*_plain(schedule), *_calendar(schedule), *_words(schedule)]
    yield from found
    if not found:
        yield from _together(schedule)


def of_spans(spans: Sequence[Span], kind: str) -> Iterator[Fault]:
    """Yield what is wrong with ranges of days; kind: “term”, “closed day”."""
    for number, span in enumerate(spans):
        if not span.name.strip():
            yield (number, "name"), f"This {kind} has no name.", "Write what it is called."
        if not {span.begins.year, span.ends.year} <= set(YEARS):
            yield (number, "begins"), f"“{span.name}” is in no year of this age.", "See whether the year is right."
        elif span.ends < span.begins:
            yield (number, "ends"), f"“{span.name}” ends before it begins.", "Write the earlier day first."
        elif (span.ends - span.begins).days > _MOST_DAYS:
            yield (number, "ends"), f"“{span.name}” is longer than {_MOST_DAYS} days.", "See whether the year is right."
    ordered = sorted(enumerate(spans), key=lambda pair: pair[1].begins)
    for (_, one), (number, other) in pairwise(ordered):
        if other.begins <= one.ends:
            what = f"“{other.name}” begins on {spoken(other.begins)}, before “{one.name}” ends ({spoken(one.ends)})."
            yield (number, "begins"), what, "Let one end before the next begins."


def past(calendar: Calendar, today: date) -> str:
    """Return that all terms are over, in words; empty where one is not, or there are none."""
    last = max((term.ends for term in calendar.terms), default=today)
    return f"All terms are over: the last one ended on {spoken(last)}." if last < today else ""


def of_holidays(country: str, region: str) -> Iterator[Fault]:
    """Yield what is wrong with whose bank holidays count."""
    if country and not is_known(Holidays(country=country.upper())):
        yield ("country",), f"The bank holidays of “{country}” are not known.", "Write two letters, such as GB."
    elif region and country and not is_known(Holidays(country=country.upper(), region=region.upper())):
        known = ", ".join(regions(country.upper())) or "none: leave it empty"
        yield ("region",), f"“{region}” is no part of {country.upper()} that is known.", f"Known are {known}."


def _plain(schedule: Schedule) -> Iterator[Fault]:
    if schedule.timezone not in zones():
        near = difflib.get_close_matches(schedule.timezone, zones(), n=1)
        mend = f"Did you mean “{near[0]}”?" if near else "Write it like Europe/London."
        yield ("timezone",), f"There is no time zone “{schedule.timezone}”.", mend
    try:
        time.fromisoformat(schedule.at)
        good = bool(re.fullmatch(r"\d\d:\d\d", schedule.at))
    except ValueError:
        good = False
    if not good:
        yield ("at",), f"“{schedule.at}” is no time of day.", "Write it like 08:00."
    strange = [day for day in schedule.days if day not in DAYS]
    if strange or not (schedule.days or schedule.when):
        word = f"“{strange[0]}” is no day of the week." if strange else "There is no day."
        yield ("days",), word, 'Write days like ["tuesday"].'
    if not 1 <= schedule.collect_every_hours <= _MOST_HOURS:
        what = f"“collect_every_hours” is not 1 to {_MOST_HOURS} hours."
        yield ("collect_every_hours",), what, "24 is right for most: every day."
    for name in ("draft_hours_before", "catch_up_hours", "give_up_hours"):
        if not 0 <= getattr(schedule, name) <= _MOST_HOURS:
            yield (name,), f"“{name}” is not 0 to {_MOST_HOURS} hours.", "Give a number of hours within a week."
    if any(not 0 < hours <= _MOST_HOURS for hours in schedule.remind_hours_before):
        what = f"“remind_hours_before” is not 1 to {_MOST_HOURS} hours."
        yield ("remind_hours_before",), what, "Give hours within a week, such as [24, 4]."


def _calendar(schedule: Schedule) -> Iterator[Fault]:
    chosen = schedule.calendar
    for path, what, mend in of_holidays(chosen.holidays.country, chosen.holidays.region):
        yield ("calendar", "holidays", *path), what, mend


def _words(schedule: Schedule) -> Iterator[Fault]:
    readers: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("when", schedule.when.strip(), rules.read),
        ("draft", schedule.draft, deadlines.read),
        ("approve_by", schedule.approve_by, deadlines.read),
        ("window", schedule.window, windows.read),
    )
    for name, words, read in readers:
        try:
            if words:
                read(words)
        except Unread as fault:
            yield (name,), fault.what, fault.mend


def _together(schedule: Schedule) -> Iterator[Fault]:
    """Yield what is wrong with settings each of which can be read."""
    rule = rule_of(schedule)
    if rule.in_terms and not schedule.calendar.terms:
        yield ("when",), "There are no terms for “in term time”.", "Add the dates of your terms first."
        return
    if rule.on_holiday != OnHoliday.KEPT and not is_known(whose(schedule)):
        what = "It is not known whose bank holidays are meant."
        yield ("when",), what, "Name a country under [holidays], such as GB."
        return
    begins = min((term.begins for term in schedule.calendar.terms), default=_SOME_DAY) if rule.in_terms else _SOME_DAY
    start = datetime.combine(max(begins, rule.first or begins), time(), tzinfo=UTC)
    some = list(islice((one for one in dates(schedule, start) if not one.left_out), _TRIED))
    if not some:
        why = "in no term" if rule.in_terms else "on no day of any year"
        yield ("when",), f"This is due {why}.", "Choose days that there are, and look at the next dates."
        return
    yield from _leads(schedule, some)
    if schedule.window and not any(windows.is_ever_open(schedule, one.slot) for one in some):
        what = "The window never opens on the days of the schedule, once it is time."
        yield ("window",), what, "Let it open on those days, and end after the edition’s time."


def _leads(schedule: Schedule, some: Sequence[Date]) -> Iterator[Fault]:
    slots = [one.slot for one in some]
    if any(deadlines.draft_at(schedule, slot) > slot for slot in slots):
        yield ("draft",), "The draft would be made after the edition’s time.", "Choose an earlier one."
        return
    if not schedule.approve_by:
        return
    if any(deadlines.due_by(schedule, slot) > slot for slot in slots):
        yield ("approve_by",), "The deadline is after the edition’s time.", "Choose an earlier one."
    elif any(deadlines.due_by(schedule, slot) <= deadlines.draft_at(schedule, slot) for slot in slots):
        what = "The deadline is before the draft is made, so nobody could approve it in time."
        yield ("approve_by",), what, "Let the draft be made earlier, or choose a later deadline."
