"""Queries about how a list grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from digest.domain.model import DeliveryState, SubscriptionState
from digest.domain.ports import Agreed, DayCount, Headcount, Mailed, Refusals
from digest.domain.states import MAILED
from digest.stages.send import REFUSED_FOR_NOW
from digest.store import tables as t
from digest.store.dialects import Day, PlaceOf, insert

_PERSON, _PLACE, _D, _G = t.subscriber.c, t.subscription.c, t.delivery.c, t.growth.c


def _people(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(condition)


class SqlGrowth:
    """Who came and left, counted, and how a list stands (domain/ports, Growth)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def count(self, newsletter: str, day: date, what: str, how: str, people: int = 1) -> None:
        """Add people to those who came or left on a day (UTC)."""
        new = insert(t.growth).values(newsletter=newsletter, day=f"{day:%Y-%m-%d}", what=what, how=how, people=people)
        more = {"people": _G.people + people}
        keys = ["newsletter", "day", "what", "how"]
        self._connection.execute(new.on_conflict_do_update(index_elements=keys, set_=more))

    def since(self, newsletter: str, day: date) -> list[DayCount]:
        """Return what was counted from a day on, the oldest first."""
        rows = self._connection.execute(
            sa.select(_G.day, _G.what, _G.how, _G.people)
            .where(_G.newsletter == newsletter, _G.day >= f"{day:%Y-%m-%d}")
            .order_by(_G.day, _G.what, _G.how)
        )
        return [
            DayCount(day=date.fromisoformat(row.day), what=row.what, how=row.how, people=row.people) for row in rows
        ]

    def headcount(self, newsletter: str, now: datetime) -> Headcount:
        """Count the people of a list by state, in one look at each."""
        active = _PLACE.state == SubscriptionState.ACTIVE
        counts = {str(state): _people(_PLACE.state == state) for state in SubscriptionState}
        counts["paused"] = _people(active & (_PLACE.paused_until > now))
        row = self._connection.execute(
            sa.select(*(count.label(name) for name, count in counts.items())).where(_PLACE.newsletter == newsletter)
        ).one()
        # from the few who are kept off to their places; where they are joined, SQLite goes the other way, through all
        keys = sa.select(t.suppression.c.key)
        persons = sa.select(_PERSON.id).where(_PERSON.suppression_key.in_(keys))
        kept_off = self._connection.execute(
            sa.select(sa.func.count()).where(_PLACE.newsletter == newsletter, active, _PLACE.subscriber.in_(persons))
        ).scalar_one()
        return Headcount(**row._mapping, kept_off=kept_off)

    def anybody(self, newsletter: str) -> bool:
        """Tell whether anybody ever came to a list."""
        # who came was counted; to look for them in a long list takes a while
        some = sa.select(sa.literal(1)).where(_G.newsletter == newsletter).limit(1)
        return self._connection.execute(some).first() is not None

    def alone(self, newsletter: str, others: Sequence[str]) -> int:
        """Count the active people of a list who are on none of the others."""
        besides = t.subscription.alias()
        active = SubscriptionState.ACTIVE
        elsewhere = sa.exists().where(
            besides.c.subscriber == _PLACE.subscriber, besides.c.newsletter.in_(others), besides.c.state == active
        )
        counted = sa.select(sa.func.count()).where(_PLACE.newsletter == newsletter, _PLACE.state == active, ~elsewhere)
        return int(self._connection.execute(counted).scalar_one())

    def mailed(self, newsletter: str, limit: int) -> list[Mailed]:
        """Return the last editions that people got or are getting, the latest first."""
        # the web version is of no segment, and nobody's mail
        approved_for = (
            sa.select(sa.func.coalesce(sa.func.sum(t.variant.c.people), 0))
            .where(t.variant.c.edition == t.edition.c.id, t.variant.c.segment != "")
            .scalar_subquery()
        )
        rows = self._connection.execute(
            sa.select(t.edition.c.id, t.edition.c.slot, approved_for.label("people"))
            .where(t.edition.c.newsletter == newsletter, t.edition.c.state.in_(MAILED), t.edition.c.corrects.is_(None))
            .order_by(t.edition.c.slot.desc())
            .limit(limit)
        )
        return [Mailed(edition=row.id, slot=row.slot, people=row.people) for row in rows]

    def refusals(self, editions: Sequence[str], limit: int) -> list[Refusals]:
        """Return the domains that took least well what these editions sent them; none that took all."""
        address = _PERSON.comparable
        domain = sa.func.substr(address, PlaceOf(address, "@") + 1).label("domain")
        failed = _D.state == DeliveryState.FAILED
        given_up = failed & _D.reason.startswith(REFUSED_FOR_NOW)
        waiting = (_D.state == DeliveryState.PENDING) & (_D.attempts > 0)
        sent, refused = _people(_D.state == DeliveryState.SENT), _people(failed & ~given_up)
        put_off = _people(given_up | waiting)
        reply = sa.func.max(_D.reply).filter(failed | waiting)
        rows = self._connection.execute(
            sa.select(domain, sent, refused, put_off, reply)
            .join(t.subscriber, _PERSON.id == _D.subscriber)
            .where(_D.edition.in_(editions))
            .group_by(domain)
            .having(refused + put_off > 0)
            .order_by((refused + put_off).desc(), domain)
            .limit(limit)
        )
        return [
            Refusals(domain=domain, sent=sent, refused=refused, put_off=put_off, reply=reply or "")
            for domain, sent, refused, put_off, reply in rows
        ]

    def agreed_by_year(self, newsletter: str, before: datetime) -> dict[int, int]:
        """Count the active people whose consent is older than `before`, by its year (UTC)."""
        year = sa.func.substr(Day(_PLACE.consent_at), 1, 4).label("year")
        rows = self._connection.execute(
            sa.select(year, sa.func.count()).where(*_older(newsletter, before)).group_by(year).order_by(year)
        )
        return {int(year): people for year, people in rows}

    def agreed(self, newsletter: str, before: datetime, after: str, limit: int) -> list[Agreed]:
        """Return a page of them whose ids come after `after`, in the order of ids."""
        rows = self._connection.execute(
            sa.select(
                _PERSON.id,
                _PERSON.address,
                _PERSON.first_name,
                _PERSON.last_name,
                _PLACE.consent_source,
                _PLACE.consent_at,
            )
            .join(t.subscription, _PLACE.subscriber == _PERSON.id)
            .where(*_older(newsletter, before), _PERSON.id > after)
            .order_by(_PERSON.id)
            .limit(limit)
        )
        return [
            Agreed(
                subscriber=row.id,
                address=row.address,
                first_name=row.first_name,
                last_name=row.last_name,
                source=row.consent_source,
                at=row.consent_at,
            )
            for row in rows
        ]


def _older(newsletter: str, before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _PLACE.newsletter == newsletter,
        _PLACE.state == SubscriptionState.ACTIVE,
        _PLACE.consent_at < before,
    )
