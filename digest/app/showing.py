"""Showing: an edition as it stands, with what there is to find about it, which is looked for when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from digest.app import links, pages, pictures
from digest.app.drafted import as_drafted
from digest.domain.model import Edition, Finding, Placement, Variant
from digest.jobs import corrected, offering, press
from digest.stages import health, layout, review

if TYPE_CHECKING:
    from digest.app import App
    from digest.jobs.edition import Current


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What there is to look at of an edition."""

    edition: Edition
    variants: Sequence[Variant]
    #: its own stories, and those that other editions told first
    placements: Sequence[Placement]
    earlier: Sequence[Placement]
    fingerprint: str
    app: App = field(repr=False, compare=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings about it, what must be mended first: a second's work where it has two dozen variants."""
        app = self.app
        newsletter = app.newsletter_of(self.edition)
        every = [*self.placements, *self.earlier]
        return (
            *review.review(
                self.edition.id,
                self.variants,
                self.placements,
                {theme.id: theme.name for theme in newsletter.themes},
                pages.counted(app, self.edition, every),
                newsletter.schedule.timezone,
            ),
            *links.findings(app, newsletter, self.edition, every),
            *corrected.findings(self.edition),
            *health.findings(app.conditions(newsletter)),
            *pictures.findings(app, newsletter, self.edition, self.variants, self.placements),
        )

    @cached_property
    def reasons(self) -> Mapping[str, tuple[str, ...]]:
        """Slug of a variant -> why its stories stand as they do."""
        # by the weights that the stored bytes were made with: today's might name another story
        newsletter = as_drafted(self.app, self.edition).newsletter
        every = [*self.placements, *self.earlier]
        return {
            one.slug: layout.why(
                [place for place in every if place.story.id in one.stories],
                newsletter,
                self.edition.slot,
                press.first_themes(newsletter, one.segment),
            )
            for one in self.variants
        }


def shown(app: App, found: Current) -> Preview:
    """Return what there is to look at of an edition."""
    with app.store.reading() as session:
        placements = session.editions.placements(found.edition.id)
    return Preview(
        edition=found.edition,
        variants=found.variants,
        placements=offering.own(placements),
        earlier=[one for one in placements if one.first_in],
        fingerprint=press.fingerprint(found.variants),
        app=app,
    )
