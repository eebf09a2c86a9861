"""Queries about subscribers, subscriptions and suppressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.errors import NotFound
from digest.domain.model import (
    GRAVITY,
    Cadence,
    Recipient,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from digest.domain.ports import KeptOff, Remembered
from digest.domain.states import move
from digest.store import memory
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert
from digest.store.in_one import ROWS, Whole, column, fetched, given, moment, whole
from digest.store.kinds import kinds

#: SQLite allows 32,766 bound values in a statement; a page stays far below
_AT_ONCE = 500
_NONE: frozenset[str] = frozenset()

#: what is stored of a person, and of their place on a newsletter, in whatever way they come
PEOPLE_COLUMNS = (
    "id",
    "comparable",
    "address",
    "first_name",
    "last_name",
    "tags",
    "fields",
    "suppression_key",
    "traits",
)
PLACE_COLUMNS = (
    "subscriber",
    "newsletter",
    "state",
    "themes",
    "cadence",
    "consent_source",
    "consent_at",
    "paused_until",
    "traits",
    "joined_at",
    "joined_by",
    "file_row",
)

_PERSON, _PLACE = t.subscriber.c, t.subscription.c
_RECIPIENTS = (
    sa.select(
        _PERSON.id,
        _PERSON.address,
        _PERSON.first_name,
        _PERSON.last_name,
        _PERSON.tags,
        _PERSON.fields,
        _PLACE.state,
        _PLACE.themes,
        _PLACE.cadence,
        _PLACE.consent_source,
        _PLACE.consent_at,
        _PLACE.paused_until,
        _PLACE.joined_at,
        _PLACE.joined_by,
        _PERSON.traits,
        _PLACE.traits.label("place_traits"),
        t.suppression.c.key,
    )
    .join(t.subscription, _PLACE.subscriber == _PERSON.id)
    .outerjoin(t.suppression, t.suppression.c.key == _PERSON.suppression_key)
    .where(_PLACE.newsletter == sa.bindparam("of_newsletter"))
)
_PAGE = whole(
    _RECIPIENTS.where(_PERSON.id > sa.bindparam("of_after")).order_by(_PERSON.id).limit(sa.bindparam("of_limit"))
)
_ONE = whole(_RECIPIENTS.where(_PERSON.id == sa.bindparam("of_subscriber")))
_SOME = whole(_RECIPIENTS.where(_PERSON.id.in_(sa.select(column(0)).select_from(ROWS))).order_by(_PERSON.id))


class SqlPeople:
    """Subscribers, subscriptions, suppressions (domain/ports, People)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def by_address(self, addresses: Sequence[str]) -> dict[str, tuple[Subscriber, list[Subscription]]]:
        """Return known subscribers by the comparable spelling of their address."""
        found: dict[str, tuple[Subscriber, list[Subscription]]] = {}
        for start in range(0, len(addresses), _AT_ONCE):
            rows = self._connection.execute(
                sa.select(t.subscriber, t.subscription)
                .join(t.subscription, t.subscription.c.subscriber == t.subscriber.c.id)
                .where(t.subscriber.c.comparable.in_(addresses[start : start + _AT_ONCE]))
            )
            for row in rows:
                known = found.setdefault(row.comparable, (subscriber_of(row), []))
                known[1].append(subscription_of(row))
        return found

    def save(
        self,
        comparable: str,
        subscriber: Subscriber,
        suppression_key: str,
        subscriptions: Sequence[Subscription],
        file_row: str | None = None,
    ) -> None:
        """Insert or update a subscriber and what they are subscribed to.

        file_row: hash of the row that said so; what is known of an earlier one stays where none did.
        """
        values = {
            "id": subscriber.id,
            "comparable": comparable,
            "address": subscriber.address,
            "first_name": subscriber.first_name,
            "last_name": subscriber.last_name,
            "tags": list(subscriber.tags),
            "fields": dict(subscriber.fields),
            "suppression_key": suppression_key,
            "traits": subscriber.traits,
        }
        statement = insert(t.subscriber).values(values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
        for subscription in subscriptions:
            self._save_subscription(subscriber.id, subscription, file_row)

    def page(self, newsletter: str, after: str, limit: int, remembered: Remembered | None = None) -> list[Recipient]:
        """Return a page of a newsletter's recipients whose ids come after `after`, in the order of ids.

        remembered: which editions and stories they are to be asked about; without it nothing is known of what they had.
        """
        return self._recipients(newsletter, _PAGE, {"of_after": after, "of_limit": limit}, remembered)

    def one(self, newsletter: str, subscriber: str, remembered: Remembered | None = None) -> Recipient | None:
        """Return one of a newsletter's recipients, by their id, as `page` would."""
        found = self._recipients(newsletter, _ONE, {"of_subscriber": subscriber}, remembered)
        return found[0] if found else None

    def kinds(
        self,
        newsletter: str,
        rules: Sequence[Mapping[str, object]],
        remembered: Remembered,
        slots: Sequence[datetime],
        now: datetime,
    ) -> list[tuple[Recipient, int]]:
        """Return somebody of each kind of people who would get mail now, and how many are like them; kinds.py."""
        many = kinds(self._connection, newsletter, rules, remembered, slots, now)
        found: list[tuple[Recipient, int]] = []
        for some in batches(sorted(many)):
            people = self._recipients(newsletter, _SOME, given([[one] for one in some]), remembered)
            found += [(one, many[one.subscriber.id]) for one in people]
        return found

    def kept_off(self, key: str) -> KeptOff | None:
        """Return why an address is kept off, by its keyed hash; None where it is not."""
        row = self._connection.execute(
            sa.select(t.suppression.c.reason, t.suppression.c.at).where(t.suppression.c.key == key)
        ).one_or_none()
        return KeptOff(reason=row.reason, at=row.at) if row is not None else None

    def had(self, subscribers: Sequence[str], told: Mapping[str, Mapping[str, frozenset[str]]]) -> dict[str, set[str]]:
        """Return which of the stories in question people have had, or may have had; told: as in Remembered."""
        return memory.had(self._connection, subscribers, told)

    def suppress(self, key: str, reason: str, at: datetime) -> None:
        """Keep an address off, by its keyed hash; of two reasons the graver one stays."""
        statement = insert(t.suppression).values(key=key, reason=reason, at=at)
        graver = GRAVITY[: GRAVITY.index(reason)] if reason in GRAVITY else ()
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={"reason": reason, "at": at},
                where=t.suppression.c.reason.in_(graver),
            )
        )

    def suppressed(self, keys: Sequence[str]) -> dict[str, str]:
        """Return which of these keyed hashes are kept off, and why."""
        found: dict[str, str] = {}
        for start in range(0, len(keys), _AT_ONCE):
            rows = self._connection.execute(
                sa.select(t.suppression.c.key, t.suppression.c.reason).where(
                    t.suppression.c.key.in_(keys[start : start + _AT_ONCE])
                )
            )
            found.update((row.key, row.reason) for row in rows)
        return found

    def reasons(self) -> dict[str, int]:
        """Count the addresses that are kept off by why."""
        column = t.suppression.c.reason
        rows = self._connection.execute(sa.select(column, sa.func.count()).group_by(column).order_by(column))
        return {row[0]: row[1] for row in rows}

    def field_names(self, newsletter: str) -> list[str]:
        """Return the names of all fields that people of a newsletter have."""
        rows = self._connection.execute(
            sa.text(
                "SELECT DISTINCT one.key FROM subscription AS place JOIN subscriber AS person "
                "ON person.id = place.subscriber, json_each(person.fields) AS one WHERE place.newsletter = :newsletter"
            ),
            {"newsletter": newsletter},
        )
        return sorted(rows.scalars())

    def complaints(self, since: datetime) -> int:
        """Count the addresses that are kept off because of a complaint since then."""
        return self._connection.execute(
            sa.select(sa.func.count())
            .select_from(t.suppression)
            .where(t.suppression.c.reason == SuppressionReason.COMPLAINT, t.suppression.c.at >= since)
        ).scalar_one()

    def set_state(
        self, subscriber: str, newsletter: str, state: SubscriptionState, ended_at: datetime | None = None
    ) -> SubscriptionState:
        """Move a subscription along an arrow; return the state it comes from.

        ended_at: when they came to get no more.

        Raises NotFound where there is no such subscription, Refused where there is no such arrow.
        """
        mine = (t.subscription.c.subscriber == subscriber, t.subscription.c.newsletter == newsletter)
        now = self._connection.execute(sa.select(t.subscription.c.state).where(*mine)).scalar()
        if now is None:
            raise NotFound(f"Nobody with the id {subscriber} is subscribed to {newsletter}.")
        move(SubscriptionState(now), state)
        self._connection.execute(sa.update(t.subscription).where(*mine).values(state=state, ended_at=ended_at))
        return SubscriptionState(now)

    def last_import(self, newsletter: str) -> str:
        """Return the hash of the file imported last; empty where there was none."""
        found = self._connection.execute(
            sa.select(t.roster.c.content_hash)
            .where(t.roster.c.newsletter == newsletter)
            .order_by(t.roster.c.id.desc())
            .limit(1)
        ).scalar()
        return str(found or "")

    def imported(self, newsletter: str, content_hash: str, at: datetime, counts: Mapping[str, int]) -> None:
        """Record that a newsletter's file was imported, and what it came to."""
        values = {"newsletter": newsletter, "content_hash": content_hash, "at": at, "counts": dict(counts)}
        self._connection.execute(sa.insert(t.roster).values(values))

    def _save_subscription(self, subscriber: str, subscription: Subscription, file_row: str | None) -> None:
        values = {"subscriber": subscriber, "newsletter": subscription.newsletter, **subscription_values(subscription)}
        if file_row is not None:
            values["file_row"] = file_row
        statement = insert(t.subscription).values(values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["subscriber", "newsletter"], set_=values)
        )

    def _recipients(
        self, newsletter: str, statement: Whole, values: Mapping[str, object], remembered: Remembered | None
    ) -> list[Recipient]:
        rows = fetched(self._connection, statement, {"of_newsletter": newsletter, **values})
        people = [row[0] for row in rows]
        latest = memory.last(self._connection, people, remembered) if remembered else {}
        missed = memory.missed(self._connection, latest, remembered) if remembered else {}
        had = self.had(people, remembered.told) if remembered else {}
        slots = [slot for _, slot in remembered.last] if remembered else []
        return [
            _recipient_of(
                newsletter,
                slots[latest[row[0]]] if row[0] in latest else None,
                missed.get(row[0], _NONE),
                frozenset(had.get(row[0], _NONE)),
                *row,
            )
            for row in rows
        ]


