"""Grouping: where new stories stand, and what staff decided so far, from which the themes learn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.domain.model import Placement, Reviewed, Story
from digest.domain.ports import Clock, Store
from digest.domain.states import NEVER_SENT
from digest.jobs import offering
from digest.jobs.press import Press

if TYPE_CHECKING:
    from digest.stages.group.balance import Standing

#: stories that stood in approved editions and pull their theme: two thirds of a year of a weekly newsletter
MOST_LEFT = 400
#: decisions made by hand bind for ever, and are held against each story: more than some newsletter will ever have
MOST_BY_HAND = 2_000

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def placed(store: Store, clock: Clock, press: Press, stories: Sequence[Story]) -> tuple[Placement, ...]:
    """Place stories under the themes of the press's newsletter, as its staff taught it.

    Raises EncoderError where the encoder cannot be loaded.
    """
    # with numpy it takes a tenth of a second to load, which jobs that group nothing need not wait for
    from digest.jobs.vectors import Remembering
    from digest.stages import group

    encoder = Remembering(press.encoder(), store, clock)
    ways = group.ways(press.newsletter, reviewed(store, press.newsletter.id), press.brand.language)
    return group.place(stories, ways, encoder, press.languages())


def reviewed(store: Store, newsletter: str) -> tuple[Reviewed, ...]:
    """Return what staff decided about a newsletter's insights, oldest first; of each insight the last decision."""
    with store.reading() as session:
        by_hand = session.reviews.by_hand(newsletter)[-MOST_BY_HAND:]
        left = session.reviews.left(newsletter, MOST_LEFT)
    last = {one.insight: one for one in by_hand}
    return tuple(sorted([*last.values(), *left], key=lambda one: (one.at or _NEVER, one.insight)))


def decisions(store: Store, newsletter: str) -> list[Reviewed]:
    """Return all that people decided about a newsletter's themes, the latest first."""
    with store.reading() as session:
        found = [*session.reviews.by_hand(newsletter), *session.reviews.left(newsletter, MOST_LEFT)]
    return sorted(found, key=lambda one: one.at or _NEVER, reverse=True)


def standings(store: Store, newsletter: str) -> list[Standing]:
    """Return how each story of a newsletter's editions stands, and where the program had put it.

    Editions that were discarded, skipped, missed or cancelled do not count.
    """
    # with numpy, as above
    from digest.stages.group.balance import Standing

    found = []
    with store.reading() as session:
        first = {(one.edition, one.insight): one for one in reversed(session.reviews.by_hand(newsletter))}
        for edition in session.editions.every(newsletter):
            if edition.state in NEVER_SENT:
                continue
            for placement in offering.own(session.editions.placements(edition.id)):
                lead = placement.story.lead
                decided = first.get((edition.id, lead.id))
                found.append(
                    Standing(
                        slot=edition.slot,
                        title=lead.title,
                        summary=lead.summary,
                        theme=placement.theme,
                        nearest=placement.runner_up,
                        placed=decided.before if decided else placement.theme,
                        checked=decided.checked if decided else placement.check,
                    )
                )
    return found
