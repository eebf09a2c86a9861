"""Queries about webhooks, and about what they are to be told; triggers write that (store/tables/api.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Webhook, WebhookCount, WebhookEvent, WebhookMessage
from digest.store import tables as t
from digest.store.batches import batches

_W = t.webhook.c
_M = t.webhook_message.c


class SqlWebhooks:
    """Webhooks, and what they are to be told (domain/ports, Webhooks)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""
        values = {"events": list(webhook.events), "staff": webhook.staff or None}
        self._connection.execute(sa.insert(t.webhook), asdict(webhook) | values)

    def every(self) -> list[Webhook]:
        """Return all webhooks that are told anything, the oldest first."""
        rows = self._connection.execute(_open().order_by(_W.made_at, _W.id))
        return [_webhook(row) for row in rows]

    def get(self, webhook: str) -> Webhook | None:
        """Return a webhook that is told anything, by its id."""
        row = self._connection.execute(_open().where(_W.id == webhook)).one_or_none()
        return _webhook(row) if row else None

    def counts(self) -> dict[str, WebhookCount]:
        """Return how what webhooks are to be told stands, by id; one that has nothing open is missing."""
        given_up = sa.func.count(_M.given_up_at)
        rows = self._connection.execute(sa.select(_M.webhook, sa.func.count(), given_up).group_by(_M.webhook))
        return {row[0]: WebhookCount(waiting=row[1] - row[2], given_up=row[2]) for row in rows}

    def renew(self, webhook: str, generation: int, both_until: datetime) -> None:
        """Give a webhook its next secret."""
        self._set(webhook, generation=generation, both_until=both_until)

    def end(self, webhook: str, at: datetime, fault: str = "") -> bool:
        """Tell a webhook no more, and drop what it was not told yet; False where it had ended."""
        mine = (_W.id == webhook, _W.ended_at.is_(None))
        done = self._connection.execute(sa.update(t.webhook).where(*mine).values(ended_at=at, fault=fault))
        self._connection.execute(sa.delete(t.webhook_message).where(_M.webhook == webhook))
        return bool(done.rowcount)

    def end_of(self, staff: str, at: datetime) -> int:
        """End all webhooks of somebody whose account goes; return how many were told anything."""
        mine = self._connection.execute(sa.select(_W.id).where(_W.staff == staff)).scalars()
        ended = sum(self.end(one, at) for one in list(mine))
        self._connection.execute(sa.update(t.webhook).where(_W.staff == staff).values(staff=None))
        return ended

    def due(self, now: datetime, limit: int) -> list[WebhookMessage]:
        """Return what is to be told now, the oldest first."""
        mine = (_M.given_up_at.is_(None), _M.next_at.is_(None) | (_M.next_at <= now))
        rows = self._connection.execute(
            sa.select(t.webhook_message).where(*mine).order_by(_M.at.nulls_first(), _M.id).limit(limit)
        )
        return [_message(row) for row in rows]

    def claim(self, message: WebhookMessage, now: datetime, until: datetime) -> bool:
        """Count one more try; False where another process has it. Nobody else tries before `until`."""
        mine = (_M.id == message.id, _M.tries == message.tries, _M.given_up_at.is_(None))
        first = sa.func.coalesce(_M.first_try, sa.bindparam("now", now, type_=t.Utc))
        values = {"tries": message.tries + 1, "first_try": first, "next_at": until}
        return bool(self._connection.execute(sa.update(t.webhook_message).where(*mine).values(values)).rowcount)

    def told(self, message: WebhookMessage, at: datetime) -> None:
        """Drop what was taken, and record that its webhook works."""
        self._connection.execute(sa.delete(t.webhook_message).where(_M.id == message.id))
        self._set(message.webhook, last_success=at, failing_since=None, fault="")

    def failed(self, message: WebhookMessage, at: datetime, fault: str, again: datetime | None) -> None:
        """Record a try that came to nothing; again: when it is tried next, None where it is given up."""
        told = {"next_at": again} if again else {"given_up_at": at}
        self._connection.execute(sa.update(t.webhook_message).where(_M.id == message.id).values(told))
        since = sa.func.coalesce(_W.failing_since, sa.bindparam("since", at, type_=t.Utc))
        self._set(message.webhook, failing_since=since, fault=fault)

    def put_off(self, webhook: str, until: datetime, now: datetime) -> None:
        """Let nothing that is due be tried before then at a webhook that fails."""
        mine = (_M.webhook == webhook, _M.given_up_at.is_(None), _M.next_at.is_(None) | (_M.next_at <= now))
        self._connection.execute(sa.update(t.webhook_message).where(*mine).values(next_at=until))

    def forget(self, before: datetime) -> None:
        """Drop what was given up and happened before then."""
        self._connection.execute(sa.delete(t.webhook_message).where(_M.given_up_at < before))

    def addresses(self, subscribers: Sequence[str]) -> dict[str, str]:
        """Return people's addresses by their ids; of who was erased there is none."""
        who = t.subscriber.c
        rows = [
            row
            for some in batches(subscribers)
            for row in self._connection.execute(sa.select(who.id, who.address).where(who.id.in_(some)))
        ]
        return {row.id: row.address for row in rows if row.address}

    def _set(self, webhook: str, **values: object) -> None:
        self._connection.execute(sa.update(t.webhook).where(_W.id == webhook).values(values))


def _open() -> sa.Select[Any]:
    return sa.select(t.webhook, t.staff.c.name.label("owner")).outerjoin(t.staff).where(_W.ended_at.is_(None))


def _webhook(row: sa.Row[Any]) -> Webhook:
    values = {name: value for name, value in row._mapping.items() if name != "owner"}
    # whoever took another name since is shown under it
    about = {"who": row.owner or row.who, "staff": row.staff or ""}
    return Webhook(**values | about | {"events": tuple(WebhookEvent(one) for one in row.events)})


def _message(row: sa.Row[Any]) -> WebhookMessage:
    values = {name: value for name, value in row._mapping.items() if name != "given_up_at"}
    about = {name: values[name] or "" for name in ("edition", "subscriber")}
    return WebhookMessage(**values | about | {"event": WebhookEvent(row.event)})
