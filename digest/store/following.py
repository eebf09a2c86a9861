"""Queries about how a send stands. Triggers count deliveries (store/tables/following.py): nothing here reads all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.domain.model import DeliveryState, FeedbackKind
from digest.domain.ports.following import Behind, CameTo, Counting, CountsAs
from digest.domain.states import MAILED
from digest.store import tables as t
from digest.store.dialects import MINE, Day, insert

_D, _O, _P = t.delivery.c, t.outcome.c, t.pace.c
# SQLite uses an index of some rows only where the statement names the same constants
_PENDING = _D.state == sa.literal_column(f"'{DeliveryState.PENDING}'")
_UNKNOWN = _D.state == sa.literal_column(f"'{DeliveryState.UNKNOWN}'")
_PUT_OFF = _PENDING & (_D.attempts > sa.literal_column("0"))
_KEPT = timedelta(minutes=2)
#: when each edition began to leave, until the next of its newsletter did; and what came of it meanwhile. Days are the
#: first ten letters of a time in UTC
_CAME_TO = """
WITH begun AS (
    SELECT edition.id, newsletter, slot, corrects, sending.at AS at, {day} AS day
    FROM edition LEFT JOIN (
        SELECT edition, min(id) AS id FROM event WHERE what = 'sending' GROUP BY edition
    ) AS first ON first.edition = edition.id LEFT JOIN event AS sending ON sending.id = first.id
    WHERE state IN :mailed
)
SELECT mine.id AS edition,
    (SELECT coalesce(sum(clicks), 0) FROM click WHERE edition = mine.id) AS clicks,
    (SELECT coalesce(sum(people), 0) FROM growth
        WHERE newsletter = mine.newsletter AND what IN :endings AND day >= mine.day AND day < coalesce(
            (SELECT day FROM begun WHERE newsletter = mine.newsletter AND slot > mine.slot AND corrects IS NULL
                ORDER BY slot LIMIT 1), '9999')) AS gone
