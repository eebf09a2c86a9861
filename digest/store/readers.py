"""Queries about what readers do themselves: askings, notices, records of consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.domain.model import (
    Agreed,
    Asking,
    Cadence,
    Claimed,
    Consent,
    DeliveryState,
    Notice,
    NoticeKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.domain.states import move
from digest.store import tables as t
from digest.store.people import subscriber_of, subscription_of, subscription_values
from digest.store.rights import nameless

_IN_DOUBT = "the program stopped before the mail server's answer was known"


class SqlReaders:
    """Askings, notices, records of consent (domain/ports, Readers)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def known(self, subscriber: str) -> tuple[Subscriber, list[Subscription]] | None:
        """Return a subscriber with what they are subscribed to, by id."""
        # two queries, since both tables have a column of traits
        person = self._connection.execute(sa.select(t.subscriber).where(t.subscriber.c.id == subscriber)).one_or_none()
        if person is None:
            return None
        mine = sa.select(t.subscription).where(t.subscription.c.subscriber == subscriber)
        return subscriber_of(person), [subscription_of(row) for row in self._connection.execute(mine)]

    def keep(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Keep somebody's name, and what they want of a newsletter they have a place on."""
        named = {
            "first_name": subscriber.first_name,
            "last_name": subscriber.last_name,
            "traits": subscriber.traits,
        }
        self._connection.execute(sa.update(t.subscriber).where(t.subscriber.c.id == subscriber.id).values(named))
        self._connection.execute(
            sa.update(t.subscription)
            .where(
                t.subscription.c.subscriber == subscriber.id,
                t.subscription.c.newsletter == subscription.newsletter,
            )
            .values(subscription_values(subscription))
        )

    def let_in(self, key: str) -> None:
        """Keep an address off no longer."""
        self._connection.execute(sa.delete(t.suppression).where(t.suppression.c.key == key))

    def ask(self, askings: Sequence[Asking]) -> None:
        """Keep that people asked."""
        rows = [
            {
                "id": one.id,
                "newsletter": one.newsletter,
                "comparable": one.comparable,
                "address": one.address,
                "first_name": one.first_name,
                "last_name": one.last_name,
                "themes": list(one.themes),
                "cadence": one.cadence,
                "words": one.words,
                "remote": one.remote,
                "at": one.at,
            }
            for one in askings
        ]
        self._connection.execute(sa.insert(t.asking), rows)

    def is_asked(self) -> bool:
        """Tell whether there is an asking that nobody looked at."""
        new = sa.select(t.asking.c.id).where(t.asking.c.handled_at.is_(None)).limit(1)
        return self._connection.execute(new).first() is not None

    def waiting(self, kinds: Sequence[NoticeKind], recently: datetime, limit: int) -> list[Asking]:
        """Return askings that nobody looked at, the oldest first: of each address and newsletter the last one.

        Addresses that were promised a notice of these kinds after `recently` are left out, so that they keep nobody
        else waiting.
        """
        answered = (
            sa.select(t.notice.c.id)
            .join(t.subscriber, t.subscriber.c.id == t.notice.c.subscriber)
            .where(
                t.subscriber.c.comparable == t.asking.c.comparable,
                t.notice.c.kind.in_(kinds),
                t.notice.c.made_at > recently,
            )
        )
        alike = (t.asking.c.comparable, t.asking.c.newsletter)
        place = sa.func.row_number().over(partition_by=alike, order_by=(t.asking.c.at.desc(), t.asking.c.id.desc()))
        new = (
            sa.select(t.asking, place.label("place"))
            .where(t.asking.c.handled_at.is_(None), ~answered.exists())
            .subquery()
        )
        asked = sa.select(new).where(new.c.place == 1).order_by(new.c.at).limit(limit)
        return [_asking_of(row) for row in self._connection.execute(asked)]

    def asking(self, asking: str) -> Asking | None:
        """Return an asking by its id."""
        row = self._connection.execute(sa.select(t.asking).where(t.asking.c.id == asking)).one_or_none()
        return None if row is None else _asking_of(row)

    def handled(self, asking: Asking, at: datetime) -> int:
        """Record that an asking was looked at, and with it those of the same address and newsletter before it; return
        how many.
        """
        mine = (
            t.asking.c.comparable == asking.comparable,
            t.asking.c.newsletter == asking.newsletter,
            t.asking.c.at <= asking.at,
            t.asking.c.handled_at.is_(None),
        )
        return self._connection.execute(sa.update(t.asking).where(*mine).values(handled_at=at)).rowcount

    def confirmed(self, asking: str, at: datetime) -> bool:
        """Record that an asking was confirmed; False where it was before."""
        mine = (t.asking.c.id == asking, t.asking.c.confirmed_at.is_(None))
        return self._connection.execute(sa.update(t.asking).where(*mine).values(confirmed_at=at)).rowcount == 1

    def forget_askings(self, before: datetime) -> int:
        """Remove the askings from before then, with the notices that answered them; return how many there were."""
        old = sa.select(t.asking.c.id).where(t.asking.c.at < before)
        self._connection.execute(sa.delete(t.notice).where(t.notice.c.asking.in_(old)))
        return self._connection.execute(sa.delete(t.asking).where(t.asking.c.at < before)).rowcount

    def forget_pending(self, joined_by: str, before: datetime) -> int:
        """Remove who came by this way before then and never confirmed, unless they have asked since; return how many
        subscriptions there were.
        """
        came = (
            t.subscription.c.state == SubscriptionState.PENDING,
            t.subscription.c.joined_by == joined_by,
            t.subscription.c.joined_at < before,
        )
        asked = sa.select(t.subscriber.c.id).join(t.asking, t.asking.c.comparable == t.subscriber.c.comparable)
        people = self._connection.execute(
            sa.select(t.subscription.c.subscriber).where(*came, t.subscription.c.subscriber.not_in(asked))
        ).scalars()
        every = list(people)
        for person in every:
            mine = t.subscription.c.subscriber == person
            self._connection.execute(sa.delete(t.subscription).where(mine, *came))
            self._forget_nobody(person)
        return len(every)

    def _forget_nobody(self, person: str) -> None:
        # whom a subscription or a record of consent still names is somebody
        if not any(
            self._connection.execute(sa.select(sa.literal(1)).where(one.c.subscriber == person).limit(1)).first()
            for one in (t.subscription, t.consent, t.feedback, t.notice)
        ):
            self._connection.execute(
                sa.update(t.subscriber).where(t.subscriber.c.id == person).values(nameless(person))
            )

    def add_notice(self, notice: Notice) -> None:
        """Promise a mail to one person."""
        values = {
            "id": notice.id,
            "kind": notice.kind,
            "newsletter": notice.newsletter,
            "subscriber": notice.subscriber.id,
            "asking": notice.asking or None,
            "state": notice.state,
            "made_at": notice.made_at,
            "next_at": notice.made_at,
            "attempts": notice.attempts,
        }
        self._connection.execute(sa.insert(t.notice).values(values))

    def last_notice(self, subscriber: str, kinds: Sequence[NoticeKind], newsletter: str = "") -> datetime | None:
        """Return when somebody was last promised such a notice; of any newsletter where none is named."""
        asked = sa.select(sa.func.max(t.notice.c.made_at)).where(
            t.notice.c.subscriber == subscriber, t.notice.c.kind.in_(kinds)
        )
        if newsletter:
            asked = asked.where(t.notice.c.newsletter == newsletter)
        found: datetime | None = self._connection.execute(asked).scalar()
        return found

    def notices_since(self, kinds: Sequence[NoticeKind], since: datetime) -> int:
        """Count the notices of these kinds that were made since then."""
        return self._connection.execute(
            sa.select(sa.func.count())
            .select_from(t.notice)
            .where(t.notice.c.kind.in_(kinds), t.notice.c.made_at >= since)
        ).scalar_one()

    def is_due(self, now: datetime, abandoned: datetime) -> bool:
        """Tell whether a notice is due, or was claimed before `abandoned` and has no answer."""
        due = (t.notice.c.state == DeliveryState.PENDING) & (t.notice.c.next_at <= now)
        left = (t.notice.c.state == DeliveryState.CLAIMED) & (t.notice.c.claimed_at < abandoned)
        # so said, the index of what waits serves both
        waits = t.notice.c.state.in_((DeliveryState.PENDING, DeliveryState.CLAIMED))
        return self._connection.execute(sa.select(t.notice.c.id).where(waits, due | left).limit(1)).first() is not None

    def claim_notices(self, now: datetime, limit: int) -> list[Claimed]:
        """Claim notices that are due, before any network, with how it stands with whom they are for."""
        mine = (t.subscription.c.subscriber == t.notice.c.subscriber) & (
            t.subscription.c.newsletter == t.notice.c.newsletter
        )
        due = (
            sa.select(
                t.notice, t.subscriber, t.subscription.c.state.label("stands"), t.suppression.c.reason.label("kept_off")
            )
            .join(t.subscriber, t.subscriber.c.id == t.notice.c.subscriber)
            .outerjoin(t.subscription, mine)
            .outerjoin(t.suppression, t.suppression.c.key == t.subscriber.c.suppression_key)
            .where(t.notice.c.state == DeliveryState.PENDING, t.notice.c.next_at <= now)
            .order_by(t.notice.c.next_at)
            .limit(limit)
        )
        found = [
            Claimed(
                notice=_notice_of(row),
                state=SubscriptionState(row.stands) if row.stands else None,
                kept_off=row.kept_off or "",
            )
            for row in self._connection.execute(due)
        ]
        for one in found:
            self._connection.execute(
                sa.update(t.notice)
                .where(t.notice.c.id == one.notice.id)
                .values(state=DeliveryState.CLAIMED, claimed_at=now, attempts=one.notice.attempts + 1)
            )
        return found

    def doubt_notices(self, before: datetime, now: datetime) -> int:
        """Say of notices that were claimed before then that nobody knows whether they were mailed; return how many."""
        old = (t.notice.c.state == DeliveryState.CLAIMED, t.notice.c.claimed_at < before)
        values = {"state": DeliveryState.UNKNOWN, "settled_at": now, "reply": _IN_DOUBT}
        return self._connection.execute(sa.update(t.notice).where(*old).values(values)).rowcount

    def settle_notice(self, notice: str, state: DeliveryState, now: datetime, reply: str = "") -> None:
        """Record what became of a claimed notice."""
        self._move(notice, state, {"reply": reply, "settled_at": now})

    def put_off(self, notice: str, next_at: datetime, reply: str, *, charged: bool) -> None:
        """Record that a claimed notice was certainly not taken; charged: it was a try of its own."""
        values: dict[str, Any] = {"reply": reply, "next_at": next_at, "claimed_at": None, "settled_at": None}
        if not charged:
            values["attempts"] = t.notice.c.attempts - 1
        self._move(notice, DeliveryState.PENDING, values)

    def _move(self, notice: str, state: DeliveryState, values: dict[str, Any]) -> None:
        mine = t.notice.c.id == notice
        before = self._connection.execute(sa.select(t.notice.c.state).where(mine)).scalar()
        # one that is gone was forgotten; one in doubt already needs no second word of it
        if before is None or before == state:
            return
        values = {**values, "state": move(DeliveryState(before), state)}
        self._connection.execute(sa.update(t.notice).where(mine).values(values))

    def active(self, places: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return which of these (newsletter, subscriber) are active places."""
        asked = sa.select(t.subscription.c.subscriber).where(
            t.subscription.c.newsletter == sa.bindparam("of_newsletter"),
            t.subscription.c.subscriber.in_(sa.bindparam("of_people", expanding=True)),
            t.subscription.c.state == SubscriptionState.ACTIVE,
        )
        found: set[tuple[str, str]] = set()
        for newsletter in {one for one, _ in places}:
            values = {"of_newsletter": newsletter, "of_people": [one for mine, one in places if mine == newsletter]}
            found |= {(newsletter, one) for one in self._connection.execute(asked, values).scalars()}
        return found

    def end(self, places: Collection[tuple[str, str]], state: SubscriptionState, at: datetime) -> None:
        """Move active places, as (newsletter, subscriber), to a state."""
        ended = (
            sa.update(t.subscription)
            .where(
                t.subscription.c.newsletter == sa.bindparam("of_newsletter"),
                t.subscription.c.subscriber == sa.bindparam("of_subscriber"),
                t.subscription.c.state == SubscriptionState.ACTIVE,
            )
            .values(state=state, ended_at=at)
        )
        rows = [{"of_newsletter": newsletter, "of_subscriber": subscriber} for newsletter, subscriber in places]
        self._connection.execute(ended, rows)

    def record(self, consents: Sequence[Consent]) -> None:
        """Keep records of consent."""
        rows = [
            {
                "subscriber": one.subscriber,
                "newsletter": one.newsletter,
                "at": one.at,
                "what": one.what,
                "how": one.how,
                "words": one.words,
                "remote": one.remote,
            }
            for one in consents
        ]
        self._connection.execute(sa.insert(t.consent), rows)

    def consents(self, subscriber: str) -> list[Consent]:
        """Return the records of what somebody agreed to themself, the oldest first."""
        mine = sa.select(t.consent).where(t.consent.c.subscriber == subscriber).order_by(t.consent.c.id)
        return [
            Consent(
                subscriber=row.subscriber,
                newsletter=row.newsletter,
                at=row.at,
                what=Agreed(row.what),
                how=row.how,
                words=row.words,
                remote=row.remote,
            )
            for row in self._connection.execute(mine)
        ]


def _asking_of(row: sa.Row[Any]) -> Asking:
    return Asking(
        id=row.id,
        newsletter=row.newsletter,
        comparable=row.comparable,
        address=row.address,
        first_name=row.first_name,
        last_name=row.last_name,
        themes=tuple(row.themes),
        cadence=Cadence(row.cadence),
        words=row.words,
        remote=row.remote,
        at=row.at,
    )


def _notice_of(row: sa.Row[Any]) -> Notice:
    return Notice(
        id=row[0],
        kind=NoticeKind(row.kind),
        newsletter=row.newsletter,
        subscriber=Subscriber(
            id=row.subscriber, address=row.address, first_name=row.first_name, last_name=row.last_name
        ),
        asking=row.asking or "",
        state=DeliveryState(row.state),
        made_at=row.made_at,
        attempts=row.attempts,
        reply=row.reply,
    )
