"""What is remembered of people costs one row of the ledger, however many editions there were."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from digest.domain.model import Delivery, DeliveryState
from digest.domain.ports import Remembered
from digest.store import tables as t
from tests.conftest import ON_SQLITE
from tests.store.conftest import EDITION, ME, NOW, Ledger, edition

pytestmark = pytest.mark.usefixtures("each_database")

BEFORE, LONG_AGO = NOW - timedelta(weeks=1), NOW - timedelta(weeks=2)
LAST = [(EDITION, NOW), ("before", BEFORE), ("long-ago", LONG_AGO)]


def _planned(ledger: Ledger, name: str, slot: datetime, **variants: str) -> None:
    """Add an edition with a delivery of a variant to each of these people."""
    with ledger.store.writing() as session:
        session.editions.add(edition(name, slot=slot), (), ())
        rows = [
            Delivery(edition=name, subscriber=person, state=DeliveryState.PENDING, variant=variant)
            for person, variant in variants.items()
        ]
        session.deliveries.plan([(row, "all") for row in rows], NOW)


def _state(ledger: Ledger, name: str, state: str) -> None:
    with ledger.store.writing() as session:
        session.deliveries.enter(ME, NOW)
    with ledger.store._engine.begin() as connection:
        held = {"worker": ME.id, "claim": 1} if state == DeliveryState.CLAIMED else {}
        connection.execute(sa.update(t.delivery).where(t.delivery.c.edition == name).values(state=state, **held))


def _last(ledger: Ledger) -> list[datetime | None]:
    with ledger.store.reading() as session:
        return [one.last_slot for one in session.people.page("insights", "", 9, Remembered(last=LAST))]


@pytest.mark.parametrize(
    ("state", "counts"),
    [("pending", True), ("claimed", True), ("sent", True), ("unknown", True), ("failed", False), ("skipped", False)],
)
def test_what_somebody_may_have_had_counts_and_what_they_certainly_have_not_does_not(
    ledger: Ledger, state: str, counts: bool
) -> None:
    _planned(ledger, "before", BEFORE, person0001="all")
    _planned(ledger, "long-ago", LONG_AGO, person0000="all", person0001="all")
    _state(ledger, EDITION, state)
    assert _last(ledger) == ([NOW, NOW, NOW] if counts else [LONG_AGO, BEFORE, None])


def test_stories_are_known_by_the_variant_that_somebody_got(ledger: Ledger) -> None:
    _planned(ledger, "before", BEFORE, person0000="maths", person0001="all", person0002="other")
    _planned(ledger, "long-ago", LONG_AGO, person0001="all")
    told = {
        "before": {"maths": frozenset("m"), "all": frozenset("mn"), "other": frozenset[str]()},
        "long-ago": {"all": frozenset("o")},
    }
    with ledger.store.reading() as session:
        page = session.people.page("insights", "", 9, Remembered(told=told))
        assert [sorted(one.had) for one in page] == [["m"], ["m", "n", "o"], []]
        assert session.people.had(["person0001"], told) == {"person0001": {"m", "n", "o"}}
        assert session.people.had([], told) == {}


def test_what_the_last_edition_overlooked_is_missed_by_who_did_not_get_it(ledger: Ledger) -> None:
    _planned(ledger, "before", BEFORE, person0001="all")
    known = Remembered(last=LAST, overlooked={EDITION: ["before", "long-ago"], "before": ["long-ago"]})
    with ledger.store.reading() as session:
        missed = [one.missed for one in session.people.page("insights", "", 9, known)]
    assert missed == [{"before", "long-ago"}, {"long-ago"}, {"before", "long-ago"}]


@ON_SQLITE
def test_each_look_is_at_one_row_by_its_key(ledger: Ledger) -> None:
    statements: list[str] = []
    sa.event.listen(ledger.store._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    _last(ledger)
    statement = next(one for one in statements if "coalesce" in one)
    with ledger.store._engine.connect() as connection:
        values = tuple(['[["x"]]'] * statement.count("?"))
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()]
    looks = [step for step in plan if "delivery" in step]
    assert len(looks) == len(LAST)
    assert all("SEARCH delivery USING PRIMARY KEY (edition=? AND subscriber=?)" in step for step in looks)