FROM begun AS mine WHERE mine.id IN :editions AND mine.at IS NOT NULL
"""
_DAY = Day(sa.literal_column("coalesce(sending.at, slot)"))
#: a decision counts until the person is mailed again, and is in doubt again
_STANDS = (
    (t.decided.c.edition == _D.edition)
    & (t.decided.c.subscriber == _D.subscriber)
    & (t.decided.c.at >= sa.func.coalesce(_D.settled_at, t.decided.c.at))
)


class SqlFollowing:
    """How a send stands (domain/ports, Following)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def countings(self, edition: str) -> list[Counting]:
        """Return how an edition's deliveries stand."""
        people = sa.func.sum(_O.people)
        rows = self._connection.execute(
            sa.select(
                _O.wave,
                _O.outcome,
                _O.why,
                people.label("people"),
                sa.func.sum(_O.moves).label("moves"),
                sa.func.max(_O.last_at).label("last_at"),
            )
            .where(_O.edition == edition)
            .group_by(_O.wave, _O.outcome, _O.why)
            .having(people > 0)
        )
        return [
            Counting(
                wave=row.wave,
                counts_as=CountsAs(row.outcome),
                why=row.why,
                people=row.people,
                moves=row.moves,
                last_at=row.last_at,
            )
            for row in rows
        ]

    def version(self, edition: str) -> int:
        """Return a number that grows with whatever happens to an edition or its deliveries."""
        parts = (
            sa.select(sa.func.sum(_O.moves)).where(_O.edition == edition),
            sa.select(sa.func.max(t.event.c.id)).where(t.event.c.edition == edition),
            sa.select(sa.func.count()).select_from(t.decided).where(t.decided.c.edition == edition),
        )
        numbers = [sa.func.coalesce(part.scalar_subquery(), 0) for part in parts]
        row = self._connection.execute(sa.select(*numbers)).one()
        return int(sum(row))

    def pace(self, edition: str, since: datetime) -> int:
        """Count the messages that had their answer since then; of the last two minutes."""
        mine = sa.select(sa.func.coalesce(sa.func.sum(_P.messages), 0)).where(_P.edition == edition, _P.at >= since)
        return int(self._connection.execute(mine).scalar_one())

    def retries(self, edition: str) -> tuple[datetime, int] | None:
        """Return when the first who is put off is tried again, and how often they were tried; None: nobody is."""
        first = sa.select(_D.next_at, _D.attempts).where(_D.edition == edition, _PUT_OFF).order_by(_D.next_at).limit(1)
        row = self._connection.execute(first).first()
        return None if row is None else (row.next_at, row.attempts)

    def behind(self, edition: str, counts_as: CountsAs, after: str, limit: int) -> list[Behind]:
        """Return a page of the people who count as something, from after `after` on: in the order of their ids, or of
        when they are tried again.
        """
        people = t.subscriber.c
        put_off = counts_as == CountsAs.PUT_OFF
        order = (_D.next_at, _D.subscriber) if put_off else (_D.subscriber,)
        place = sa.select(_D.next_at).where(_D.edition == edition, _D.subscriber == after).scalar_subquery()
        further = sa.tuple_(_D.next_at, _D.subscriber) > sa.tuple_(place, after) if put_off else _D.subscriber > after
        # their ids first, which an index holds: asked for all at once, SQLite would rather read all of the edition
        ids = (
            sa.select(_D.subscriber)
            .where(_D.edition == edition, _counting(counts_as), further if after else sa.true())
            .order_by(*order)
            .limit(limit)
        )
        statement = (
            sa.select(t.delivery, people.address, people.first_name, people.last_name, t.decided.c.who)
            .join(t.subscriber, people.id == _D.subscriber)
            .outerjoin(t.decided, _STANDS)
            .where(_D.edition == edition, _D.subscriber.in_(ids))
            .order_by(*order)
        )
        return [_behind_of(row) for row in self._connection.execute(statement)]

    def hasten(self, edition: str, now: datetime) -> int:
        """Let those who are put off be tried now; return how many they are."""
        theirs = sa.select(_D.subscriber).where(_D.edition == edition, _PUT_OFF, _D.next_at > now)
        statement = sa.update(t.delivery).where(_D.edition == edition, _D.subscriber.in_(theirs))
        return self._connection.execute(statement.values(next_at=now)).rowcount

    def skip(self, edition: str, reason: str, now: datetime, limit: int) -> int:
        """Skip up to so many of those that nobody has in hand; return how many were."""
        some = sa.select(_D.subscriber).where(_D.edition == edition, _PENDING).limit(limit)
        statement = sa.update(t.delivery).where(_D.edition == edition, _D.subscriber.in_(some))
        values = {"state": DeliveryState.SKIPPED, "reason": reason, "settled_at": now}
        return self._connection.execute(statement.values(values)).rowcount

    def leave(self, edition: str, subscriber: str, who: str, at: datetime) -> bool:
        """Note that somebody who is in doubt is left as they are; False where they are not in doubt, or it is noted."""
        in_doubt = sa.select(_D.edition, _D.subscriber, sa.literal(at, t.Utc()), sa.literal(who)).where(
            _D.edition == edition, _D.subscriber == subscriber, _UNKNOWN
        )
        new = insert(t.decided).from_select(["edition", "subscriber", "at", "who"], in_doubt)
        settled = sa.select(_D.settled_at).where(_D.edition == edition, _D.subscriber == subscriber).scalar_subquery()
        # who decided first stays; what was decided about an earlier try is replaced
        anew = new.on_conflict_do_update(
            index_elements=["edition", "subscriber"],
            set_={"at": new.excluded.at, "who": new.excluded.who},
            where=t.decided.c.at < settled,
        )
        return self._connection.execute(anew).rowcount > 0

    def undecided(self, edition: str) -> int:
        """Count those in doubt about whom nobody decided."""
        in_doubt = sa.select(sa.func.count()).select_from(t.delivery).where(_D.edition == edition, _UNKNOWN)
        # from the few decisions to their deliveries
        decided = sa.select(t.decided.c.subscriber).where(t.decided.c.edition == edition)
        left = (
            sa.select(sa.func.count())
            .select_from(t.delivery.join(t.decided, _STANDS))
            .where(_D.edition == edition, _D.subscriber.in_(decided), _D.state == DeliveryState.UNKNOWN)
        )
        counts = sa.select(in_doubt.scalar_subquery() - left.scalar_subquery())
        return int(self._connection.execute(counts).scalar_one())

    def outcomes(self, editions: Sequence[str]) -> Mapping[str, Mapping[CountsAs, int]]:
        """Return how many people of each of these editions count as what."""
        rows = self._connection.execute(
            sa.select(_O.edition, _O.outcome, sa.func.sum(_O.people).label("people"))
            .where(_O.edition.in_(editions))
            .group_by(_O.edition, _O.outcome)
        )
        found: dict[str, dict[CountsAs, int]] = {edition: {} for edition in editions}
        for row in rows:
            found[row.edition][CountsAs(row.outcome)] = row.people
        return found

    def came_to(self, editions: Sequence[str], endings: Sequence[str]) -> Mapping[str, CameTo]:
        """Return what each of these editions came to that has begun to leave; endings: what is counted as leaving.

        A correction goes out between two editions and ends no time but its own.
        """
        # their kind is said, since a list may be empty
        lists = [sa.bindparam(name, expanding=True, type_=sa.String()) for name in ("editions", "endings", "mailed")]
        statement = sa.text(_CAME_TO.format(day=_DAY.compile(dialect=self._connection.dialect))).bindparams(*lists)
        values = {"editions": list(editions), "endings": list(endings), "mailed": [str(one) for one in MAILED]}
        rows = self._connection.execute(statement, values)
        people = self.outcomes(editions)
        return {
            row.edition: CameTo(people=people[row.edition], clicks=int(row.clicks), left=int(row.gone)) for row in rows
        }

    def returned(self, editions: Sequence[str]) -> Mapping[str, int]:
        """Count the people of each of these editions whose mail came back for good after it was taken."""
        told = t.feedback.c
        # from the few reports to their deliveries by the key: joined, SQLite would rather read all of the editions
        taken = sa.exists().where(
            _D.edition == told.edition, _D.subscriber == told.subscriber, _D.state == DeliveryState.SENT
        )
        rows = self._connection.execute(
            sa.select(told.edition, sa.func.count(sa.distinct(told.subscriber)).label("people"))
            .where(told.edition.in_(editions), told.kind == FeedbackKind.HARD, taken)
            .group_by(told.edition)
        )
        return {row.edition: row.people for row in rows}

    def ring(self) -> None:
        """Have the clock look soon, in whatever process it is."""
        self._connection.execute(sa.update(t.bell).values(number=t.bell.c.number + 1))


