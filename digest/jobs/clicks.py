"""Clicks: how often the links of an edition were followed, and by nobody in particular."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date

from digest.domain.model import Edition, Insight
from digest.domain.ports import Clock, LinkCount, Store
from digest.jobs import edition as editions


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody, or a program, followed a link."""

    edition: str
    #: where it led, without tags
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A link of an edition, and how often it was followed."""

    link: str
    #: of the story, or of who else tells it
    title: str
    clicks: int
    #: day (UTC) -> clicks, the oldest first
    days: dict[date, int] = field(default_factory=dict)


def told(store: Store, edition: str, insight: str) -> Insight | None:
    """Return an insight that an edition told; None where it did not, or nobody was mailed that edition."""
    with store.reading() as session:
        return session.clicks.told(edition, insight)


def count(store: Store, clock: Clock, clicks: Sequence[Click]) -> None:
    """Count clicks, all in one commit."""
    day = clock().astimezone(UTC).date()
    together = Counter((one.edition, one.link) for one in clicks)
    with store.writing() as session:
        for (edition, link), number in together.items():
            session.clicks.count(edition, link, day, number)


def look(store: Store, edition_id: str) -> tuple[Edition, list[Followed]]:
    """Return an edition, and all links to its stories, those that were followed most first.

    Raises NotFound where there is no such edition.
    """
    found = editions.find(store, edition_id)
    with store.reading() as session:
        counted = session.clicks.of(edition_id)
        placements = session.editions.placements(edition_id)
    titles: dict[str, str] = {}
    for placement in placements:
        for insight in (placement.story.lead, *placement.story.also):
            if insight.link:
                titles.setdefault(insight.link, insight.title)
    return found, _by_link(titles, counted)


def _by_link(titles: dict[str, str], counted: Sequence[LinkCount]) -> list[Followed]:
    days: dict[str, dict[date, int]] = {link: {} for link in titles}
    for one in counted:
        days.setdefault(one.link, {})[one.day] = one.clicks
    followed = [
        Followed(link=link, title=titles.get(link, ""), clicks=sum(of_day.values()), days=of_day)
        for link, of_day in days.items()
    ]
    return sorted(followed, key=lambda one: -one.clicks)
