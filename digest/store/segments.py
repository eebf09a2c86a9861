"""Segments: how many people are in each, and some of them, asked of the database.

The questions are those that stages/segment/rules.py asks in Python, of the same texts of traits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa

from digest.domain import traits
from digest.domain.model import Cadence, Recipient, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Counted, InSegment
from digest.domain.ports.records import Shared
from digest.stages import segment
from digest.stages.segment import Question
from digest.store import tables as t
from digest.store.dialects import Before, BeginsWithDay, PlaceOf, holds

Rule = Mapping[str, object]
Condition = sa.ColumnElement[bool]

_PERSON, _PLACE = t.subscriber.c, t.subscription.c
JOINED = t.subscription.join(t.subscriber, _PERSON.id == _PLACE.subscriber)
#: ids are random hexadecimal, so half of them lie below: each half is counted by a thread of its own
HALVES = (_PLACE.subscriber < "8", _PLACE.subscriber >= "8")
#: people whose columns are looked at for names of fields
_LOOKED_AT = 1_000
#: values of a field that are offered
_VALUES = 40


class SqlSegments:
    """Counts and samples of segments (domain/ports, Segments)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def count(self, newsletter: str, rules: Sequence[Rule], now: datetime) -> Counted:
        """Count who is in each segment: all, and those who would get mail now.

        Other connections count, so what this transaction has not committed is not seen.
        """
        counts = self._counted(lambda people, part: _counting(newsletter, rules, now, people, part))
        return Counted(
            people=counts["all"],
            now=counts["now"],
            nowhere=counts["nowhere"],
            several=counts["several"],
            segments=tuple(
                InSegment(people=counts[f"all_{n}"], now=counts[f"now_{n}"], counts_here=counts[f"first_{n}"])
                for n in range(len(rules))
            ),
        )

    def shared(self, newsletter: str, rule: Rule, others: Sequence[Rule], now: datetime) -> Shared:
        """Count who would get mail now by a rule, and how many of them other rules hold as well; seen as by `count`."""
        counts = self._counted(lambda people, part: _sharing(newsletter, rule, others, now, people, part))
        return Shared(
            of=counts["now"],
            people=counts["mine"],
            alone=counts["alone"],
            both=tuple(counts[f"both_{n}"] for n in range(len(others))),
        )

    def sample(self, newsletter: str, rule: Rule, now: datetime, start: str, limit: int) -> list[Recipient]:
        """Return some who would get mail now, in the order of ids from `start` on, and round again from the first."""
        found: list[Recipient] = []
        for part in (_PLACE.subscriber >= start, _PLACE.subscriber < start):
            query: sa.Select[Any] = (
                sa.select(*_COLUMNS)
                .select_from(JOINED)
                .where(
                    _PLACE.newsletter == newsletter,
                    part,
                    may_be_mailed(now),
                    condition(segment.asked(rule)),
                    ~sa.exists().where(t.suppression.c.key == _PERSON.suppression_key),
                )
                .order_by(_PLACE.subscriber)
                .limit(limit - len(found))
            )
            if len(found) < limit:
                found += [_recipient_of(newsletter, row) for row in self._connection.execute(query)]
        return found

    def unheld(self, newsletter: str, fields: Sequence[str]) -> list[str]:
        """Return those of these fields that nobody of a newsletter has a value of."""
        found = []
        for field in fields:
            has = condition(segment.asked({"field": field, "set": True}))
            query = sa.select(sa.literal(1)).select_from(JOINED).where(_PLACE.newsletter == newsletter, has).limit(1)
            if self._connection.execute(query).scalar() is None:
                found.append(field)
        return found

    def columns(self, newsletter: str) -> list[str]:
        """Return the names of fields that some people of a newsletter have besides the program's own."""
        query = sa.select(_PERSON.fields).select_from(JOINED).where(_PLACE.newsletter == newsletter).limit(_LOOKED_AT)
        return sorted({name for fields in self._connection.execute(query).scalars() for name in fields})

    def values(self, newsletter: str) -> dict[str, list[str]]:
        """Return fields, tags among them, and some values of each, as some people of a newsletter have them."""
        query = (
            sa.select(_PERSON.fields, _PERSON.tags)
            .select_from(JOINED)
            .where(_PLACE.newsletter == newsletter)
            .limit(_LOOKED_AT)
        )
        found: dict[str, Counter[str]] = {"tags": Counter()}
        for fields, tags in self._connection.execute(query):
            found["tags"].update(tags)
            for name, value in fields.items():
                found.setdefault(name, Counter())[value] += 1
        return {name: [value for value, _ in counts.most_common(_VALUES)] for name, counts in sorted(found.items())}

    def _counted(self, asked: Callable[[sa.FromClause, Condition], sa.Select[Any]]) -> dict[str, int]:
        """Return the numbers of a query: of everybody, less those who are kept off, who get no mail.

        asked: makes it, of some people.
        """
        with ThreadPoolExecutor(len(HALVES) + 1) as pool:
            halves = [pool.submit(self._asked, asked(JOINED, half)) for half in HALVES]
            kept_off = pool.submit(self._asked, asked(_kept_off(), sa.true()))
            rows = [half.result() for half in halves]
            minus = kept_off.result()
        # those who are kept off are in a segment all the same
        return {
            name: sum(row[name] for row in rows) - (0 if name.startswith("all") else less)
            for name, less in minus.items()
        }

    def _asked(self, query: sa.Select[Any]) -> dict[str, int]:
        with self._connection.engine.connect() as connection:
            row = connection.execute(query).one()
        return {name: int(number or 0) for name, number in row._mapping.items()}


