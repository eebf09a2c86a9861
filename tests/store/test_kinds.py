"""People who are alike, counted by the database, come to the same as everybody looked at one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.model import (
    OTHER,
    Cadence,
    DateFrom,
    Delivery,
    DeliveryState,
    Insight,
    Newsletter,
    Placement,
    Sender,
    Story,
    Subscriber,
    Subscription,
)
from digest.domain.ports import Remembered
from digest.stages.segment import Offer, counted, shares
from digest.store import tables as t
from digest.store.database import Database
from tests.conftest import ON_SQLITE, migrated
from tests.store.conftest import ME, edition
from tests.store.test_segments import NOW, SEGMENTS, crowd, keep

pytestmark = pytest.mark.usefixtures("each_database")

THEMES = ("reading", "maths", "place")
#: editions of the last weeks, the latest first
BEFORE = [(f"before-{weeks}", NOW - timedelta(weeks=weeks)) for weeks in (1, 2, 3, 5)]
STORIES = {name: f"of {name}" for name, _ in BEFORE}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database.open(migrated(tmp_path / "digest.db"))
    yield made
    made.close()


def people(dice: random.Random, seed: int) -> list[tuple[Subscriber, Subscription]]:
    """Return people of all sorts, who chose themes and came when they liked."""
    return [
        (
            person,
            replace(
                place,
                themes=tuple(dice.sample(THEMES, dice.randrange(4))),
                cadence=dice.choice([*Cadence]),
                joined_at=dice.choice([None, *(NOW - timedelta(days=days) for days in (0, 3, 10, 14, 17, 60))]),
            ),
        )
        for person, place in crowd(seed)
    ]


def mail(store: Database, dice: random.Random, ids: list[str]) -> None:
    """Let some of them have had some of the editions before, and others nearly."""
    with store.writing() as session:
        session.deliveries.enter(ME, NOW)
        session.editions.keep_revision("r", NOW, {})
        for name, slot in BEFORE:
            session.editions.add(edition(name, slot=slot), (), ())
            some = [one for one in ids if dice.random() < 0.6]
            rows = [
                Delivery(
                    edition=name,
                    subscriber=one,
                    state=DeliveryState.PENDING,
                    variant=dice.choice(["all", "maths"]),
                )
                for one in some
            ]
            session.deliveries.plan([(row, "all") for row in rows], NOW)
        connection = session.people._connection  # type: ignore[attr-defined]
        for state in (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SKIPPED):
            chosen = [one for one in ids if dice.random() < 0.3]
            connection.execute(sa.update(t.delivery).where(t.delivery.c.subscriber.in_(chosen)).values(state=state))


def placement(story: str, theme: str, first_in: str = "") -> Placement:
    insight = Insight(
        id=story, source="s", title=story, summary="", link="", published=NOW, date_from=DateFrom.STATED, first_seen=NOW
    )
    return Placement(story=Story(lead=insight), theme=theme, reasons=("x",), first_in=first_in)


@pytest.mark.parametrize("seed", range(8))
def test_alike_or_one_by_one_the_counts_are_the_same(store: Database, seed: int) -> None:
    dice = random.Random(seed)
    kept = keep(store, people(dice, seed))
    ids = sorted(one.subscriber.id for one in kept)
    mail(store, dice, ids)
    with store.writing() as session:
        for number in range(len(kept)):
            if dice.random() < 0.1:
                session.people.suppress(f"key of {number}", "left", NOW)
    told = {
        name: {"all": frozenset({STORIES[name], "own-0"}), "maths": frozenset({"own-1"})} for name, _ in BEFORE[1:3]
    }
    known = Remembered(last=BEFORE, overlooked={BEFORE[0][0]: [BEFORE[1][0], BEFORE[2][0]]}, told=told)
    earlier = [placement(STORIES[name], dice.choice([*THEMES, OTHER]), name) for name, _ in BEFORE]
    own = [placement(f"own-{number}", dice.choice([*THEMES, OTHER])) for number in range(4)]
    placements = [*own, *earlier]
    offer = Offer(
        slot=NOW,
        placements=placements,
        slots=dict(BEFORE),
        strengths={one.story.id: dice.random() for one in placements},
        special=seed == 7,
    )
    newsletter = Newsletter(
        id="n", name="N", sender=Sender(name="s", address="s@example.org"), segments=SEGMENTS, maximum_stories=5
    )
    with store.reading() as session:
        one_by_one = counted(shares(session.people.page("n", "", 1_000, known), newsletter, offer, NOW))
        alike = session.people.kinds("n", [one.rule for one in SEGMENTS], known, [slot for _, slot in BEFORE], NOW)
    together = counted(shares((one for one, _ in alike), newsletter, offer, NOW), (many for _, many in alike))
    assert together == one_by_one
    assert sum(one_by_one.values()) > 20
    assert sum(many for _, many in alike) > len(alike), "some are alike"


def test_a_million_who_want_the_same_are_one_kind(store: Database) -> None:
    place = replace(crowd(0)[0][1], state="active", consent_source="form", consent_at=NOW, paused_until=None)
    kept = keep(store, [(Subscriber(id="", address=f"{number}"), place) for number in range(60)])
    with store.reading() as session:
        [(one, many)] = session.people.kinds("n", [{}], Remembered(), [], NOW)
        assert session.people.kinds("another", [{}], Remembered(), [], NOW) == []
    assert (one.subscriber.id, many) == (min(each.subscriber.id for each in kept), 60)


@ON_SQLITE
def test_of_each_edition_one_row_is_looked_at_by_its_key(store: Database) -> None:
    asked: list[tuple[str, object]] = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with store.reading() as session:
        session.people.kinds("n", [{}], Remembered(last=BEFORE, told={"told": {"all": frozenset("a")}}), [], NOW)
    statement, values = next(one for one in asked if "coalesce" in one[0])
    with store._engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()]
    looks = [step for step in plan if "delivery" in step]
    # the grouping names them once more, and its sorter holds what they said
    assert len(looks) >= len(BEFORE) + 1
    assert all("SEARCH delivery USING PRIMARY KEY (edition=? AND subscriber=?)" in step for step in looks)
