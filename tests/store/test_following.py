"""What is counted while deliveries move is what somebody would count who read them all."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as some

from digest.domain.model import Delivery, DeliveryState, Letter
from digest.domain.ports import CountsAs, Result
from digest.stages import following
from digest.store import tables as t
from tests.conftest import ON_SQLITE
from tests.store.conftest import EDITION, ME, NOW, Ledger

pytestmark = pytest.mark.usefixtures("each_database")

D = DeliveryState
#: state, reason, the server's answer, times it was tried: what a sending may say of a message
SAID = (
    (D.SENT, "", "250 2.0.0 ok", 1),
    (D.FAILED, "refused", "550 5.1.1 <person0001@example.org>: nobody", 1),
    (D.FAILED, "refused", "554 we think this is spam", 1),
    (D.FAILED, "refused", "no message could be made: a name without letters", 1),
    (D.PENDING, "refused for now", "452 4.2.2 mailbox full", 1),
    (D.PENDING, "refused for now", "451 4.7.1<person0002@example.org> wait", 2),
    (D.PENDING, "", "no connection", 0),
    (D.UNKNOWN, "the message was written and no answer came: reset by person0003@example.org", "", 1),
    (D.SKIPPED, "unsubscribed meanwhile", "", 0),
)
WHO = [f"person{number:04}" for number in range(6)]
STEPS = some.one_of(
    some.tuples(some.just("claim"), some.integers(1, 4)),
    some.tuples(some.just("settle"), some.sampled_from(SAID)),
    some.tuples(some.just("free"), some.lists(some.sampled_from(WHO))),
    some.tuples(some.just("bounce"), some.sampled_from(WHO)),
    some.tuples(some.just("hasten"), some.none()),
    some.tuples(some.just("skip"), some.integers(0, 3)),
    some.tuples(some.just("erase"), some.sampled_from(WHO)),
    some.tuples(some.just("forget"), some.none()),
)


def settle(ledger: Ledger, letter: Letter, said: tuple[DeliveryState, str, str, int]) -> None:
    state, reason, reply, attempts = said
    delivery = Delivery(
        edition=EDITION,
        subscriber=letter.subscriber.id,
        state=state,
        variant="all",
        reason=reason,
        attempts=letter.attempts + attempts,
    )
    with ledger.store.writing() as session:
        session.deliveries.settle([Result(delivery=delivery, at=NOW, claim=letter.claim, reply=reply)], ME)


def step(ledger: Ledger, held: list[Letter], what: str, value: object) -> None:
    if what == "claim":
        held += ledger.claim(limit=value)  # type: ignore[arg-type]
    elif what == "settle":
        if held:
            settle(ledger, held.pop(), value)  # type: ignore[arg-type]
    else:
        with ledger.store.writing() as session:
            if what == "free":
                session.deliveries.free(EDITION, value, NOW)  # type: ignore[arg-type]
            elif what == "bounce":
                session.feedback.failed(EDITION, value, "5.1.1", NOW)  # type: ignore[arg-type]
            elif what == "hasten":
                session.following.hasten(EDITION, NOW)
            elif what == "skip":
                session.following.skip(EDITION, "cancelled by Ada", NOW, value)  # type: ignore[arg-type]
            elif what == "erase":
                session.rights.erase(str(value), f"{value}@example.org")
            else:
                session.rights.forget_replies(NOW + timedelta(days=99))


def read_all(ledger: Ledger) -> dict[tuple[int, str, str], int]:
    d = t.delivery.c
    asked = sa.select(d.wave, d.outcome, d.why, sa.func.count()).group_by(d.wave, d.outcome, d.why)
    with ledger.store._engine.connect() as connection:
        return {(wave, outcome, why): people for wave, outcome, why, people in connection.execute(asked)}


@settings(max_examples=20)
@given(some.lists(STEPS, max_size=25))
def test_the_six_counts_always_add_up_to_everybody_whatever_happens(steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "digest.db", people=len(WHO))
        held: list[Letter] = []
        versions = [0]
        for what, value in steps:
            before = read_all(ledger)
            step(ledger, held, what, value)
            with ledger.store.reading() as session:
                countings = session.following.countings(EDITION)
                versions.append(session.following.version(EDITION))
            found = {(one.wave, str(one.counts_as), one.why): one.people for one in countings}
            assert found == read_all(ledger)
            assert sum(following.counted(countings).values()) == len(WHO)
            assert versions[-1] >= versions[-2]
            assert (versions[-1] > versions[-2]) or found == before
            assert not any("example.org" in why for _, _, why in found)
        ledger.store.close()


def test_a_plan_that_is_written_again_counts_nobody_twice(ledger: Ledger) -> None:
    rows = [
        (Delivery(edition=EDITION, subscriber=person, state=D.PENDING, variant="all"), "all")
        for person in ledger.people
    ]
    with ledger.store.writing() as session:
        session.deliveries.plan(rows, NOW)
    with ledger.store.reading() as session:
        assert following.counted(session.following.countings(EDITION))[CountsAs.WAITING] == 3


def test_messages_of_the_last_minute_make_the_rate_and_older_ones_do_not(ledger: Ledger) -> None:
    first, second, third = ledger.claim()
    for letter, at in ((first, NOW), (second, NOW + timedelta(seconds=90)), (third, NOW + timedelta(seconds=90.4))):
        delivery = Delivery(edition=EDITION, subscriber=letter.subscriber.id, state=D.SENT, variant="all")
        with ledger.store.writing() as session:
            session.deliveries.settle([Result(delivery=delivery, at=at, claim=letter.claim)], ME)
    with ledger.store.reading() as session:
        assert session.following.pace(EDITION, NOW + timedelta(seconds=60)) == 2
        assert session.following.pace(EDITION, NOW) == 3


@pytest.mark.parametrize("counts_as", [CountsAs.FAILED, CountsAs.UNKNOWN, CountsAs.SKIPPED, CountsAs.PUT_OFF])
@ON_SQLITE
def test_who_is_behind_a_number_is_found_by_an_index(ledger: Ledger, counts_as: CountsAs) -> None:
    statements: list[str] = []
    sa.event.listen(ledger.store._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with ledger.store.reading() as session:
        session.following.behind(EDITION, counts_as, "person0001", 50)
        session.following.retries(EDITION)
        session.following.undecided(EDITION)
    asked = [one for one in statements if "delivery" in one]
    assert len(asked) == 3
    with ledger.store._engine.connect() as connection:
        for statement in asked:
            parameters = tuple([""] * statement.count("?"))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            read = [row.detail for row in plan if "delivery" in row.detail]
            # or for one person, by the whole key
            found = ("ix_delivery_exceptional", "ix_delivery_put_off", "(edition=? AND subscriber=?)")
            assert all(any(one in detail for one in found) for detail in read), (read, statement)


def test_a_decision_about_who_is_in_doubt_stands_until_they_are_in_doubt_again(ledger: Ledger) -> None:
    letter, *_ = ledger.claim()
    settle(ledger, letter, SAID[7])
    person = letter.subscriber.id
    with ledger.store.writing() as session:
        assert session.following.undecided(EDITION) == 1
        assert session.following.leave(EDITION, person, "Ada", NOW)
        assert not session.following.leave(EDITION, person, "Bo", NOW + timedelta(minutes=1))
        assert session.following.undecided(EDITION) == 0
        assert [one.left_by for one in session.following.behind(EDITION, CountsAs.UNKNOWN, "", 9)] == ["Ada"]
        session.deliveries.free(EDITION, [person], NOW)
    [again] = [one for one in ledger.claim() if one.subscriber.id == person]
    delivery = Delivery(edition=EDITION, subscriber=person, state=D.UNKNOWN, variant="all")
    later = NOW + timedelta(hours=1)
    with ledger.store.writing() as session:
        session.deliveries.settle([Result(delivery=delivery, at=later, claim=again.claim)], ME)
        assert session.following.undecided(EDITION) == 1
        assert session.following.leave(EDITION, person, "Bo", later)
        assert not session.following.leave(EDITION, ledger.people[2], "Bo", later), "nobody who is not in doubt"


def test_of_no_editions_nothing_is_asked_in_vain(ledger: Ledger) -> None:
    with ledger.store.reading() as session:
        assert session.following.came_to([], ["left"]) == {}
        assert session.following.came_to([EDITION], [])[EDITION].left == 0
        assert session.following.outcomes([]) == {}
        assert session.following.returned([]) == {}
