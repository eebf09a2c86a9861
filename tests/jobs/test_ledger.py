"""The ledger of a sending: who may be begun is asked at each body, and no commit that fails loses anybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.model import Accepted, EditionState, Letter, Parcel, SubscriptionState, Withheld
from digest.domain.ports import Event, Session
from digest.jobs import ledger as jobs
from digest.jobs import send
from digest.jobs.ledger import LEASE, MOST, Ledger
from digest.store import tables as t
from digest.store.database import Database
from digest.store.journal import FileJournal
from tests.conftest import ON_SQLITE
from tests.jobs.conftest import Wire
from tests.jobs.sendings import Sending, Watched, parcel
from tests.store.conftest import EDITION, subscription

pytestmark = pytest.mark.usefixtures("each_database")


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def taken(ledger: Ledger, count: int) -> list[Letter]:
    """Wait for so many letters."""
    found: list[Letter] = []
    letters = ledger.letters()
    while len(found) < count:
        letter = next(letters)
        if letter is None:
            time.sleep(0.002)
        else:
            found.append(letter)
    return found


def accept(ledger: Ledger, letter: Letter) -> None:
    assert ledger.begin(parcel(letter)) is None
    ledger.known(parcel(letter), Accepted(reply="250 ok"))


# ---------------------------------------------------------------------------------------------
# What is asked before each body


def _unsubscribed(session: Session, person: str) -> None:
    session.people.set_state(person, "insights", SubscriptionState.UNSUBSCRIBED)


def _complained(session: Session, person: str) -> None:
    session.people.suppress(f"key of {person}", "complaint", subscription().consent_at)  # type: ignore[arg-type]


def _on_holiday(session: Session, person: str) -> None:
    found = next(one for one in session.people.page("insights", "", 100) if one.subscriber.id == person)
    away = subscription(paused_until=found.subscription.consent_at + timedelta(days=9))  # type: ignore[operator]
    session.people.save(found.subscriber.address, found.subscriber, f"key of {person}", [away])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_unsubscribed, "unsubscribed meanwhile"),
        (_complained, "kept off: complaint"),
        (_on_holiday, "paused meanwhile"),
    ],
)
@ON_SQLITE
def test_who_leaves_is_not_begun_from_the_very_next_message_on(
    tmp_path: Path, change: Callable[[Session, str], None], why: str
) -> None:
    here = Sending(tmp_path, people=9)
    elsewhere = Database.open(here.path)
    with here.ledger() as ledger:
        first, second, third = taken(ledger, 3)
        accept(ledger, first)
        with elsewhere.writing() as session:
            change(session, second.subscriber.id)
        assert ledger.begin(parcel(second)) == Withheld(reason=why)
        assert ledger.begin(parcel(third)) is None, "nobody else is kept back"
    elsewhere.close()


@ON_SQLITE
def test_a_pause_that_somebody_else_commits_counts_from_the_very_next_message_on(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=9)
    elsewhere = Database.open(here.path)
    with here.ledger() as ledger:
        first, second = taken(ledger, 2)
        accept(ledger, first)
        with elsewhere.writing() as session:
            event = Event(at=here.clock(), who="Bo", what="paused")
            session.editions.move(here.edition, EditionState.PAUSED, event)
        assert ledger.begin(parcel(second)) == Withheld(reason="the edition is paused", postponed=True)
    elsewhere.close()


# ---------------------------------------------------------------------------------------------
# The lease


def test_a_lease_is_renewed_while_it_works(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=9)
    with here.ledger() as ledger:
        letters = taken(ledger, 9)
        for letter in letters[:8]:
            here.clock.forward(minutes=10)
            until(lambda: here.lease() == here.clock() + LEASE)
            accept(ledger, letter)


def test_nothing_is_begun_after_the_lease_ran_out_not_even_when_it_is_renewed(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=9)
    with here.ledger() as ledger:
        letters = taken(ledger, 9)
        accept(ledger, letters[0])
        here.clock.forward(seconds=LEASE.total_seconds())
        late = Withheld(reason="the claim was held for too long", postponed=True)
        assert ledger.begin(parcel(letters[1])) == late
        until(lambda: here.lease() > here.clock())
        assert ledger.begin(parcel(letters[2])) == late
        for letter in letters[1:]:
            ledger.known(parcel(letter), late)
    # who was not begun is free again
    assert here.states() == {"sent": 1, "pending": 8}
    wire = Wire()
    send.run(here.dispatch(wire), here.edition)
    assert len(wire.parcels) == 8
    assert here.states() == {"sent": 9}


def test_a_lease_that_could_not_be_written_down_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_PAUSE_SECONDS", 60)
    here = Sending(tmp_path, people=9)
    full = threading.Event()
    store = Watched(here.store, full.is_set)
    with here.ledger(store=store) as ledger:
        letters = taken(ledger, 9)
        full.set()
        here.clock.forward(seconds=LEASE.total_seconds() - 1)
        until(lambda: store.failures > 0)
        assert ledger.begin(parcel(letters[0])) is None
        ledger.known(parcel(letters[0]), Accepted(reply="250 ok"))
        here.clock.forward(seconds=1)
        assert ledger.begin(parcel(letters[1])) == Withheld(reason="the claim was held for too long", postponed=True)
        full.clear()


# ---------------------------------------------------------------------------------------------
# Who composes never waits


def test_who_composes_never_waits_for_a_commit(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=1)
    go = threading.Event()

    class Slow(Watched):
        @contextmanager
        def alongside(self):  # type: ignore[no-untyped-def]
            go.wait(20)
            with super().alongside() as session:
                yield session

    with here.ledger(store=Slow(here.store)) as ledger:
        letters = ledger.letters()
        # the first claim is not made while this asks
        assert [next(letters) for _ in range(1_000)] == [None] * 1_000
        go.set()
        [letter] = taken(ledger, 1)
        accept(ledger, letter)


# ---------------------------------------------------------------------------------------------
# Commits


def test_answers_the_next_claim_and_the_lease_are_one_commit(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=1_200)
    store = Watched(here.store)
    send.run(here.dispatch(Wire(), store=store), here.edition)
    claiming = [dict(commit) for commit in store.commits if dict(commit).get("claim")]
    assert len(claiming) >= 1_200 // MOST
    assert all("renew" in commit for commit in claiming)
    settling = [commit for commit in map(dict, store.commits) if commit.get("settle")]
    assert all("renew" in commit for commit in settling)
    assert any(commit.get("claim") and commit.get("settle") for commit in map(dict, store.commits))
    # a commit a message would be 1,200
    assert len(store.commits) < 60
    assert here.states() == {"sent": 1_200}


def test_at_no_time_are_more_claimed_than_may_ever_be_in_doubt(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=1_400)
    claimed: list[int] = []

    def look(made: Parcel) -> Accepted:
        if len(claimed) % 10 == 0:
            claimed.append(here.states()["claimed"])
        else:
            claimed.append(0)
        return Accepted(reply="250 ok")

    send.run(here.dispatch(Wire(look)), here.edition)
    assert 0 < max(claimed) <= MOST
    assert here.states() == {"sent": 1_400}


def test_whoever_takes_all_that_is_there_gets_no_more_than_may_be_in_doubt(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=1_400)
    with here.ledger() as ledger:
        letters = taken(ledger, MOST)
        found = ledger.letters()
        for _ in range(100):
            assert next(found) is None
            time.sleep(0.005)
        assert here.states() == {"claimed": MOST, "pending": 1_400 - MOST}
        for letter in letters:
            accept(ledger, letter)
        # what was settled makes room
        assert len(taken(ledger, MOST)) == MOST


def test_what_a_server_took_is_counted_once_also_where_commits_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_PAUSE_SECONDS", 0.01)
    here = Sending(tmp_path, people=700)
    calls = iter(range(10**6))
    # two of three fail while it sends
    store = Watched(here.store, lambda: 0 < len(wire.parcels) < 650 and next(calls) % 3 < 2)
    wire = Wire(lambda made: Accepted(reply="250 ok", server="smtp://a.example.org"))
    send.run(here.dispatch(wire, store=store), here.edition)
    assert store.failures >= 2
    assert here.states() == {"sent": 700}
    assert here.taken() == 700


def test_a_commit_that_fails_for_a_moment_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_PAUSE_SECONDS", 0.01)
    here = Sending(tmp_path, people=700)
    moments = iter([False, True, True, False, True, True])
    store = Watched(here.store, lambda: bool(wire.parcels) and next(moments, False))
    wire = Wire()
    send.run(here.dispatch(wire, store=store), here.edition)
    assert store.failures == 4
    assert here.states() == {"sent": 700}
    assert len(set(wire.addresses)) == len(wire.addresses) == 700


def test_when_commits_go_on_failing_it_ends_and_its_journal_tells_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_PAUSE_SECONDS", 0.01)
    here = Sending(tmp_path, people=700)
    wire = Wire()
    store = Watched(here.store, lambda: len(wire.parcels) > 100)
    dispatch = here.dispatch(wire, store=store)
    with pytest.raises(StoreError, match="disk is full"):
        send.run(dispatch, here.edition)
    dispatch.presence.leave()
    assert store.failures >= 3
    mailed = set(wire.addresses)
    assert 100 < len(mailed) < 700, "it ended long before everybody had one"
    assert here.states()["claimed"] > 0
    # space returns, and another goes on
    later = Wire()
    sent = send.run(here.dispatch(later), here.edition)
    assert sent.unknown == 0
    assert sorted([*wire.addresses, *later.addresses]) == sorted(f"{person}@example.org" for person in here.people)
    assert here.states() == {"sent": 700}


def test_a_body_that_cannot_be_written_down_is_not_begun_and_nobody_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Sending(tmp_path, people=50)
    real = FileJournal.begun
    bodies = iter(range(1_000))

    def full(journal: FileJournal, claim: int, subscriber: str) -> None:
        if next(bodies) == 10:
            raise StoreError("The disk is full.")
        real(journal, claim, subscriber)

    monkeypatch.setattr(FileJournal, "begun", full)
    wire = Wire()
    with pytest.raises(StoreError, match="disk is full"):
        send.run(here.dispatch(wire), here.edition)
    assert len(wire.parcels) == 10
    assert here.states() == {"sent": 10, "pending": 40}
    later = Wire()
    send.run(here.dispatch(later), here.edition)
    assert len({*wire.addresses, *later.addresses}) == len(wire.parcels) + len(later.parcels) == 50


def test_an_answer_that_cannot_be_written_into_the_journal_is_settled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Sending(tmp_path, people=50)

    def full(journal: FileJournal, *_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(FileJournal, "ended", full)
    wire = Wire()
    with pytest.raises(StoreError, match="disk is full"):
        send.run(here.dispatch(wire), here.edition)
    assert len(wire.parcels) == 1
    assert here.states() == {"sent": 1, "pending": 49}


def test_each_claim_has_its_own_number_and_rows_keep_it(tmp_path: Path) -> None:
    here = Sending(tmp_path, people=600)
    with here.ledger() as ledger:
        letters = taken(ledger, MOST)
        assert {letter.claim for letter in letters} == {1, 2}
        for letter in letters:
            accept(ledger, letter)
        last = taken(ledger, 100)
        assert {letter.claim for letter in last} <= {3, 4, 5}
        numbers = sa.select(t.delivery.c.subscriber, t.delivery.c.claim).where(t.delivery.c.state == "claimed")
        held = {row.subscriber: row.claim for row in here.query(numbers.where(t.delivery.c.edition == EDITION))}
        assert held.items() >= {letter.subscriber.id: letter.claim for letter in last}.items()
