"""Queries about what everybody may read: editions that were sent, and their stories where they stood first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import OTHER, EditionState, worded
from digest.domain.ports.archive import PastEdition, PastStory
from digest.domain.states import PUBLIC
from digest.store import contents
from digest.store import tables as t
from digest.store.insights import insight_of

_EDITION = ("id", "newsletter", "number", "slot", "drafted_at")
_CORRECTION = t.edition.alias()


def _published(edition: Any) -> sa.ColumnElement[bool]:
    """Return a condition: a correction is to be read. One that was stopped half-way reached some."""
    return sa.or_(
        edition.state.in_(PUBLIC), sa.and_(edition.state == EditionState.CANCELLED, edition.planned_at.is_not(None))
    )


_OF_EDITION: tuple[sa.ColumnElement[Any], ...] = (
    *(t.edition.c[name].label(f"edition_{name}") for name in _EDITION),
    sa.select(sa.func.max(_CORRECTION.c.slot))
    .where(_CORRECTION.c.corrects == t.edition.c.id, _published(_CORRECTION.c))
    .correlate(t.edition)
    .scalar_subquery()
    .label("edition_corrected"),
)
#: the slug of what everybody may read
_WEB = "web"


class SqlArchive:
    """Past editions and their stories (domain/ports, Archive)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def counts(self, newsletter: str, themes: Collection[str]) -> dict[str, int]:
        """Count the stories under each theme that has any."""
        statement = sa.select(t.placement.c.theme, sa.func.count()).select_from(_joined())
        rows = self._connection.execute(statement.where(*_public(newsletter)).group_by(t.placement.c.theme))
        counts: dict[str, int] = {}
        for stored, count in rows:
            theme = stored if stored in themes else OTHER
            counts[theme] = counts.get(theme, 0) + count
        return counts

    def since(self, newsletter: str) -> datetime | None:
        """Return when the first edition was for; None where there is none."""
        first = sa.select(t.edition.c.slot).where(*_readable(newsletter)).order_by(t.edition.c.slot).limit(1)
        found: datetime | None = self._connection.execute(first).scalar()
        return found

    def stories(
        self, newsletter: str, themes: Collection[str], theme: str | None, limit: int, offset: int = 0
    ) -> list[PastStory]:
        """Return stories newest first, those of one theme or of all (None)."""
        # editions are read from the newest one on, and their stories in their order: nothing is sorted
        statement = (
            sa.select(t.insight, *_OF_EDITION, t.placement.c.theme, t.placement.c.wording)
            .select_from(_joined().join(t.insight, t.insight.c.id == t.placement.c.story))
            .where(*_public(newsletter))
            .order_by(t.edition.c.slot.desc(), t.placement.c.position)
        )
        if theme == OTHER:
            statement = statement.where(t.placement.c.theme.not_in(themes))
        elif theme is not None:
            statement = statement.where(t.placement.c.theme == theme)
        rows = self._connection.execute(statement.limit(limit).offset(offset))
        return [_story_of(row, themes) for row in rows]

    def pictured(self, editions: Collection[str]) -> dict[str, list[str]]:
        """Return the addresses of the pictures of all stories of each of these editions."""
        statement = (
            sa.select(t.placement.c.edition, t.insight.c.image)
            .join(t.insight, t.insight.c.id == t.placement.c.story)
            .where(t.placement.c.edition.in_(editions), t.insight.c.image != "")
        )
        found: dict[str, list[str]] = {}
        for edition, image in self._connection.execute(statement):
            found.setdefault(edition, []).append(image)
        return found

    def how_many(self, newsletter: str) -> int:
        """Count the editions."""
        statement = sa.select(sa.func.count()).select_from(t.edition).where(*_readable(newsletter))
        return int(self._connection.execute(statement).scalar_one())

    def editions(self, newsletter: str, limit: int, offset: int = 0) -> list[PastEdition]:
        """Return editions newest first."""
        web = (t.variant.c.edition == t.edition.c.id) & (t.variant.c.slug == _WEB)
        statement = (
            sa.select(*_OF_EDITION)
            .add_columns(sa.func.coalesce(t.variant.c.subject, "").label("subject"))
            .select_from(t.edition.outerjoin(t.variant, web))
            .where(*_readable(newsletter))
            .order_by(t.edition.c.slot.desc())
        )
        rows = self._connection.execute(statement.limit(limit).offset(offset))
        return [_edition_of(row, row.subject) for row in rows]

    def page(self, edition: str) -> str | None:
        """Return the HTML of an edition's web version as it was signed, or corrected last; None: nobody may read it."""
        itself, correction = t.edition.c, _CORRECTION.c
        others = self._connection.execute(
            sa.select(correction.id, correction.slot).where(correction.corrects == edition, _published(correction))
        )
        shown = max(others, key=lambda one: one.slot, default=None)
        statement = (
            sa.select(t.variant.c.html)
            .join(t.edition, itself.id == edition)
            .where(itself.state.in_(PUBLIC), itself.corrects.is_(None))
            .where(t.variant.c.edition == (shown.id if shown else edition), t.variant.c.slug == _WEB)
        )
        found: str | None = self._connection.execute(statement).scalar()
        return found


def _joined() -> sa.Join:
    return t.edition.join(t.placement, t.placement.c.edition == t.edition.c.id)


def _readable(newsletter: str) -> tuple[sa.ColumnElement[bool], ...]:
    # what corrects another is shown as that one's page
    return t.edition.c.newsletter == newsletter, t.edition.c.state.in_(PUBLIC), t.edition.c.corrects.is_(None)


def _public(newsletter: str) -> tuple[sa.ColumnElement[bool], ...]:
    # what an edition tells again stands in the archive once, where it stood first
    return (*_readable(newsletter), t.placement.c.first_in.is_(None))


def _story_of(row: sa.Row[Any], themes: Collection[str]) -> PastStory:
    theme = row.theme if row.theme in themes else OTHER
    told = worded(insight_of(row._mapping), contents.wording(row.wording))
    return PastStory(insight=told, theme=theme, edition=_edition_of(row))


def _edition_of(row: sa.Row[Any], subject: str = "") -> PastEdition:
    told = {name: row._mapping[f"edition_{name}"] for name in (*_EDITION, "corrected")}
    return PastEdition(**told, subject=subject)
