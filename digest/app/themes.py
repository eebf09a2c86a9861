"""What people do about a newsletter's themes, and what there is to see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.app import App, settings
from digest.domain.errors import NotFound
from digest.domain.model import Newsletter
from digest.jobs import grouping, reviewing, themes
from digest.jobs.staffing import By

if TYPE_CHECKING:
    from digest.stages.group.balance import Balance
    from digest.stages.group.suggest import Suggested


def decide(
    app: App, edition_id: str, story: str, who: str, theme: str | None = None, *, always: bool = False
) -> tuple[reviewing.Decision, str]:
    """Put a story of a draft under a theme, or keep it where it stands; the themes learn from it.

    always: write a rule into digest.toml that puts insights like it there. Returns the decision and the rule's text,
    which is empty where there is none or it was there already. Raises as reviewing.decision and settings.change do.
    """
    # it reads TOML in its own way, which takes a twentieth of a second to load
    from digest.app import theming

    press = app.press_of(edition_id)
    wanted = reviewing.decision(app.store, app.clock, press, edition_id, story, who, theme)
    rule = reviewing.rule_values(wanted.story, wanted.reviewed.theme)
    known = [{"theme": one.theme, "like": one.like} for one in press.newsletter.rules]
    # the rule first: where it cannot be written, nothing has happened
    written = ""
    if always and rule not in known:
        [written] = theming.add_rule(app, press.newsletter, rule, By(name=who)).entries
    reviewing.decide(app.store, press, wanted)
    return wanted, written


def always(app: App, edition_id: str, story: str, by: By) -> settings.Done | None:
    """Write a rule into digest.toml, in somebody's name: insights like a story stand where it stands in an edition.

    story: its id. Returns what was done; None where the rule was there already. Raises NotFound, and as settings.change
    does.
    """
    # it reads TOML in its own way, which takes a twentieth of a second to load
    from digest.config.change import Add

    press = app.press_of(edition_id)
    with app.store.reading() as session:
        found = next((one for one in session.editions.placements(edition_id) if one.story.id == story), None)
    if found is None:
        raise NotFound("This story is not in the edition any more.", "Look at the edition again.")
    rule = reviewing.rule_values(found.story, found.theme)
    known = [{"theme": one.theme, "like": one.like} for one in press.newsletter.rules]
    if rule in known:
        return None
    adding = Add(to=("newsletters", press.newsletter.id, "rules"), values=rule)
    return settings.change(app, by, settings.seen(app), [adding])


def suggest(app: App, newsletter: Newsletter, months: int) -> Suggested:
    """Return the themes that the insights of the last months suggest; nothing is decided by that."""
    return themes.suggest(
        app.store,
        app.clock,
        newsletter,
        months,
        encoder=lambda: app.encoder(newsletter).encoder,
        organisation=app.loaded.workspace.brand.organisation,
        language=app.loaded.workspace.brand.language,
    )


def balance(app: App, newsletter: Newsletter, months: int) -> Balance:
    """Return how a newsletter's themes were used in the last so many months, up to its latest edition."""
    # with numpy, which other commands need not wait for
    from digest.stages.group import balance as stage

    zone = newsletter.schedule.timezone
    standings = grouping.standings(app.store, newsletter.id)
    # an edition ahead counts, too
    wanted = stage.months_until(max([app.clock(), *(one.slot for one in standings)]), months, zone)
    return stage.balance(standings, newsletter.themes, wanted, zone)