def condition(question: Question) -> Condition:
    """Return a question as SQL asks it."""
    match question:
        case segment.Holds(of_subscription=of_subscription, piece=piece):
            return holds(_text(of_subscription), piece)
        case segment.Among():
            at, rest = _after(question.of_subscription, question.beginning)
            return sa.and_(at > 0, Before(rest, traits.RECORD).in_(sorted(question.values)))
        case segment.Lies():
            at, rest = _after(question.of_subscription, question.beginning)
            value = sa.func.substr(rest, 1, len(question.day))
            side = value < question.day if question.before else value > question.day
            ends = sa.func.substr(rest, len(question.day), 1) == traits.RECORD
            return sa.and_(at > 0, BeginsWithDay(value), ends, side)
        case segment.Not(part=part):
            return sa.not_(condition(part))
        # a row of AND or OR is as deep as it is long, and SQLite's expressions are at most 1,000 deep; CASE is flat
        case segment.Every(parts=parts):
            return _first(parts, holding=False)
        case segment.Some(parts=parts):
            return _first(parts, holding=True)


def _first(parts: Sequence[Question], *, holding: bool) -> Condition:
    asked = [condition(part) if holding else sa.not_(condition(part)) for part in parts]
    if not asked:
        return sa.literal(0 if holding else 1) == 1
    return sa.case(*((one, int(holding)) for one in asked), else_=int(not holding)) == 1


def _after(of_subscription: bool, beginning: str) -> tuple[sa.ColumnElement[int], sa.ColumnElement[str]]:
    """Return where a field begins, 0 for nowhere, and what follows."""
    text = _text(of_subscription)
    at = PlaceOf(text, beginning)
    return at, sa.func.substr(text, at + len(beginning))


def _text(of_subscription: bool) -> sa.ColumnElement[str]:
    return _PLACE.traits if of_subscription else _PERSON.traits


def may_be_mailed(now: datetime) -> Condition:
    """Return whether somebody would get mail now, but for those who are kept off (stages/segment/shares.py)."""
    return sa.and_(
        _PLACE.state == SubscriptionState.ACTIVE,
        _PLACE.consent_source != "",
        _PLACE.consent_at <= now + timedelta(days=1),
        sa.or_(_PLACE.paused_until.is_(None), _PLACE.paused_until <= now),
    )


def _kept_off() -> sa.FromClause:
    # from the few who are kept off to the people: the key is joined to nothing so that SQLite cannot go the other way
    key = t.suppression.c.key.op("||")("")
    people = t.suppression.join(t.subscriber, _PERSON.suppression_key == key)
    return people.join(t.subscription, _PLACE.subscriber == _PERSON.id)


