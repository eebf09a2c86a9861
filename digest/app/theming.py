"""Theming: what a theme is used for, and what goes with it when it is taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.config.change import Act, Add, Changed, Put, Remove
from digest.domain.errors import NotFound, Refused
from digest.domain.model import Newsletter, Theme
from digest.domain.states import OPEN
from digest.jobs import offering
from digest.stages import segment

if TYPE_CHECKING:
    from digest.app import App
    from digest.jobs.staffing import By


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What stands on a theme."""

    #: stories of the editions that are not sent yet
    stories: int
    #: people who chose it
    people: int
    #: positions of the rules that put something under it
    rules: tuple[int, ...]
    #: names of the segments that have it first
    first_in: tuple[str, ...]


def found(newsletter: Newsletter, name: str) -> Theme:
    """Return a newsletter's theme by its id; raises NotFound with those there are."""
    known = next((one for one in newsletter.themes if one.id == name), None)
    if known is None:
        names = ", ".join(one.id for one in newsletter.themes) or "none"
        raise NotFound(f"There is no theme “{name}”.", f"There are: {names}.")
    return known


def used(app: App, newsletter: Newsletter, theme: str) -> Use:
    """Return what stands on a theme, by its id."""
    with app.store.reading() as session:
        ahead = [one for one in session.editions.every(newsletter.id) if one.state in OPEN]
        stories = sum(
            one.theme == theme for edition in ahead for one in offering.own(session.editions.placements(edition.id))
        )
        chosen = session.segments.count(newsletter.id, [{"field": "themes", "contains": theme}], app.clock())
    return Use(
        stories=stories,
        people=chosen.segments[0].people,
        rules=tuple(number for number, rule in enumerate(newsletter.rules) if rule.theme == theme),
        first_in=tuple(one.name for one in newsletter.segments if theme in one.themes),
    )


def add_rule(app: App, newsletter: Newsletter, values: Mapping[str, object], by: By) -> Changed:
    """Write a rule of grouping into digest.toml in somebody's name, the last one. Raises as settings.change does."""
    from digest.app import settings

    adding = Add(to=("newsletters", newsletter.id, "rules"), values=values)
    return settings.change(app, by, settings.seen(app), [adding]).changed


def take_out_rule(app: App, newsletter: Newsletter, number: int, by: By) -> Changed:
    """Take a rule of grouping out of digest.toml in somebody's name. number: the first is 1.

    Raises NotFound, and as settings.change does.
    """
    from digest.app import settings

    if not 1 <= number <= len(newsletter.rules):
        known = f"There are {len(newsletter.rules)}: `digest themes rules` shows them."
        what = f"There is no rule {number} in “{newsletter.id}”."
        raise NotFound(what, known if newsletter.rules else "There is none.")
    removing = Remove(at=("newsletters", newsletter.id, "rules", number - 1))
    return settings.change(app, by, settings.seen(app), [removing]).changed


def removal(newsletter: Newsletter, theme: str) -> list[Act]:
    """Return the changes that take a theme out of digest.toml, with the rules that need it.

    Raises Refused where a segment asks who chose it: only a person knows whom it is for then.
    """
    asked = [
        one.name
        for one in newsletter.segments
        if any(
            test.field == "themes" and theme in map(str.casefold, test.values) for test in segment.each_test(one.rule)
        )
    ]
    if asked:
        raise Refused(
            f"The segment “{asked[0]}” asks who chose this theme.",
            "Change the rule of that segment first, then remove it.",
        )
    at = ("newsletters", newsletter.id)
    rules = [number for number, rule in enumerate(newsletter.rules) if rule.theme == theme]
    return [
        # the last first: positions before it stay
        *(Remove(at=(*at, "rules", number)) for number in reversed(rules)),
        *(
            Put(at=(*at, "segments", one.id), values={"themes": [other for other in one.themes if other != theme]})
            for one in newsletter.segments
            if theme in one.themes
        ),
        Remove(at=(*at, "themes", theme)),
    ]
