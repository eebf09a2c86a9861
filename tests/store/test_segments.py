"""What the database says of segments, beside what Python says of the same people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.domain.model import (
    OTHER,
    Cadence,
    DateFrom,
    Insight,
    Newsletter,
    Placement,
    Recipient,
    Segment,
    Sender,
    Story,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.stages.segment import Offer, faults, predicate, shares
from digest.store.database import Database
from tests.conftest import ON_POSTGRESQL, ON_SQLITE, migrated

pytestmark = pytest.mark.usefixtures("each_database")

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
    # PostgreSQL keeps no NUL, and a record of nothing else is none
    consent_source=st.just("form") | VALUES.filter(lambda text: bool(text.strip("\0"))),
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


_IN_TURN = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_MANY = {
    "rules": st.lists(RULES, min_size=1, max_size=4),
    "people": st.lists(st.tuples(SUBSCRIBERS, SUBSCRIPTIONS), min_size=1, max_size=6),
}


@ON_SQLITE
@settings(max_examples=60, suppress_health_check=_IN_TURN)
@given(**_MANY)
def test_the_database_and_python_give_the_same_answer(
    store: Database, rules: list[dict[str, Any]], people: list[tuple[Subscriber, Subscription]]
) -> None:
    _hold_against_python(store, rules, people)


@ON_POSTGRESQL
@settings(max_examples=15, suppress_health_check=_IN_TURN)
@given(**_MANY)
def test_postgresql_and_python_give_the_same_answer(
    store: Database, rules: list[dict[str, Any]], people: list[tuple[Subscriber, Subscription]]
) -> None:
    _hold_against_python(store, rules, people)


def _hold_against_python(
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
        shared = session.segments.shared("n", rules[0], rules[1:], later)
        read = session.people.page("n", "", 100)
    assert found == expected
    assert [one.people for one in counted.segments] == [len(ids) for ids in expected]
    first, *others = expected
    assert (shared.of, shared.people) == (counted.now, len(first))
    assert shared.both == tuple(len(first & ids) for ids in others)
    assert shared.alone == len(first.difference(*others))
    # what was read from the database is what is made of the person
    assert {one.subscriber.id: one.traits for one in read} == {one.subscriber.id: one.traits for one in kept}


@pytest.mark.parametrize("kind", ["equals", "in", "among", "contains", "set"])
def test_no_value_is_taken_for_another(store: Database, kind: str) -> None:
    usual = Subscription(
        newsletter="n", state=SubscriptionState.ACTIVE, consent_source="form", consent_at=NOW - timedelta(days=1)
    )
    people = [(Subscriber(id="", address="a", tags=(one, "x"), fields={"role": one, one: "x"}), usual) for one in TRAPS]
    kept = keep(store, people)
    rules: list[dict[str, Any]] = [
        {
            "equals": {"field": "role", "equals": value},
            "in": {"field": "role", "in": [value, "y"]},
            "among": {"field": "role", "in": [value, *"0123456789"]},
            "contains": {"field": "tags", "contains": [value, "X"]},
            "set": {"field": value, "set": True},
        }[kind]
        for value in TRAPS
    ]
    for rule in (rule for rule in rules if not list(faults(rule))):
        with store.reading() as session:
            found = {one.subscriber.id for one in session.segments.sample("n", rule, NOW, "", len(kept))}
        assert found == {one.subscriber.id for one in kept if predicate(rule)(one)}, rule


SEGMENTS = (
    Segment(id="heads", name="H", rule={"field": "tags", "contains": "head"}),
    Segment(id="north", name="N", rule={"field": "region", "equals": "North"}),
    Segment(id="weekly", name="W", rule={"not": {"field": "cadence", "in": ["fortnightly", "monthly"]}}),
)


def crowd(seed: int, count: int = 400) -> list[tuple[Subscriber, Subscription]]:
    """Return people of all sorts."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        agreed = dice.random() < 0.8
        state = dice.choice([SubscriptionState.ACTIVE] * 5 + [*SubscriptionState]) if agreed else "pending"
        subscription = Subscription(
            newsletter="n",
            state=SubscriptionState(state),
            cadence=dice.choice([*Cadence]),
            consent_source="form" if agreed else dice.choice(["form", ""]),
            consent_at=NOW + timedelta(days=dice.choice([-90, 0, 1, 2])) if agreed else None,
            paused_until=dice.choice([None, None, NOW, NOW + timedelta(seconds=1), NOW - timedelta(days=1)]),
        )
        person = Subscriber(
            id="",
            address="a",
            tags=tuple(dice.sample(["head", "teacher"], dice.randrange(3))),
            fields={"region": dice.choice(["North", "South"])},
        )
        made.append((person, subscription))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_who_would_get_mail_is_counted_as_planning_decides_it(store: Database, seed: int) -> None:
    dice = random.Random(seed)
    kept = keep(store, crowd(seed))
    off = {number for number in range(len(kept)) if dice.random() < 0.1}
    with store.writing() as session:
        for number in off:
            session.people.suppress(f"key of {number}", "left", NOW)
        session.people.suppress("of a stranger", "left", NOW)
    with store.reading() as session:
        people = session.people.page("n", "", 1_000)
        counted = session.segments.count("n", [one.rule for one in SEGMENTS], NOW)
        sample = session.segments.sample("n", SEGMENTS[0].rule, NOW, "", 1_000)
    insight = Insight(
        id="i",
        source="s",
        title="t",
        summary="",
        link="",
        published=NOW,
        date_from=DateFrom.STATED,
        first_seen=NOW,
    )
    newsletter = Newsletter(id="n", name="N", sender=Sender(name="s", address="s@example.org"), segments=SEGMENTS)
    story = Placement(story=Story(lead=insight), theme=OTHER, reasons=("x",))
    decided = list(shares(people, newsletter, Offer(slot=NOW, placements=[story]), NOW))
    mailed = [one for one in decided if not one.reason or one.reason == "no segment holds them"]
    held = [[one for one in mailed if predicate(segment.rule)(one.recipient)] for segment in SEGMENTS]
    ids = [{one.recipient.subscriber.id for one in some} for some in held]
    assert 50 < len(mailed) < 300
    assert (counted.people, counted.now) == (len(kept), len(mailed))
    assert [one.now for one in counted.segments] == [len(some) for some in held]
    assert [one.people for one in counted.segments] == [
        sum(predicate(segment.rule)(one) for one in people) for segment in SEGMENTS
    ]
    assert [one.counts_here for one in counted.segments] == [
        sum(one.segment == segment.id for one in mailed) for segment in SEGMENTS
    ]
    assert counted.nowhere == sum(one.segment == "" for one in mailed)
    assert counted.several == sum(sum(one.recipient.subscriber.id in some for some in ids) > 1 for one in mailed)
    assert {one.subscriber.id for one in sample} == ids[0]


