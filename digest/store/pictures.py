"""Queries about pictures of stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Picture, Shape
from digest.domain.ports import PictureAsked, PictureKept
from digest.domain.states import NEVER_SENT
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert

_OF_PICTURE: tuple[sa.ColumnElement[Any], ...] = tuple(
    t.picture.c[name] for name in ("name", "width", "height", "content", "content_type")
)


class SqlPictures:
    """Pictures of stories (domain/ports, Pictures)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def asked(self, addresses: Sequence[str]) -> dict[str, PictureAsked]:
        """Return what is remembered of those of these addresses that were asked, by the address."""
        found: dict[str, PictureAsked] = {}
        for some in batches(addresses):
            rows = self._connection.execute(sa.select(t.picture_asked).where(t.picture_asked.c.address.in_(some)))
            found |= {row.address: PictureAsked(**row._mapping) for row in rows}
        return found

    def keep(self, asked: Sequence[PictureAsked], kept: Sequence[PictureKept]) -> None:
        """Remember that addresses were asked, and keep what they gave; what is kept already stays as it is."""
        statement = insert(t.picture_asked)
        # whoever asked at the same time and got it has the last word
        remember = statement.on_conflict_do_update(
            index_elements=["address"],
            set_={name: statement.excluded[name] for name in ("at", "failures", "fault", "next_at")},
            where=t.picture_asked.c.failures > 0,
        )
        if asked:
            self._connection.execute(remember, [asdict(one) for one in asked])
        rows = [{"address": one.address, "shape": one.shape, "at": one.at, **asdict(one.picture)} for one in kept]
        if rows:
            self._connection.execute(insert(t.picture).on_conflict_do_nothing(), rows)

    def names(self, addresses: Sequence[str], by: datetime) -> dict[str, dict[Shape, str]]:
        """Return the names of the pictures that were kept by then, by address and shape."""
        found: dict[str, dict[Shape, str]] = {}
        for some in batches(addresses):
            rows = self._connection.execute(
                sa.select(t.picture.c.address, t.picture.c.shape, t.picture.c.name).where(
                    t.picture.c.address.in_(some), t.picture.c.at <= by
                )
            )
            for row in rows:
                found.setdefault(row.address, {})[Shape(row.shape)] = row.name
        return found

    def named(self, names: Sequence[str]) -> dict[str, Picture]:
        """Return those of these pictures that are kept, by name."""
        found: dict[str, Picture] = {}
        for some in batches(names):
            rows = self._connection.execute(sa.select(*_OF_PICTURE).where(t.picture.c.name.in_(some)))
            found |= {row.name: Picture(**row._mapping) for row in rows}
        return found

    def forget(self, before: datetime) -> None:
        """Drop what was asked for before then and stands in no edition that people may get or got."""
        in_use = (
            sa.select(t.insight.c.image)
            .join(t.edition_insight, t.edition_insight.c.insight == t.insight.c.id)
            .join(t.edition, t.edition.c.id == t.edition_insight.c.edition)
            .where(t.edition.c.state.not_in(NEVER_SENT))
        )
        old = sa.select(t.picture_asked.c.address).where(
            t.picture_asked.c.at < before, t.picture_asked.c.address.not_in(in_use)
        )
        self._connection.execute(sa.delete(t.picture).where(t.picture.c.address.in_(old)))
        self._connection.execute(
            sa.delete(t.picture_asked).where(t.picture_asked.c.at < before, t.picture_asked.c.address.not_in(in_use))
        )
