"""Themes: what the insights of the last months suggest; nothing but vectors is stored, a person edits it first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.domain.model import Newsletter
from digest.domain.ports import Clock, Store
from digest.jobs import grouping
from digest.stages import dedupe

if TYPE_CHECKING:
    from digest.stages.group import Encoder
    from digest.stages.group.suggest import Suggested

#: insights that are looked at; who has more in some months is told by the newest ones
MOST_INSIGHTS = 2_000
_DAYS_A_MONTH = 365.25 / 12


def suggest(
    store: Store,
    clock: Clock,
    newsletter: Newsletter,
    months: int,
    *,
    encoder: Callable[[], Encoder],
    organisation: str = "",
    language: str = "en",
) -> Suggested:
    """Suggest themes for a newsletter from what its sources published in the last months.

    encoder: gives what compares texts, asked only where there is enough; organisation: whose name tells no theme;
    language: the newsletter's.
    Raises EncoderError.
    """
    # with numpy it takes a tenth of a second to load, which jobs that group nothing need not wait for
    from digest.jobs.vectors import Remembering
    from digest.stages import group
    from digest.stages.group.suggest import LEAST_STORIES, Suggested
    from digest.stages.group.suggest import suggest as suggested

    since = clock() - timedelta(days=months * _DAYS_A_MONTH)
    with store.reading() as session:
        found = session.insights.published([source.id for source in newsletter.sources], since, MOST_INSIGHTS)
    stories = dedupe.stories(found)
    if len(stories) < LEAST_STORIES:
        return Suggested(stories=len(stories))
    names = {organisation, newsletter.name, *(source.name for source in newsletter.sources)} - {""}
    ways = group.ways(newsletter, grouping.reviewed(store, newsletter.id), language)
    return suggested(stories, ways, Remembering(encoder(), store, clock), sorted(names))
