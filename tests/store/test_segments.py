"""What the database says of segments, beside what Python says of the same people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.domain.model import (
    Cadence,
    Recipient,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.stages.segment import faults, predicate
from digest.store.database import Database
from tests.conftest import migrated

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
#: what folds, composes or parts in unexpected ways, and what SQL and its patterns take for their own
TRAPS = ["ß", "ẞ", "ss", "SS", "İ", "i̇", "i", "ı", "ſ", "s", "é", "e\u0301", "Σ", "ς", "ŉ", "ﬁ", "\ufffd", "\uffff"]
TRAPS += ["*", "?", "[a]", "[", "]", "%", "_", "'", '"', "\\", "\x1e", "\x1f", "a\x1ftags", "\x1ehead\x1e", "\0", ""]
TRAPS += [
    "head",
    "Head",
    "HEAD",
    "headteacher",
    "South West",
    "a;b",
    "😀",
    "نص",
    "2026-11-24",
    "2026-11-2x",
    "２０２６-11-24",
]
VALUES = st.sampled_from(TRAPS) | st.text(st.characters(codec="utf-8"), max_size=4)
NAMED = VALUES | st.tuples(st.sampled_from(TRAPS), st.sampled_from(TRAPS)).map("".join)
DAYS = st.dates(date(2025, 12, 30), date(2026, 12, 3))
COLUMNS = ["role", "Röle", "since", "tags", "cadence", "weird*[name]?", "SS", "ß"]
FIELDS = st.sampled_from([*COLUMNS, "address", "first_name", "last_name", "consent_source", "consent_at", "joined_at"])
MOMENTS = DAYS.map(lambda day: datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC))

ONE = st.fixed_dictionaries({"field": FIELDS, "equals": NAMED | DAYS})
SEVERAL = st.fixed_dictionaries({"field": FIELDS, "in": st.lists(NAMED, min_size=1, max_size=12)})
LISTED = st.fixed_dictionaries(
    {"field": st.sampled_from(["tags", "themes"]), "contains": NAMED | st.lists(NAMED, min_size=1, max_size=3)}
)
ANY_OF = st.fixed_dictionaries({"field": st.sampled_from(["tags", "themes"]), "in": st.lists(NAMED, min_size=1)})
DATED = st.tuples(
    st.sampled_from(["since", "role", "consent_at", "joined_at"]),
    st.sampled_from(["before", "after"]),
    DAYS | DAYS.map(str),
).map(lambda three: {"field": three[0], three[1]: three[2]})
SET = st.fixed_dictionaries({"field": FIELDS | st.just("themes"), "set": st.booleans()})
CADENCE = st.fixed_dictionaries({"field": st.just("cadence"), "in": st.lists(st.sampled_from([*Cadence]), min_size=1)})
TESTS: st.SearchStrategy[dict[str, Any]] = st.one_of(ONE, SEVERAL, LISTED, ANY_OF, DATED, SET, CADENCE)
RULES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}) | TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
).filter(lambda rule: not list(faults(rule)))
SUBSCRIBERS = st.builds(
    Subscriber,
    id=st.just(""),
    address=VALUES,
    first_name=VALUES,
    last_name=VALUES,
    tags=st.lists(VALUES, max_size=3).map(tuple),
    fields=st.dictionaries(st.sampled_from(COLUMNS), VALUES | DAYS.map(str), max_size=4),
)
SUBSCRIPTIONS = st.builds(
    Subscription,
    newsletter=st.just("n"),
    state=st.just(SubscriptionState.ACTIVE),
    themes=st.lists(VALUES, max_size=3).map(tuple),
    cadence=st.sampled_from(Cadence),
    consent_source=st.just("form") | VALUES.filter(bool),
    consent_at=MOMENTS,
    joined_at=st.none() | MOMENTS,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(migrated(tmp_path / "digest.db"))
    yield made
    made.close()


def keep(store: Database, people: list[tuple[Subscriber, Subscription]]) -> list[Recipient]:
    """Replace who is in the database."""
    with store.writing() as session:
        connection = session.people._connection  # type: ignore[attr-defined]
        for table in ("subscription", "subscriber", "suppression"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
        kept = []
        for number, (subscriber, subscription) in enumerate(people):
            person = Subscriber(
                # in both halves of the ids
                id=f"{number * 7 % 16:x}{number:04}",
                address=subscriber.address,
                first_name=subscriber.first_name,
                last_name=subscriber.last_name,
                tags=subscriber.tags,
                fields=subscriber.fields,
            )
            session.people.save(f"{number}", person, f"key of {number}", [subscription])
            kept.append(Recipient(subscriber=person, subscription=subscription))
    return kept


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    rules=st.lists(RULES, min_size=1, max_size=4),
    people=st.lists(st.tuples(SUBSCRIBERS, SUBSCRIPTIONS), min_size=1, max_size=6),
)
def test_the_database_and_python_give_the_same_answer(
    store: Database, rules: list[dict[str, Any]], people: list[tuple[Subscriber, Subscription]]
) -> None:
    kept = keep(store, people)
    expected = [{one.subscriber.id for one in kept if predicate(rule)(one)} for rule in rules]
    later = NOW + timedelta(days=9)
    with store.reading() as session:
        found = [
            {one.subscriber.id for one in session.segments.sample("n", rule, later, "", len(kept))} for rule in rules
        ]
        counted = session.segments.count("n", rules, later)
        read = session.people.page("n", "", 100)
    assert found == expected
    assert [one.people for one in counted.segments] == [len(ids) for ids in expected]
    # what was read from the database is what is made of the person
    assert {one.subscriber.id: one.traits for one in read} == {one.subscriber.id: one.traits for one in kept}
