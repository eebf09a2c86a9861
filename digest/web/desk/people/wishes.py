"""Wishes: what staff type of what somebody wants, as it is checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.domain.errors import Unfit
from digest.domain.model import Cadence, Newsletter
from digest.jobs.readers import Place, Wishes
from digest.web.bounds import Fields

#: characters of a name
NAME_CHARACTERS = 100
#: nobody pauses for longer
LONGEST_PAUSE = timedelta(days=366)


def names_wrong(fields: Fields) -> dict[str, str]:
    """Return what is wrong with the names that were typed, by field."""
    wrong = {}
    for name in ("first_name", "last_name"):
        value = fields.one(name)
        if len(value) > NAME_CHARACTERS or not value.isprintable():
            wrong[name] = f"Write a name of at most {NAME_CHARACTERS} characters."
    return wrong


def unchanged(place: Place) -> Wishes:
    """Return what somebody wants as they want it now."""
    return Wishes(
        first_name=place.subscriber.first_name,
        last_name=place.subscriber.last_name,
        themes=place.subscription.themes,
        cadence=place.subscription.cadence,
        paused_until=place.subscription.paused_until,
    )


def chosen(newsletter: Newsletter, place: Place, fields: Fields) -> Wishes:
    """Return what somebody wants by a form. Raises Unfit."""
    wrong = names_wrong(fields)
    cadence = fields.one("cadence")
    if cadence not in set(Cadence):
        wrong["cadence"] = "Choose how often they want it."
    if wrong:
        raise Unfit(wrong)
    # a button that takes it back has one field for all of them
    ticked = fields.every("theme") | set(fields.one("themes").split(";"))
    return replace(
        unchanged(place),
        first_name=fields.one("first_name"),
        last_name=fields.one("last_name"),
        themes=tuple(one.id for one in newsletter.themes if one.id in ticked),
        cadence=Cadence(cadence),
    )


def pause(typed: str, now: datetime, zone: str) -> datetime | None:
    """Return until when somebody pauses: the beginning of a day where they live; None where nothing was typed.

    Raises Unfit.
    """
    if not typed:
        return None
    try:
        until = datetime.combine(date.fromisoformat(typed), time(), ZoneInfo(zone))
    except ValueError as fault:
        raise Unfit({"until": "Write a day, such as 2026-12-24."}) from fault
    if until <= now:
        raise Unfit({"until": "This day is over. Choose one to come."})
    if until > now + LONGEST_PAUSE:
        raise Unfit({"until": "At most a year. Who wants it even later may leave, and sign up again."})
    return until
