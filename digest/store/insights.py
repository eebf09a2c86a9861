"""Queries about sources and insights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert

from digest.domain.model import DateFrom, Insight, Validators
from digest.domain.ports import SourceState
from digest.domain.states import NEVER_SENT
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert
from digest.store.exclusions import excluded_insights

#: what a later reading may correct; when it was first seen stays
_CORRECTABLE = ("title", "summary", "author", "image", "categories", "published", "date_from")


def _upsert(table: sa.Table, corrected: Sequence[str]) -> Insert:
    """Insert a row; where its id is taken, these columns are written over."""
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=["id"], set_={name: statement.excluded[name] for name in corrected}
    )


# built once: to build such a statement takes longer than to carry it out
_ADD = _upsert(t.insight, _CORRECTABLE)
_REMEMBER = _upsert(t.source, [column.name for column in t.source.columns if column.name != "id"])


class SqlInsights:
    """Sources' memory and the insights they gave (domain/ports, Insights)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def states(self) -> dict[str, SourceState]:
        """Return what is remembered of every source that was ever asked, by its id."""
        rows = self._connection.execute(sa.select(t.source))
        return {row.id: _state_of(row) for row in rows}

    def remember(self, states: Sequence[SourceState]) -> None:
        """Keep the states of some sources."""
        if states:
            self._connection.execute(_REMEMBER, [_values_of(state) for state in states])

    def stored(self, ids: Sequence[str]) -> dict[str, Insight]:
        """Return those of these insights that are stored, by id."""
        found = [one for some in batches(ids) for one in self._insights(t.insight.c.id.in_(some))]
        return {insight.id: insight for insight in found}

    def latest(self, source: str, limit: int) -> list[Insight]:
        """Return a source's insights that were seen last, the latest first."""
        rows = self._connection.execute(
            sa.select(t.insight)
            .where(t.insight.c.source == source)
            .order_by(t.insight.c.first_seen.desc(), t.insight.c.id)
            .limit(limit)
        )
        return [insight_of(row._mapping) for row in rows]

    def since(self, sources: Sequence[str], moment: datetime) -> dict[str, int]:
        """Count the insights of each source that were published since then."""
        rows = self._connection.execute(
            sa.select(t.insight.c.source, sa.func.count().label("many"))
            .where(t.insight.c.source.in_(sources), t.insight.c.published >= moment)
            .group_by(t.insight.c.source)
        )
        return {row.source: int(row.many) for row in rows}

    def published(self, sources: Sequence[str], since: datetime, limit: int) -> list[Insight]:
        """Return the sources' insights that were published since then, the newest ones where they are too many."""
        rows = self._connection.execute(
            sa.select(t.insight)
            .where(t.insight.c.source.in_(sources), t.insight.c.published >= since)
            .order_by(t.insight.c.published.desc(), t.insight.c.id)
            .limit(limit)
        )
        return [insight_of(row._mapping) for row in rows]

    def add(self, insights: Sequence[Insight]) -> None:
        """Store insights; one that is stored already is corrected, unless it stands in an edition.

        What an edition was made of stays as it was: what its source says now is kept beside it (`said_now`).
        """
        if not insights:
            return
        settled = self._settled([insight.id for insight in insights])
        rows = [
            asdict(insight) | {"categories": list(insight.categories)}
            for insight in insights
            if insight.id not in settled
        ]
        if rows:
            self._connection.execute(_ADD, rows)
            self._forget_said([row["id"] for row in rows])
        self._keep_said([insight for insight in insights if insight.id in settled])

    def said_now(self, ids: Sequence[str], alone_in: str | None = None) -> dict[str, Insight]:
        """Return those of these insights, by id, of which their source says something else now, as it says it.

        alone_in: only those that stand in no edition, or in this one alone.
        """
        if alone_in is not None:
            elsewhere = self._settled(ids, but_for=alone_in)
            ids = [one for one in ids if one not in elsewhere]
        found = {
            row.insight: row.said
            for some in batches(ids)
            for row in self._connection.execute(sa.select(t.insight_now).where(t.insight_now.c.insight.in_(some)))
        }
        return {number: _corrected(one, found[number]) for number, one in self.stored(list(found)).items()}

    def correct(self, insights: Sequence[Insight]) -> None:
        """Store insights as their sources say them now, whatever they stand in."""
        for one in insights:
            values = {name: getattr(one, name) for name in _CORRECTABLE} | {"categories": list(one.categories)}
            self._connection.execute(sa.update(t.insight).where(t.insight.c.id == one.id).values(values))
        self._forget_said([one.id for one in insights])

    def unused(self, newsletter: str, sources: Sequence[str]) -> list[Insight]:
        """Return the sources' insights that stand in no edition of the newsletter and are not out, oldest first."""
        return self._insights(
            t.insight.c.source.in_(sources),
            t.insight.c.id.not_in(_in_editions(newsletter)),
            t.insight.c.id.not_in(excluded_insights(newsletter)),
        )

    def used(self, newsletter: str, since: datetime) -> list[Insight]:
        """Return the insights of the newsletter's editions whose slot is since then, and those taken out since."""
        told = t.insight.c.id.in_(_in_editions(newsletter).where(t.edition.c.slot >= since))
        return self._insights(told | t.insight.c.id.in_(excluded_insights(newsletter, since)))

    def used_addresses(self, newsletter: str) -> set[str]:
        """Return the canonical addresses of all insights that ever stood in an edition, or were taken out."""
        ever = t.insight.c.id.in_(_in_editions(newsletter)) | t.insight.c.id.in_(excluded_insights(newsletter))
        found = self._connection.execute(sa.select(t.insight.c.canonical).where(t.insight.c.canonical != "", ever))
        return set(found.scalars())

    def _insights(self, *conditions: sa.ColumnElement[bool]) -> list[Insight]:
        rows = self._connection.execute(
            sa.select(t.insight).where(*conditions).order_by(t.insight.c.published, t.insight.c.id)
        )
        return [insight_of(row._mapping) for row in rows]

    def _settled(self, ids: Sequence[str], but_for: str = "") -> set[str]:
        """Of these insights, those that stand in an edition: what was looked at changes by a person alone.

        but_for: an edition that does not count.
        """
        standing = _in_editions(None).where(t.edition.c.id != but_for)
        return {
            one
            for some in batches(ids)
            for one in self._connection.execute(standing.where(t.edition_insight.c.insight.in_(some))).scalars()
        }

    def _keep_said(self, insights: Sequence[Insight]) -> None:
        """Keep what sources say of insights that stand in editions, where it is something else."""
        before = self.stored([one.id for one in insights])
        others = [one for one in insights if not _is_as_before(one, before[one.id])]
        others_ids = {one.id for one in others}
        self._forget_said([one.id for one in insights if one.id not in others_ids])
        for one in others:
            said = _said_of(one)
            new = insert(t.insight_now).values(insight=one.id, said=said)
            self._connection.execute(new.on_conflict_do_update(index_elements=["insight"], set_={"said": said}))

    def _forget_said(self, ids: Sequence[str]) -> None:
        for some in batches(ids):
            self._connection.execute(sa.delete(t.insight_now).where(t.insight_now.c.insight.in_(some)))


