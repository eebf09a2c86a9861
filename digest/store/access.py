"""Queries about who may use the desk: staff, sittings, one-time links."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import OneTimeLink, Opens, Sitting, Staff
from digest.store import tables as t


class SqlAccess:
    """Staff, the browsers in which they are logged in, and one-time links (domain/ports, Access)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def everybody(self) -> list[Staff]:
        """Return all staff, the first one first."""
        rows = self._connection.execute(sa.select(t.staff).order_by(t.staff.c.created_at, t.staff.c.id))
        return [_staff(row) for row in rows]

    def by_address(self, address: str) -> Staff | None:
        """Return whose address it is, however its letters are written."""
        row = self._connection.execute(sa.select(t.staff).where(t.staff.c.folded == address.casefold())).one_or_none()
        return _staff(row) if row else None

    def add(self, staff: Staff) -> None:
        """Give somebody an account."""
        self._connection.execute(sa.insert(t.staff), asdict(staff) | {"folded": staff.address.casefold()})

    def set_phrase(self, staff: str, phrase: str) -> None:
        """Give somebody another pass phrase, by its hash."""
        self._connection.execute(sa.update(t.staff).where(t.staff.c.id == staff).values(phrase=phrase))

    def begin(self, sitting: Sitting) -> None:
        """Keep that somebody logged in."""
        self._connection.execute(sa.insert(t.sitting), asdict(sitting))

    def sitting(self, key: str) -> tuple[Sitting, Staff] | None:
        """Return a sitting and whose it is, also where it has ended by now."""
        both = sa.select(t.sitting, t.staff.c.id, t.staff.c.name, t.staff.c.address, t.staff.c.phrase)
        row = self._connection.execute(
            both.add_columns(t.staff.c.created_at).join(t.staff).where(t.sitting.c.key == key)
        ).one_or_none()
        return (_sitting(row), _staff(row)) if row else None

    def seen(self, key: str, at: datetime) -> None:
        """Record that a sitting is in use."""
        self._connection.execute(sa.update(t.sitting).where(t.sitting.c.key == key).values(seen_at=at))

    def end(self, key: str) -> None:
        """End a sitting."""
        self._connection.execute(sa.delete(t.sitting).where(t.sitting.c.key == key))

    def end_all(self, staff: str) -> None:
        """End every sitting of somebody."""
        self._connection.execute(sa.delete(t.sitting).where(t.sitting.c.staff == staff))

    def offer(self, link: OneTimeLink) -> None:
        """Keep a one-time link; one for the same that was not used works no more."""
        same = (t.one_time_link.c.opens == link.opens, t.one_time_link.c.staff == link.staff)
        self._connection.execute(sa.delete(t.one_time_link).where(*same, t.one_time_link.c.used_at.is_(None)))
        self._connection.execute(sa.insert(t.one_time_link), asdict(link))

    def link(self, key: str) -> OneTimeLink | None:
        """Return a one-time link, also where it was used or is too old."""
        row = self._connection.execute(sa.select(t.one_time_link).where(t.one_time_link.c.key == key)).one_or_none()
        if row is None:
            return None
        return OneTimeLink(
            key=row.key, opens=Opens(row.opens), staff=row.staff, ends_at=row.ends_at, used_at=row.used_at
        )

    def use(self, key: str, at: datetime) -> bool:
        """Use a one-time link; False where it was used before."""
        mine = (t.one_time_link.c.key == key, t.one_time_link.c.used_at.is_(None))
        return bool(self._connection.execute(sa.update(t.one_time_link).where(*mine).values(used_at=at)).rowcount)

    def forget(self, unused_since: datetime, now: datetime) -> None:
        """Drop sittings that are over, and links that are too old."""
        over = sa.or_(t.sitting.c.ends_at <= now, t.sitting.c.seen_at <= unused_since)
        self._connection.execute(sa.delete(t.sitting).where(over))
        self._connection.execute(sa.delete(t.one_time_link).where(t.one_time_link.c.ends_at <= now))


def _staff(row: sa.Row[Any]) -> Staff:
    return Staff(id=row.id, name=row.name, address=row.address, phrase=row.phrase, created_at=row.created_at)


def _sitting(row: sa.Row[Any]) -> Sitting:
    return Sitting(
        key=row.key,
        staff=row.staff,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        secret=row.secret,
    )
