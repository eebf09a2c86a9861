"""Queries about all that is held of one person.

Every table that knows a person is named in TABLES, and a test holds it against the schema: one that is added and not
named there would be forgotten when somebody asks to be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import DeliveryState, EditionState, SubscriptionState
from digest.domain.ports.rights import Held
from digest.store import tables as t
from digest.store.growth import SqlGrowth

#: tables that know a person by id -> the column
TABLES: Mapping[str, str] = {
    "subscription": "subscriber",
    "delivery": "subscriber",
    "consent": "subscriber",
    "notice": "subscriber",
    "feedback": "subscriber",
    "decided": "subscriber",
    # stays when somebody is erased: it holds an id alone, and whoever is to hear of that must
    "webhook_message": "subscriber",
}
#: tables in which an erasure changes or removes rows
PERSONAL = ("subscriber", *TABLES, "asking", "growth")
#: people of a day by one way, below which its words may tell of one of them; and what is written instead
_FEW, _SOME_WAY = 5, "another way"
#: editions of which nobody is mailed any more
_THROUGH = (EditionState.SENT, EditionState.CANCELLED)
#: columns of the ledger in which a mail server may have repeated the address
_SAID = ("reply", "reason")
#: columns that say again what others hold
_WORKED_OUT = ("traits", "file_row", "outcome", "answer", "why", "first_folded", "last_folded")


class SqlRights:
    """All that is held of one person (domain/ports, Rights)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def subscriber(self, comparable: str) -> str:
        """Return the id of whoever has an address, by its comparable spelling; empty where nobody has it."""
        asked = sa.select(t.subscriber.c.id).where(t.subscriber.c.comparable == comparable)
        return str(self._connection.execute(asked).scalar() or "")

    def held(self, subscriber: str, comparable: str, key: str) -> dict[str, Sequence[Held]]:
        """Return everything that is held, by table."""
        rows = {"subscriber": self._rows(t.subscriber, t.subscriber.c.id == subscriber)}
        for name, column in TABLES.items():
            table = t.metadata.tables[name]
            theirs = table.c[column] == subscriber
            rows[name] = self._rows(table, in_every_edition(subscriber) if table is t.delivery else theirs)
        rows["asking"] = self._rows(t.asking, t.asking.c.comparable == comparable)
        rows["suppression"] = self._rows(t.suppression, t.suppression.c.key == key)
        return {name: found for name, found in rows.items() if found}

    def erase(self, subscriber: str, comparable: str) -> None:
        """Take away all that tells of somebody. What remains is a row without a name, so that counts stay true."""
        self._connection.execute(
            sa.delete(t.notice).where(
                t.notice.c.asking.in_(sa.select(t.asking.c.id).where(t.asking.c.comparable == comparable))
            )
        )
        self._connection.execute(sa.delete(t.asking).where(t.asking.c.comparable == comparable))
        self._forget_ways(subscriber)
        for table in (t.notice, t.consent, t.feedback, t.decided):
            self._connection.execute(sa.delete(table).where(table.c.subscriber == subscriber))
        nothing = dict.fromkeys(_SAID, "")
        self._connection.execute(sa.update(t.delivery).where(in_every_edition(subscriber)).values(nothing))
        self._connection.execute(
            sa.update(t.subscription)
            .where(t.subscription.c.subscriber == subscriber)
            .values(
                state=SubscriptionState.ERASED,
                themes=[],
                consent_source="",
                consent_at=None,
                paused_until=None,
                traits="",
                joined_at=None,
                joined_by="",
                file_row="",
                ended_at=None,
            )
        )
        self._connection.execute(
            sa.update(t.subscriber).where(t.subscriber.c.id == subscriber).values(nameless(subscriber))
        )

    def ended(self, before: datetime, limit: int) -> list[str]:
        """Return addresses of people who left everything, or whose mail came back, before then."""
        place, lasting = t.subscription.c, t.subscription.alias()
        gone = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED)
        # who still gets something, waits to confirm, or left something else not so long ago is nobody to forget
        stays = sa.exists().where(
            lasting.c.subscriber == t.subscriber.c.id,
            lasting.c.state.not_in((*gone, SubscriptionState.ERASED)) | (lasting.c.ended_at >= before),
        )
        rows = self._connection.execute(
            sa.select(t.subscriber.c.address)
            .join(t.subscription, place.subscriber == t.subscriber.c.id)
            .where(place.state.in_(gone), place.ended_at < before, ~stays)
            .distinct()
            .limit(limit)
        )
        return [row.address for row in rows]

    def forget_replies(self, before: datetime) -> int:
        """Forget what mail servers answered about people of editions before then; return of how many deliveries."""
        old = sa.select(t.edition.c.id).where(t.edition.c.slot < before, t.edition.c.state.in_(_THROUGH))
        theirs = (t.delivery.c.reply != "") | (t.delivery.c.reason != "")
        # why somebody was skipped is the program's own sentence
        said = t.delivery.c.edition.in_(old) & (t.delivery.c.state != DeliveryState.SKIPPED) & theirs
        nothing = dict.fromkeys(_SAID, "")
        return self._connection.execute(sa.update(t.delivery).where(said).values(nothing)).rowcount

    def forget_feedback(self, before: datetime) -> int:
        """Forget single bounces and complaints from before then; return how many there were."""
        return self._connection.execute(sa.delete(t.feedback).where(t.feedback.c.at < before)).rowcount

    def _forget_ways(self, subscriber: str) -> None:
        """Take the words of somebody's consent out of the counts of who came, where few came by them."""
        place, record = t.subscription.c, t.consent.c
        now = sa.select(place.newsletter, place.consent_source).where(place.subscriber == subscriber)
        before = sa.select(record.newsletter, record.how).where(record.subscriber == subscriber)
        for newsletter, source in self._connection.execute(sa.union(now, before)).all():
            named = (t.growth.c.newsletter == newsletter, t.growth.c.how == source)
            rows = self._connection.execute(sa.select(t.growth).where(*named, t.growth.c.people < _FEW)).all()
            self._connection.execute(sa.delete(t.growth).where(*named, t.growth.c.people < _FEW))
            for row in rows:
                SqlGrowth(self._connection).count(
                    newsletter, date.fromisoformat(row.day), row.what, _SOME_WAY, row.people
                )

    def _rows(self, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[Held]:
        return [_plain(row._mapping) for row in self._connection.execute(sa.select(table).where(condition))]


def in_every_edition(subscriber: str) -> sa.ColumnElement[bool]:
    """Return a condition for one person's deliveries, which are looked up by their key, edition by edition."""
    return t.delivery.c.edition.in_(sa.select(t.edition.c.id)) & (t.delivery.c.subscriber == subscriber)


def nameless(subscriber: str) -> dict[str, object]:
    """Return what a subscriber's row holds of whom nothing is known any more.

    The row stays: the ledger names it, and to look through the ledger for those it does not name would take too long.
    """
    return {
        # nobody else may get this spelling, and it is no address
        "comparable": f"erased:{subscriber}",
        "address": "",
        "first_name": "",
        "last_name": "",
        "tags": [],
        "fields": {},
        "traits": "",
    }


def _plain(row: Mapping[Any, Any]) -> Held:
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else json.loads(json.dumps(value))
        for name, value in row.items()
        if name not in _WORKED_OUT
    }