def _state_of(row: sa.Row[Any]) -> SourceState:
    return SourceState(
        source=row.id,
        asked_as=row.asked_as,
        validators=Validators(etag=row.etag, last_modified=row.last_modified, body=row.body),
        last_asked=row.last_asked,
        last_success=row.last_success,
        last_new=row.last_new,
        failing_since=row.failing_since,
        failures=row.failures,
        fault=row.fault,
        wait_until=row.wait_until,
        gone=row.gone,
    )


def _values_of(state: SourceState) -> dict[str, object]:
    return {
        "id": state.source,
        "asked_as": state.asked_as,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body": state.validators.body,
        "last_asked": state.last_asked,
        "last_success": state.last_success,
        "last_new": state.last_new,
        "failing_since": state.failing_since,
        "failures": state.failures,
        "fault": state.fault,
        "wait_until": state.wait_until,
        "gone": state.gone,
    }


def _in_editions(newsletter: str | None) -> sa.Select[Any]:
    used = (
        sa.select(t.edition_insight.c.insight)
        .join(t.edition, t.edition.c.id == t.edition_insight.c.edition)
        .where(t.edition.c.state.not_in(NEVER_SENT))
    )
    return used if newsletter is None else used.where(t.edition.c.newsletter == newsletter)


def _is_as_before(now: Insight, before: Insight) -> bool:
    return all(getattr(now, name) == getattr(before, name) for name in _CORRECTABLE)


def _said_of(one: Insight) -> dict[str, Any]:
    """Return what may be corrected of an insight as JSON."""
    said = {name: getattr(one, name) for name in _CORRECTABLE}
    return said | {"categories": list(one.categories), "published": one.published.isoformat()}


def _corrected(one: Insight, said: Mapping[str, Any]) -> Insight:
    """Return an insight with what its source says of it now."""
    published = datetime.fromisoformat(said["published"])
    kinds = {"published": published, "date_from": DateFrom(said["date_from"]), "categories": tuple(said["categories"])}
    return replace(one, **dict(said) | kinds)


def insight_of(values: sa.RowMapping) -> Insight:
    """Build an Insight from the columns of the table; others are passed over."""
    own: dict[str, Any] = {column.name: values[column.name] for column in t.insight.c}
    return Insight(**own | {"date_from": DateFrom(own["date_from"]), "categories": tuple(own["categories"])})