def keep_pace(connection: sa.Connection, edition: str, at: datetime, messages: int) -> None:
    """Add messages that had their answer to those of their second; what is older than two minutes is dropped."""
    second = at.replace(microsecond=0)
    new = insert(t.pace).values(edition=edition, at=second, part=MINE, messages=messages)
    more = {"messages": _P.messages + messages}
    connection.execute(new.on_conflict_do_update(index_elements=["edition", "at", "part"], set_=more))
    # what another worker drops just now, it drops
    old = sa.select(_P.at, _P.part).where(_P.edition == edition, _P.at < second - _KEPT)
    dropped = sa.tuple_(_P.at, _P.part).in_(old.with_for_update(skip_locked=True))
    connection.execute(sa.delete(t.pace).where(_P.edition == edition, dropped))


def _counting(counts_as: CountsAs) -> sa.ColumnElement[bool]:
    """Return the condition by which an index finds them, where they are few."""
    if counts_as == CountsAs.PUT_OFF:
        return _PUT_OFF
    if counts_as == CountsAs.WAITING:
        return (_D.state == DeliveryState.CLAIMED) | (_PENDING & (_D.attempts == 0))
    return _D.state == sa.literal_column(f"'{DeliveryState(str(counts_as))}'")


def _behind_of(row: Any) -> Behind:
    return Behind(
        subscriber=row.subscriber,
        address=row.address,
        name=f"{row.first_name} {row.last_name}".strip(),
        reason=row.reason,
        reply=row.reply,
        attempts=row.attempts,
        next_at=row.next_at if row.state == DeliveryState.PENDING else None,
        settled_at=row.settled_at,
        left_by=row.who or "",
    )