def test_nobody_at_all_is_counted(store: Database) -> None:
    with store.reading() as session:
        counted = session.segments.count("n", [{}, {"field": "tags", "set": True}], NOW)
    assert (counted.people, counted.now, counted.nowhere, counted.several) == (0, 0, 0, 0)
    assert [one.people for one in counted.segments] == [0, 0]


def test_a_sample_goes_round_from_where_it_starts(store: Database) -> None:
    kept = sorted(one.subscriber.id for one in keep(store, [_crowd_member() for _ in range(30)]))
    with store.reading() as session:
        for start in ("", kept[3], kept[25], "zz"):
            found = [one.subscriber.id for one in session.segments.sample("n", {}, NOW, start, 10)]
            later = [one for one in kept if one >= start]
            assert found == [*later, *kept][:10]


def _crowd_member() -> tuple[Subscriber, Subscription]:
    usual = Subscription(
        newsletter="n", state=SubscriptionState.ACTIVE, consent_source="form", consent_at=NOW - timedelta(days=1)
    )
    return Subscriber(id="", address="a"), usual


def test_a_rule_may_be_as_large_as_is_said(store: Database) -> None:
    keep(store, [_crowd_member()])
    deep: dict[str, Any] = {"field": "tags", "set": False}
    for _ in range(9):
        deep = {"not": {"any": [deep, {"field": "tags", "set": True}]}}
    wide = {"any": [{"field": f"field {number}", "set": True} for number in range(1_000)]}
    every = {"all": [{"field": f"field {number}", "set": False} for number in range(1_000)]}
    among = {"field": "role", "in": [f"role {number}" for number in range(1_000)]}
    rules = [deep, wide, every, among]
    assert [list(faults(rule)) for rule in rules] == [[], [], [], []]
    with store.reading() as session:
        counted = session.segments.count("n", [*rules, *[{}] * 40], NOW)
    assert [one.people for one in counted.segments[:4]] == [0, 0, 1, 0]
    assert [one.counts_here for one in counted.segments[-40:]] == [0] * 40


def test_a_field_is_looked_for_among_all(store: Database) -> None:
    person, subscription = _crowd_member()
    keep(store, [(person, subscription), (Subscriber(id="", address="a", fields={"Röle": "x"}), subscription)])
    with store.reading() as session:
        assert session.segments.unheld("n", ["röle", "rolle", "cadence", "themes"]) == ["rolle", "themes"]
        assert session.segments.unheld("other", ["röle"]) == ["röle"]
        assert session.segments.columns("n") == ["Röle"]


@ON_SQLITE
def test_who_is_kept_off_is_found_from_the_list_of_those(store: Database) -> None:
    asked: list[tuple[str, Any]] = []
    with store.reading() as session:
        sa.event.listen(store._engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
        session.segments.count("n", [{}], NOW)
        (statement, values), *_ = [one for one in asked if "suppression" in one[0]]
        plan = session.people._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[attr-defined]
    scanned = [row.detail for row in plan if row.detail.startswith("SCAN")]
    assert [detail.split()[1] for detail in scanned if "subquery" not in detail and "anon" not in detail] == [
        "suppression"
    ], plan
