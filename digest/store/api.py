"""Queries about tokens of programs, and the answers that they may ask for again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import ApiToken, Replay, Scope
from digest.store import tables as t
from digest.store.dialects import insert

_T = t.api_token.c
_R = t.api_replay.c


class SqlApiTokens:
    """Tokens of programs (domain/ports, ApiTokens)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, token: ApiToken) -> None:
        """Keep a token, by its hash."""
        values = {name: value for name, value in asdict(token).items() if name != "owner"}
        self._connection.execute(sa.insert(t.api_token), values | {"scopes": list(token.scopes)})

    def every(self) -> list[ApiToken]:
        """Return all tokens, the newest first, those that work no more among them."""
        rows = self._connection.execute(_whole().order_by(_T.made_at.desc(), _T.id))
        return [_token(row) for row in rows]

    def by_key(self, key: str) -> ApiToken | None:
        """Return a token by its hash, also where it works no more."""
        row = self._connection.execute(_whole().where(_T.key == key)).one_or_none()
        return _token(row) if row else None

    def used(self, token: str, at: datetime) -> None:
        """Record that a token is in use."""
        self._connection.execute(sa.update(t.api_token).where(_T.id == token).values(used_at=at))

    def withdraw(self, token: str, at: datetime) -> bool:
        """End a token for good; False where it was withdrawn before, or there is none."""
        mine = (_T.id == token, _T.withdrawn_at.is_(None))
        return bool(self._connection.execute(sa.update(t.api_token).where(*mine).values(withdrawn_at=at)).rowcount)

    def remove_of(self, staff: str) -> int:
        """Remove all tokens of somebody whose account goes; return how many there were."""
        theirs = sa.select(_T.id).where(_T.staff == staff)
        self._connection.execute(sa.delete(t.api_replay).where(t.api_replay.c.token.in_(theirs)))
        return self._connection.execute(sa.delete(t.api_token).where(_T.staff == staff)).rowcount

    def claim(self, token: str, key: str, request: str, at: datetime) -> bool:
        """Keep that a request with an Idempotency-Key is begun; False where the key was used before."""
        made = insert(t.api_replay).values(token=token, key=key, request=request, at=at)
        return bool(self._connection.execute(made.on_conflict_do_nothing()).rowcount)

    def replay(self, token: str, key: str) -> Replay | None:
        """Return what a key was used for: status 0 where that has not ended."""
        row = self._connection.execute(sa.select(t.api_replay).where(*_one(token, key))).one_or_none()
        return Replay(request=row.request, status=row.status, body=row.body) if row else None

    def keep(self, token: str, key: str, status: int, body: str) -> None:
        """Keep the answer to a request that was begun."""
        self._connection.execute(sa.update(t.api_replay).where(*_one(token, key)).values(status=status, body=body))

    def release(self, token: str, key: str) -> None:
        """Forget a request that came to nothing: its key may be used again."""
        self._connection.execute(sa.delete(t.api_replay).where(*_one(token, key)))

    def forget(self, before: datetime) -> None:
        """Drop the answers from before then."""
        self._connection.execute(sa.delete(t.api_replay).where(_R.at < before))


def _one(token: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _R.token == token, _R.key == key


def _whole() -> sa.Select[Any]:
    return sa.select(t.api_token, t.staff.c.name.label("owner")).join(t.staff)


def _token(row: sa.Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        key=row.key,
        name=row.name,
        scopes=tuple(Scope(one) for one in row.scopes),
        staff=row.staff,
        owner=row.owner,
        made_at=row.made_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
        withdrawn_at=row.withdrawn_at,
    )
