"""Queries about links that are followed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from digest.domain.model import Insight
from digest.domain.ports.clicks import LinkCount
from digest.domain.states import MAILED
from digest.store import tables as t
from digest.store.dialects import insert
from digest.store.editions import TELLS
from digest.store.insights import insight_of

_C = t.click.c


class SqlClicks:
    """How often the links of editions were followed (domain/ports, Clicks)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def told(self, edition: str, insight: str) -> Insight | None:
        """Return an insight that an edition told; None where it did not, or nobody was mailed that edition."""
        row = self._connection.execute(
            sa.select(t.insight)
            .select_from(t.placement)
            .join(t.edition, t.edition.c.id == t.placement.c.edition)
            .join(t.edition_insight, TELLS)
            .join(t.insight, t.insight.c.id == t.edition_insight.c.insight)
            .where(t.edition.c.id == edition, t.edition.c.state.in_(MAILED), t.insight.c.id == insight)
        ).first()
        return None if row is None else insight_of(row._mapping)

    def count(self, edition: str, link: str, day: date, clicks: int) -> None:
        """Add to how often a link was followed on a day (UTC)."""
        new = insert(t.click).values(edition=edition, link=link, day=f"{day:%Y-%m-%d}", clicks=clicks)
        more = {"clicks": _C.clicks + clicks}
        self._connection.execute(new.on_conflict_do_update(index_elements=["edition", "link", "day"], set_=more))

    def of(self, edition: str) -> list[LinkCount]:
        """Return what was counted of an edition, the oldest day first."""
        rows = self._connection.execute(
            sa.select(_C.link, _C.day, _C.clicks).where(_C.edition == edition).order_by(_C.day, _C.link)
        )
        return [LinkCount(link=row.link, day=date.fromisoformat(row.day), clicks=row.clicks) for row in rows]
