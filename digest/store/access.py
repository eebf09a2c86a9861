"""Queries about who may use the desk: staff, sittings, one-time links, second factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import OneTimeLink, Opens, Role, Sitting, Staff
from digest.store import tables as t

#: columns of somebody of staff beside those of their sitting, under names of their own
_OF_STAFF = {one.name: t.staff.c[one.name].label(f"staff_{one.name}") for one in fields(Staff)}


class SqlAccess:
    """Staff, the browsers in which they are logged in, and what lets them in (domain/ports, Access)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def everybody(self) -> list[Staff]:
        """Return all staff, the first one first."""
        rows = self._connection.execute(sa.select(t.staff).order_by(t.staff.c.created_at, t.staff.c.id))
        return [_staff(row) for row in rows]

    def get(self, staff: str) -> Staff | None:
        """Return somebody by their id."""
        row = self._connection.execute(sa.select(t.staff).where(t.staff.c.id == staff)).one_or_none()
        return _staff(row) if row else None

    def by_address(self, address: str) -> Staff | None:
        """Return whose address it is, however its letters are written."""
        row = self._connection.execute(sa.select(t.staff).where(t.staff.c.folded == address.casefold())).one_or_none()
        return _staff(row) if row else None

    def add(self, staff: Staff) -> None:
        """Give somebody an account."""
        self._connection.execute(sa.insert(t.staff), asdict(staff) | {"folded": staff.address.casefold()})

    def set_phrase(self, staff: str, phrase: str) -> None:
        """Give somebody another pass phrase, by its hash."""
        self._set(staff, phrase=phrase)

    def set_name(self, staff: str, name: str, address: str) -> None:
        """Give somebody another name and address."""
        self._set(staff, name=name, address=address, folded=address.casefold())

    def set_role(self, staff: str, role: Role) -> None:
        """Let somebody do other things."""
        self._set(staff, role=role)

    def remove(self, staff: str) -> None:
        """Take somebody's account away, with all that belongs to it."""
        for table in (t.sitting, t.one_time_link, t.recovery_code):
            self._connection.execute(sa.delete(table).where(table.c.staff == staff))
        self._connection.execute(sa.delete(t.staff).where(t.staff.c.id == staff))

    def begin(self, sitting: Sitting) -> None:
        """Keep that somebody logged in."""
        self._connection.execute(sa.insert(t.sitting), asdict(sitting))
        self._set(sitting.staff, seen_at=sitting.begun_at)

    def sitting(self, key: str) -> tuple[Sitting, Staff] | None:
        """Return a sitting and whose it is, also where it has ended by now."""
        both = sa.select(t.sitting, *_OF_STAFF.values()).join(t.staff).where(t.sitting.c.key == key)
        row = self._connection.execute(both).one_or_none()
        return (_sitting(row), _staff(row, "staff_")) if row else None

    def sittings(self, staff: str) -> list[Sitting]:
        """Return the sittings of somebody, the one in use last first."""
        theirs = sa.select(t.sitting).where(t.sitting.c.staff == staff)
        rows = self._connection.execute(theirs.order_by(t.sitting.c.seen_at.desc(), t.sitting.c.key))
        return [_sitting(row) for row in rows]

    def seen(self, key: str, at: datetime) -> None:
        """Record that a sitting is in use, and with it whose it is."""
        self._connection.execute(sa.update(t.sitting).where(t.sitting.c.key == key).values(seen_at=at))
        whose = sa.select(t.sitting.c.staff).where(t.sitting.c.key == key).scalar_subquery()
        self._connection.execute(sa.update(t.staff).where(t.staff.c.id == whose).values(seen_at=at))

    def end(self, key: str) -> None:
        """End a sitting."""
        self._connection.execute(sa.delete(t.sitting).where(t.sitting.c.key == key))

    def end_all(self, staff: str, but: str = "") -> None:
        """End every sitting of somebody but one."""
        self._connection.execute(sa.delete(t.sitting).where(t.sitting.c.staff == staff, t.sitting.c.key != but))

    def offer(self, link: OneTimeLink) -> None:
        """Keep a one-time link; one for the same that was not used works no more."""
        self._connection.execute(sa.delete(t.one_time_link).where(*_open(link.staff, link.opens)))
        self._connection.execute(sa.insert(t.one_time_link), asdict(link))

    def offered(self, staff: str, opens: Opens) -> OneTimeLink | None:
        """Return the link for something that was not used."""
        row = self._connection.execute(sa.select(t.one_time_link).where(*_open(staff, opens))).one_or_none()
        return _link(row) if row else None

    def link(self, key: str) -> OneTimeLink | None:
        """Return a one-time link, also where it was used or is too old."""
        row = self._connection.execute(sa.select(t.one_time_link).where(t.one_time_link.c.key == key)).one_or_none()
        return _link(row) if row else None

    def use(self, key: str, at: datetime) -> bool:
        """Use a one-time link; False where it was used before."""
        mine = (t.one_time_link.c.key == key, t.one_time_link.c.used_at.is_(None))
        return bool(self._connection.execute(sa.update(t.one_time_link).where(*mine).values(used_at=at)).rowcount)

    def drop_links(self, staff: str) -> None:
        """Let no link of somebody's that was not used work any more."""
        theirs = (t.one_time_link.c.staff == staff, t.one_time_link.c.used_at.is_(None))
        self._connection.execute(sa.delete(t.one_time_link).where(*theirs))

    def set_factor(self, staff: str, factor: str, step: int, codes: Sequence[str]) -> None:
        """Give somebody a second factor in the place of any other; empty: take it away."""
        self._set(staff, factor=factor, factor_step=step)
        self.set_codes(staff, codes)

    def set_codes(self, staff: str, codes: Sequence[str]) -> None:
        """Give somebody other recovery codes, by what is kept of them."""
        self._connection.execute(sa.delete(t.recovery_code).where(t.recovery_code.c.staff == staff))
        if codes:
            self._connection.execute(sa.insert(t.recovery_code), [{"key": code, "staff": staff} for code in codes])

    def count_step(self, staff: str, step: int) -> bool:
        """Let the code of a time step count, once."""
        later = (t.staff.c.id == staff, t.staff.c.factor != "", t.staff.c.factor_step < step)
        return bool(self._connection.execute(sa.update(t.staff).where(*later).values(factor_step=step)).rowcount)

    def use_code(self, staff: str, code: str) -> bool:
        """Use a recovery code by what is kept of it."""
        mine = (t.recovery_code.c.key == code, t.recovery_code.c.staff == staff)
        return bool(self._connection.execute(sa.delete(t.recovery_code).where(*mine)).rowcount)

    def codes_left(self, staff: str) -> int:
        """Count somebody's recovery codes that were not used."""
        theirs = sa.select(sa.func.count()).where(t.recovery_code.c.staff == staff)
        return int(self._connection.execute(theirs).scalar_one())

    def forget(self, unused_since: datetime, now: datetime) -> None:
        """Drop sittings that are over, and links that are too old."""
        over = sa.or_(t.sitting.c.ends_at <= now, t.sitting.c.seen_at <= unused_since)
        self._connection.execute(sa.delete(t.sitting).where(over))
        self._connection.execute(sa.delete(t.one_time_link).where(t.one_time_link.c.ends_at <= now))

    def _set(self, staff: str, **values: Any) -> None:
        self._connection.execute(sa.update(t.staff).where(t.staff.c.id == staff).values(**values))


def _open(staff: str, opens: Opens) -> tuple[sa.ColumnElement[bool], ...]:
    link = t.one_time_link.c
    return (link.opens == opens, link.staff == staff, link.used_at.is_(None))


def _staff(row: sa.Row[Any], prefix: str = "") -> Staff:
    values = {name: row._mapping[f"{prefix}{name}"] for name in _OF_STAFF}
    return Staff(**{**values, "role": Role(values["role"])})


def _sitting(row: sa.Row[Any]) -> Sitting:
    return Sitting(**{one.name: row._mapping[one.name] for one in fields(Sitting)})


def _link(row: sa.Row[Any]) -> OneTimeLink:
    return OneTimeLink(key=row.key, opens=Opens(row.opens), staff=row.staff, ends_at=row.ends_at, used_at=row.used_at)
