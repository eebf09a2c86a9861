"""Naming: what fields are called on the pages of segments, and what somebody has in each."""

from __future__ import annotations

from collections.abc import Mapping

from digest.domain import spoken
from digest.domain.model import Newsletter, Recipient
from digest.web.desk.people.standings import CADENCES

#: names of the program's own fields
FIELDS: Mapping[str, str] = {
    "tags": "Tags",
    "themes": "Themes",
    "cadence": "How often",
    "address": "Address",
    "first_name": "First name",
    "last_name": "Last name",
    "consent_source": "How they agreed",
    "consent_at": "Agreed on",
    "joined_at": "Came on",
}


def named(name: str) -> str:
    """Return how a field is called on the page."""
    return FIELDS.get(name) or name.replace("_", " ").capitalize()


def of_person(newsletter: Newsletter, one: Recipient) -> dict[str, str]:
    """Return what somebody has in each field, by its name in small letters."""
    person, place = one.subscriber, one.subscription
    themes = {theme.id: theme.name for theme in newsletter.themes}
    zone = newsletter.schedule.timezone
    days = {"consent_at": place.consent_at, "joined_at": place.joined_at}
    return {name.casefold(): value for name, value in person.fields.items()} | {
        "address": person.address,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "tags": ", ".join(person.tags),
        "themes": ", ".join(themes.get(theme, theme) for theme in place.themes) or "all",
        "cadence": CADENCES[place.cadence],
        "consent_source": place.consent_source,
        **{name: spoken.day(moment, zone) + f" {moment.year}" for name, moment in days.items() if moment is not None},
    }
