"""Queries about stories that staff took out for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.ports import Excluded
from digest.store import tables as t
from digest.store.dialects import insert


class SqlExclusions:
    """What a newsletter's editions never hold again (domain/ports, Exclusions)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, newsletter: str, insights: Sequence[str], excluded: Excluded) -> None:
        """Take a story out: its insights are used up, as if they had stood in an edition."""
        values = {name: value for name, value in asdict(excluded).items() if name != "title"}
        values["newsletter"] = newsletter
        rows = [values | {"insight": insight} for insight in insights]
        # what was out before stays so by whoever took it out
        self._connection.execute(insert(t.excluded).on_conflict_do_nothing(), rows)

    def every(self, newsletter: str) -> list[Excluded]:
        """Return the stories that are out, the last one first."""
        rows = self._connection.execute(
            sa.select(t.excluded, t.insight.c.title)
            .join(t.insight, t.insight.c.id == t.excluded.c.story)
            .where(t.excluded.c.newsletter == newsletter, t.excluded.c.insight == t.excluded.c.story)
            .order_by(t.excluded.c.at.desc(), t.excluded.c.story)
        )
        return [Excluded(story=row.story, title=row.title, edition=row.edition, at=row.at, who=row.who) for row in rows]

    def remove(self, newsletter: str, story: str) -> bool:
        """Let a story in again; False where it is not out any more."""
        mine = (t.excluded.c.newsletter == newsletter, t.excluded.c.story == story)
        return bool(self._connection.execute(sa.delete(t.excluded).where(*mine)).rowcount)


def excluded_insights(newsletter: str, since: datetime | None = None) -> sa.Select[Any]:
    """Select the ids of a newsletter's insights that are out."""
    found = sa.select(t.excluded.c.insight).where(t.excluded.c.newsletter == newsletter)
    return found if since is None else found.where(t.excluded.c.at >= since)