def _counting(
    newsletter: str, rules: Sequence[Rule], now: datetime, people: sa.FromClause, part: Condition
) -> sa.Select[Any]:
    """Return a query for the numbers of `count`: each rule is judged once for each person."""
    held = [_if(condition(segment.asked(rule)), _bits(1 << n)) for n, rule in enumerate(rules)]
    judged = _judged(newsletter, reduce(add, held, _bits(0)), now, people, part)
    mailed, mask = judged.c.mailed, judged.c.held
    numbers = {
        "all": sa.literal(1),
        "now": mailed,
        "nowhere": _if(mask == 0, mailed),
        "several": _if(mask.bitwise_and(mask - 1) != 0, mailed),
    }
    for n in range(len(rules)):
        held_here = mask.bitwise_and(_bits(1 << n)) != 0
        numbers[f"all_{n}"] = _if(held_here, sa.literal(1))
        numbers[f"now_{n}"] = _if(held_here, mailed)
        # of the segments that hold somebody the first counts: no bit below it
        numbers[f"first_{n}"] = _if(mask.bitwise_and(_bits((2 << n) - 1)) == _bits(1 << n), mailed)
    return _summed(numbers)


def _sharing(
    newsletter: str, rule: Rule, others: Sequence[Rule], now: datetime, people: sa.FromClause, part: Condition
) -> sa.Select[Any]:
    """Return a query for the numbers of `shared`: the others are judged only for whom the rule holds."""
    besides = [_if(condition(segment.asked(other)), _bits(2 << n)) for n, other in enumerate(others)]
    held = _if(condition(segment.asked(rule)), reduce(add, besides, _bits(1)))
    judged = _judged(newsletter, held, now, people, part)
    mailed, mask = judged.c.mailed, judged.c.held
    both = {f"both_{n}": _if(mask.bitwise_and(_bits(2 << n)) != 0, mailed) for n in range(len(others))}
    return _summed({"now": mailed, "mine": _if(mask != 0, mailed), "alone": _if(mask == 1, mailed), **both})


def _judged(
    newsletter: str, held: sa.ColumnElement[int], now: datetime, people: sa.FromClause, part: Condition
) -> sa.Subquery:
    """Return whether each of some people would get mail now, and which rules hold them."""
    # from the first row on, which is all: a database would else write this query into the other, and judge anew for
    # each number
    return (
        sa.select(sa.case((may_be_mailed(now), 1), else_=0).label("mailed"), held.label("held"))
        .select_from(people)
        .where(_PLACE.newsletter == newsletter, part)
        .offset(0)
        .subquery()
    )


def _bits(number: int) -> sa.ColumnElement[int]:
    # a rule has a bit, and PostgreSQL's usual integer has 31
    return sa.literal(number, sa.BigInteger)


def _if(condition: Condition, number: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((condition, number), else_=0)


def _summed(numbers: Mapping[str, sa.ColumnElement[Any]]) -> sa.Select[Any]:
    return sa.select(*(sa.func.sum(number, type_=sa.Integer).label(name) for name, number in numbers.items()))


_COLUMNS = (
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
    _PLACE.joined_at,
    _PERSON.traits.label("person_traits"),
    _PLACE.traits.label("place_traits"),
)


def _recipient_of(newsletter: str, row: sa.Row[Any]) -> Recipient:
    return Recipient(
        subscriber=Subscriber(
            id=row.id,
            address=row.address,
            first_name=row.first_name,
            last_name=row.last_name,
            tags=tuple(row.tags),
            fields=row.fields,
        ),
        subscription=Subscription(
            newsletter=newsletter,
            state=SubscriptionState(row.state),
            themes=tuple(row.themes),
            cadence=Cadence(row.cadence),
            consent_source=row.consent_source,
            consent_at=row.consent_at,
            joined_at=row.joined_at,
        ),
        stored_traits=(row.person_traits, row.place_traits),
    )