def subscription_values(subscription: Subscription) -> dict[str, Any]:
    """Return what a subscription's row holds beside whose it is and of which newsletter."""
    return {
        "state": subscription.state,
        "themes": list(subscription.themes),
        "cadence": subscription.cadence,
        "consent_source": subscription.consent_source,
        "consent_at": subscription.consent_at,
        "paused_until": subscription.paused_until,
        "traits": subscription.traits,
        "joined_at": subscription.joined_at,
        "joined_by": subscription.joined_by,
    }


def subscriber_of(row: sa.Row[Any]) -> Subscriber:
    """Return the subscriber in a row that has the columns of its table."""
    return Subscriber(
        id=row.id,
        address=row.address,
        first_name=row.first_name,
        last_name=row.last_name,
        tags=tuple(row.tags),
        fields=row.fields,
    )


def subscription_of(row: sa.Row[Any]) -> Subscription:
    """Return the subscription in a row that has the columns of its table."""
    return Subscription(
        newsletter=row.newsletter,
        state=SubscriptionState(row.state),
        themes=tuple(row.themes),
        cadence=Cadence(row.cadence),
        consent_source=row.consent_source,
        consent_at=row.consent_at,
        paused_until=row.paused_until,
        joined_at=row.joined_at,
        joined_by=row.joined_by,
    )


def _recipient_of(
    newsletter: str,
    last_slot: datetime | None,
    missed: frozenset[str],
    had: frozenset[str],
    person: str,
    address: str,
    first_name: str,
    last_name: str,
    tags: list[str],
    fields: dict[str, str],
    state: str,
    themes: list[str],
    cadence: str,
    consent_source: str,
    consent_at: str | datetime | None,
    paused_until: str | datetime | None,
    joined_at: str | datetime | None,
    joined_by: str,
    traits: str,
    place_traits: str,
    kept_off: str | None,
) -> Recipient:
    return Recipient(
        subscriber=Subscriber(
            id=person, address=address, first_name=first_name, last_name=last_name, tags=tuple(tags), fields=fields
        ),
        subscription=Subscription(
            newsletter=newsletter,
            state=SubscriptionState(state),
            themes=tuple(themes),
            cadence=Cadence(cadence),
            consent_source=consent_source,
            consent_at=moment(consent_at),
            paused_until=moment(paused_until),
            joined_at=moment(joined_at),
            joined_by=joined_by,
        ),
        suppressed=kept_off is not None,
        last_slot=last_slot,
        missed=missed,
        had=had,
        stored_traits=(traits, place_traits),
    )
