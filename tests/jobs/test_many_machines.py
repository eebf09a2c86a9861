"""Many machines over PostgreSQL: servers that go and come again, hosts that vanish, workers side by side."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.model import Accepted, EditionState, Outcome, Parcel, SubscriptionState
from digest.jobs import send
from digest.jobs.ledger import LEASE
from digest.store import postgresql as postgresqls
from digest.store import presence as presences
from digest.store import tables as t
from digest.store.database import Database
from digest.store.presence import FilePresence
from tests.jobs.conftest import Wire
from tests.jobs.sendings import Sending, parcel
from tests.postgresql import Databases, Server
from tests.store.conftest import EDITION

PEOPLE = 900


@pytest.fixture
def databases(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    made = Databases(postgresql)
    monkeypatch.setattr(Database, "open", made.open)
    yield made
    made.close()


def _after(messages: int, act: Callable[[], object]) -> Callable[[Parcel], Outcome]:
    """Do something once, while so many messages have had their answer."""
    left = iter(range(messages))
    once = iter([act])

    def answer(parcel: Parcel) -> Outcome:
        if next(left, None) is None:
            next(once, lambda: None)()
        return Accepted(reply="250 ok")

    return answer


def test_a_server_that_is_killed_and_started_again_amid_a_send_costs_nobody_their_mail(
    databases: Databases, tmp_path: Path
) -> None:
    """Fault 28: what was begun goes on once it is there again."""
    here = Sending(tmp_path, PEOPLE)

    def fail() -> None:
        databases.server.kill()
        databases.server.start()

    wire = Wire(_after(300, fail))
    sent = send.run(here.dispatch(wire), here.edition)
    assert sent.edition.state == EditionState.SENT
    assert sorted(wire.addresses) == sorted(f"{person}@example.org" for person in here.people)
    assert here.states() == {"sent": PEOPLE}


def test_a_server_that_stays_away_stops_the_send_and_the_next_one_mails_the_rest(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 28: nobody is lost, and nobody is mailed twice."""
    monkeypatch.setattr(postgresqls, "_AWAY_SECONDS", 0.1)
    here = Sending(tmp_path, PEOPLE)
    wire = Wire(_after(300, databases.server.kill))
    dispatch = here.dispatch(wire)
    with pytest.raises(StoreError):
        send.run(dispatch, here.edition)
    # as when the process ends
    dispatch.presence.leave()  # type: ignore[attr-defined]
    assert 300 < len(wire.addresses) < PEOPLE
    databases.server.start()
    again = Wire()
    sent = send.run(here.dispatch(again), here.edition)
    assert sent.edition.state == EditionState.SENT
    assert Counter(wire.addresses + again.addresses) == Counter(f"{person}@example.org" for person in here.people)
    assert here.states() == {"sent": PEOPLE}


def test_lines_that_are_lost_amid_a_send_are_opened_again(databases: Databases, tmp_path: Path) -> None:
    """Fault 29."""
    here = Sending(tmp_path, PEOPLE)
    name = here.store._engine.url.database
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    wire = Wire(_after(200, lambda: databases.server.run(end)))
    sent = send.run(here.dispatch(wire), here.edition)
    assert sent.edition.state == EditionState.SENT
    assert sorted(wire.addresses) == sorted(f"{person}@example.org" for person in here.people)


def test_workers_of_two_machines_share_an_edition_and_mail_each_person_once(
    databases: Databases, tmp_path: Path
) -> None:
    here = Sending(tmp_path, 2 * PEOPLE)
    both = [Wire(), Wire()]

    def work(number: int) -> None:
        dispatch = here.dispatch(
            both[number],
            store=databases.open(here.path),
            presence=FilePresence(tmp_path / f"workers of {number}"),
        )
        send.run(dispatch, here.edition)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    shares = [len(wire.addresses) for wire in both]
    assert min(shares) > 0, "else nothing was at once"
    assert sorted(both[0].addresses + both[1].addresses) == sorted(f"{person}@example.org" for person in here.people)
    assert here.states() == {"sent": 2 * PEOPLE}
    with here.store.reading() as session:
        counted = {one.counts_as: one.people for one in session.following.countings(EDITION)}
    assert counted == {"sent": 2 * PEOPLE}
    # each counted for itself, and a look adds them up
    assert len({row.part for row in here.query(sa.select(t.outcome.c.part))}) > 1
    assert here.taken() == 0


def test_what_a_vanished_machine_had_is_in_doubt_once_its_lease_is_over_and_not_before(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Sending(tmp_path, PEOPLE)
    gone = FilePresence(tmp_path / "of the other machine")
    with monkeypatch.context() as there:
        there.setattr(presences.socket, "gethostname", lambda: "the-other-machine")
        there.setattr(presences, "_boot", lambda: "its boot")
        worker = gone.me()
        with databases.open(here.path).alongside() as session:
            session.deliveries.enter(worker, here.clock() + LEASE)
            held = session.deliveries.claim(EDITION, worker, 1, here.clock(), 2, 200)
    first = Wire()
    sent = send.run(here.dispatch(first), here.edition)
    assert (len(first.addresses), sent.waiting, sent.edition.state) == (PEOPLE - 200, 200, EditionState.SENDING)
    here.clock.forward(seconds=(LEASE - timedelta(seconds=1)).total_seconds())
    assert send.run(here.dispatch(Wire()), here.edition).waiting == 200
    here.clock.forward(seconds=2)
    last = Wire()
    sent = send.run(here.dispatch(last), here.edition)
    assert (last.addresses, sent.unknown, sent.edition.state) == ([], 200, EditionState.SENT)
    assert {row for row, state in here.rows().items() if state == "unknown"} == {one.subscriber.id for one in held}


def test_nobodys_body_is_begun_more_than_a_second_after_they_left_by_another_machine(
    databases: Databases, tmp_path: Path
) -> None:
    here = Sending(tmp_path, 9)
    elsewhere = databases.open(here.path)
    with here.ledger() as ledger:
        letters = []
        for letter in ledger.letters():
            if letter is not None:
                letters.append(letter)
            if len(letters) == 2:
                break
        first, second = letters
        assert ledger.begin(parcel(first)) is None
        with elsewhere.writing() as session:
            session.people.set_state(second.subscriber.id, "insights", SubscriptionState.UNSUBSCRIBED)
        committed = time.monotonic()
        while ledger.begin(parcel(second)) is None:
            assert time.monotonic() - committed < 1.0
        assert time.monotonic() - committed < 1.0


def test_the_order_of_claims_never_walks_over_those_who_are_gone(databases: Databases, tmp_path: Path) -> None:
    """Somebody looks at one moment for as long as the send takes: nothing that left the index is taken from it."""
    here = Sending(tmp_path, 2 * PEOPLE)
    with here.store.reading() as looking:
        looking.editions.every()
        wire = Wire()
        send.run(here.dispatch(wire), here.edition)
    assert len(set(wire.addresses)) == 2 * PEOPLE
