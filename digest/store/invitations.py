"""Queries about who may make an account for themselves."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Invitation, Role
from digest.store import tables as t


class SqlInvitations:
    """Invitations (domain/ports, Invitations)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, invitation: Invitation) -> None:
        """Invite somebody."""
        values = asdict(invitation) | {"folded": invitation.address.casefold()}
        self._connection.execute(sa.insert(t.invitation), values)

    def every(self) -> list[Invitation]:
        """Return all invitations, the first one first, also those that are too old."""
        rows = self._connection.execute(sa.select(t.invitation).order_by(t.invitation.c.invited_at, t.invitation.c.id))
        return [_invitation(row) for row in rows]

    def get(self, invitation: str) -> Invitation | None:
        """Return an invitation by its id, also where it is too old."""
        return self._one(t.invitation.c.id == invitation)

    def by_key(self, key: str) -> Invitation | None:
        """Return an invitation by what is kept of its link's token, also where it is too old."""
        return self._one(t.invitation.c.key == key)

    def renew(self, invitation: str, key: str, ends_at: datetime) -> None:
        """Give an invitation another link in the place of its old one."""
        mine = sa.update(t.invitation).where(t.invitation.c.id == invitation)
        self._connection.execute(mine.values(key=key, ends_at=ends_at))

    def remove(self, invitation: str) -> bool:
        """Take an invitation away; False where there is none."""
        return bool(self._connection.execute(sa.delete(t.invitation).where(t.invitation.c.id == invitation)).rowcount)

    def forget(self, now: datetime) -> None:
        """Drop those that are too old."""
        self._connection.execute(sa.delete(t.invitation).where(t.invitation.c.ends_at <= now))

    def _one(self, which: sa.ColumnElement[bool]) -> Invitation | None:
        row = self._connection.execute(sa.select(t.invitation).where(which)).one_or_none()
        return _invitation(row) if row else None


def _invitation(row: sa.Row[Any]) -> Invitation:
    values = {one.name: row._mapping[one.name] for one in fields(Invitation)}
    return Invitation(**{**values, "role": Role(values["role"])})
