"""The ledger: a delivery belongs to one worker, and what was begun is never sent again by the program."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.model import Delivery, DeliveryState, EditionState, Subscriber, SubscriptionState
from digest.domain.ports import Event, Page, Worker
from tests.conftest import ON_SQLITE
from tests.store.conftest import EDITION, LEASE, ME, NOW, OTHER, Ledger, edition, subscription

pytestmark = pytest.mark.usefixtures("each_database")

_CLAIMER = """
import json, sys, time
from datetime import datetime
from pathlib import Path
from digest.domain.ports import Worker
from digest.store.database import Database
where, name, edition, now, lease = sys.argv[1:]
now, lease = datetime.fromisoformat(now), datetime.fromisoformat(lease)
store = Database.at(where) if "://" in where else Database.open(Path(where))
worker = Worker(id=name, host="here", boot="boot", pid=1)
with store.writing() as session:
    session.deliveries.enter(worker, lease)
print("ready", flush=True)
sys.stdin.readline()
mine = []
for number in range(1000):
    with store.alongside() as session:
        found = session.deliveries.claim(edition, worker, number, now, 2, 10)
    if not found:
        break
    mine += [one.subscriber.id for one in found]
    # SQLite's lock is not fair: let the others have their turn
    time.sleep(0.005)
print(json.dumps(mine))
"""


def test_four_processes_that_claim_at_once_share_everybody_out(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "digest.db", people=400)
    command = [sys.executable, "-c", _CLAIMER, ledger.where]
    workers = [
        subprocess.Popen(
            [*command, f"worker{number}", EDITION, NOW.isoformat(), LEASE.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    said = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        said.append(json.loads(worker.communicate(timeout=60)[0]))
        assert worker.returncode == 0
    assert sorted(person for mine in said for person in mine) == ledger.people
    assert sum(bool(mine) for mine in said) >= 2, "else nothing was at once"
    ledger.store.close()


def test_four_threads_that_claim_at_once_share_everybody_out(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "digest.db", people=100)
    together = threading.Barrier(4)

    def claim(number: int) -> list[str]:
        together.wait(5)
        found = ledger.claim(Worker(id=f"worker{number}", host="here", boot="boot", pid=number), limit=25)
        return [letter.subscriber.id for letter in found]

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(claim, range(4)))
    assert [len(share) for share in shares] == [25] * 4
    assert sorted(person for share in shares for person in share) == ledger.people
    ledger.store.close()


def test_a_plan_is_written_once_however_often_it_runs(ledger: Ledger) -> None:
    ledger.claim()
    rows = [
        (Delivery(edition=EDITION, subscriber=person, state=DeliveryState.PENDING, variant="all"), "all")
        for person in ledger.people
    ]
    with ledger.store.writing() as session:
        session.deliveries.plan(rows, NOW)
    assert ledger.states() == ["claimed"] * 3


def test_only_what_is_due_of_an_edition_that_is_sending_is_claimed(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        session.deliveries.enter(OTHER, LEASE)
        early = session.deliveries.claim(EDITION, OTHER, 1, NOW - timedelta(seconds=1), 2, 500)
        session.editions.move(edition(), EditionState.PAUSED, Event(at=NOW, who="Ada", what="paused"))
    assert early == []
    assert ledger.claim() == []


def test_earlier_waves_come_first_and_later_ones_not_before_their_time(tmp_path: Path) -> None:
    made = Ledger(tmp_path / "digest.db", people=0)
    with made.store.writing() as session:
        for wave, person in ((2, "rest"), (1, "canary"), (0, "seed")):
            known = Subscriber(id=person, address=f"{person}@example.org")
            session.people.save(known.address, known, f"key of {person}", [subscription()])
            row = Delivery(edition=EDITION, subscriber=person, state=DeliveryState.PENDING, variant="all", wave=wave)
            session.deliveries.plan([(row, "all")], NOW)
    assert [one.subscriber.id for one in made.claim(wave=1, limit=5)] == ["seed", "canary"]
    assert made.claim(wave=1) == []
    assert [one.subscriber.id for one in made.claim(wave=2)] == ["rest"]
    made.store.close()


@ON_SQLITE
def test_no_step_of_a_sending_reads_the_whole_edition(ledger: Ledger) -> None:
    # with a million rows that would take longer than to send them
    statements: list[str] = []
    sa.event.listen(ledger.store._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    letters = ledger.claim(limit=2)
    ledger.withheld()
    for letter, state in zip(letters, (DeliveryState.SENT, DeliveryState.PENDING), strict=True):
        ledger.settle(letter, state)
    with ledger.store.reading() as session:
        session.deliveries.withheld(EDITION, ME, NOW, 1)
        session.deliveries.holders(EDITION)
        session.deliveries.holding()
        session.deliveries.held(EDITION, ME)
        session.deliveries.early(EDITION)
        session.deliveries.open(EDITION)
    asked = [one for one in statements if "delivery" in one and not one.startswith("INSERT INTO worker")]
    assert len(asked) > 10
    with ledger.store._engine.connect() as connection:
        for statement in asked:
            parameters = tuple(["[]"] * statement.count("?"))
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [row[3] for row in rows if "delivery" in row[3]]
            assert steps, statement
            for step in steps:
                few = any(name in step for name in ("_pending", "_claimed", "_early"))
                assert few or "subscriber=?" in step, f"{step}: {statement}"
            assert not any("ORDER BY" in row[3] for row in rows), statement


def _unsubscribe(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        session.people.set_state("person0000", "insights", SubscriptionState.UNSUBSCRIBED)


def _suppress(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        session.people.suppress("key of person0000", "complaint", NOW)


def _pause_the_person(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        known = session.people.page("insights", "", 1)[0].subscriber
        until = subscription(paused_until=NOW + timedelta(days=30))
        session.people.save(known.address, known, "key of person0000", [until])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_unsubscribe, "unsubscribed meanwhile"),
        (_suppress, "kept off: complaint"),
        (_pause_the_person, "paused meanwhile"),
    ],
)
def test_who_may_not_be_mailed_any_more_is_named_with_the_reason(
    ledger: Ledger, change: Callable[[Ledger], None], reason: str
) -> None:
    ledger.claim()
    assert ledger.withheld() == {}
    watch = ledger.store.watch()
    assert watch.changed(), "at first nobody knows"
    assert not watch.changed()
    change(ledger)
    assert watch.changed()
    assert not watch.changed()
    assert ledger.withheld() == {"person0000": reason}
    assert ledger.withheld(OTHER) == {}, "what another has claimed is no business of this one"
    watch.close()


@ON_SQLITE
def test_where_a_database_is_damaged_meanwhile_who_watches_has_to_look_and_is_told(ledger: Ledger) -> None:
    watch = ledger.store.watch()
    assert watch.changed()
    ledger.store.close()
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.path.write_bytes(os.urandom(ledger.path.stat().st_size))
    assert watch.changed()
    assert watch.changed()
    with pytest.raises(StoreError, match="is damaged"):
        ledger.withheld()
    watch.close()


def test_a_pause_that_is_over_holds_nobody_back(ledger: Ledger) -> None:
    _pause_the_person(ledger)
    ledger.claim()
    assert ledger.withheld(now=NOW + timedelta(days=30)) == {}


def test_a_worker_says_how_long_its_claims_are_its_own_and_how_much_it_wrote(ledger: Ledger) -> None:
    ledger.claim(limit=2)
    ledger.claim(OTHER)
    later = LEASE + timedelta(minutes=5)
    with ledger.store.writing() as session:
        session.deliveries.renew(ME, later, 7)
    with ledger.store.reading() as session:
        found = {one.worker: (one.lease, one.written) for one in session.deliveries.holders(EDITION)}
        mine = [one.subscriber.id for one in session.deliveries.held(EDITION, ME)]
    assert found == {ME: (later, 7), OTHER: (LEASE, 0)}
    assert mine == ["person0000", "person0001"]


def test_an_answer_that_comes_after_the_sweep_is_evidence(ledger: Ledger) -> None:
    sent, failed, silent = letters = ledger.claim()
    for letter in letters:
        ledger.settle(letter, DeliveryState.UNKNOWN)
    ledger.settle(sent, DeliveryState.SENT)
    ledger.settle(failed, DeliveryState.FAILED)
    assert ledger.states() == ["sent", "failed", "unknown"]
    for state in (DeliveryState.PENDING, DeliveryState.SKIPPED):
        ledger.settle(silent, state)
    assert ledger.states()[2] == "unknown", "it never goes back by itself"
    assert ledger.claim(OTHER) == []


def test_what_is_sent_stays_sent_whatever_comes(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    ledger.settle(letter, DeliveryState.SENT)
    for state in DeliveryState:
        ledger.settle(letter, state)
    assert ledger.states()[0] == "sent"


def test_what_is_put_off_is_free_for_anybody(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    ledger.settle(letter, DeliveryState.PENDING)
    assert [one.subscriber.id for one in ledger.claim(OTHER)] == ["person0000"]


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.FAILED])
def test_who_lost_a_claim_changes_nothing_of_the_new_holders_row(ledger: Ledger, state: DeliveryState) -> None:
    letter = ledger.claim()[0]
    ledger.settle(letter, DeliveryState.PENDING)
    [theirs] = ledger.claim(OTHER)
    ledger.settle(letter, state)
    assert ledger.states()[0] == "claimed"
    ledger.settle(theirs, DeliveryState.PENDING, OTHER)
    # not even one's own, of a claim before this one
    [again] = ledger.claim()
    ledger.settle(letter, state)
    assert ledger.states()[0] == "claimed"
    ledger.settle(again, DeliveryState.SENT)
    assert ledger.states()[0] == "sent"


def test_the_tally_adds_up_to_everybody(ledger: Ledger) -> None:
    first, second, third = ledger.claim()
    ledger.settle(first, DeliveryState.SENT)
    ledger.settle(second, DeliveryState.SKIPPED)
    ledger.settle(third, DeliveryState.PENDING)
    with ledger.store.reading() as session:
        tallies = session.deliveries.tally(EDITION)
        waiting, due = session.deliveries.open(EDITION)
    assert Counter({one.state: one.count for one in tallies}) == {"sent": 1, "skipped": 1, "pending": 1}
    assert (waiting, due) == (1, NOW)


def test_what_a_person_lets_go_again_is_nobodys_and_a_late_answer_changes_nothing(ledger: Ledger) -> None:
    _, silent, refused = letters = ledger.claim()
    for letter, state in zip(letters, (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED), strict=True):
        ledger.settle(letter, state)
    with ledger.store.writing() as session:
        assert session.deliveries.free(EDITION, ledger.people, LEASE) == 2
    assert ledger.states() == ["sent", "pending", "pending"]
    for state in DeliveryState:
        ledger.settle(silent, state)
        ledger.settle(refused, state)
    assert ledger.states() == ["sent", "pending", "pending"]
    with ledger.store.reading() as session:
        _, one, _ = session.deliveries.entries(EDITION, Page(now=NOW, limit=9))
    assert (one.attempts, one.reason, one.next_at, one.settled_at) == (0, "", LEASE, None)


def test_who_is_being_mailed_or_waits_is_not_let_go_again(ledger: Ledger) -> None:
    ledger.claim(limit=1)
    with ledger.store.writing() as session:
        assert session.deliveries.free(EDITION, ledger.people, NOW) == 0
    assert ledger.states() == ["claimed", "pending", "pending"]


def test_everybodys_delivery_is_read_page_by_page(ledger: Ledger) -> None:
    ledger.settle(ledger.claim(limit=1)[0], DeliveryState.UNKNOWN)
    with ledger.store.reading() as session:
        first = session.deliveries.entries(EDITION, Page(now=NOW, limit=2))
        rest = session.deliveries.entries(EDITION, Page(now=NOW, limit=2, after=first[-1].subscriber))
        unknown = session.deliveries.entries(EDITION, Page(now=NOW, limit=9, states=[DeliveryState.UNKNOWN]))
        named = session.deliveries.entries(EDITION, Page(now=NOW, limit=9, subscribers=ledger.people[1:2]))
        nobody = session.deliveries.entries("another", Page(now=NOW, limit=9))
    assert [one.subscriber for one in [*first, *rest]] == ledger.people
    assert [(one.subscriber, one.settled_at, one.next_at) for one in unknown] == [(ledger.people[0], NOW, None)]
    assert [(one.subscriber, one.settled_at, one.next_at) for one in named] == [(ledger.people[1], None, NOW)]
    assert nobody == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_unsubscribe, "unsubscribed meanwhile"),
        (_suppress, "kept off: complaint"),
        (_pause_the_person, "paused meanwhile"),
    ],
)
def test_whoever_may_not_be_mailed_now_is_listed_with_the_reason(
    ledger: Ledger, change: Callable[[Ledger], None], reason: str
) -> None:
    change(ledger)
    with ledger.store.reading() as session:
        entries = session.deliveries.entries(EDITION, Page(now=NOW, limit=9))
        later = session.deliveries.entries(EDITION, Page(now=NOW + timedelta(days=30), limit=1))
    assert [one.withheld for one in entries] == [reason, "", ""]
    assert later[0].withheld == ("" if change is _pause_the_person else reason)


@ON_SQLITE
def test_a_page_is_read_in_the_order_of_the_table(ledger: Ledger) -> None:
    # of a million people, a sort for each page would take an hour
    statements: list[str] = []
    sa.event.listen(ledger.store._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    page = Page(now=NOW, limit=2, after="a", states=[DeliveryState.UNKNOWN, DeliveryState.FAILED])
    with ledger.store.reading() as session:
        session.deliveries.entries(EDITION, page)
    statement = next(one for one in statements if one.startswith("SELECT delivery"))
    with ledger.store._engine.connect() as connection:
        values = tuple(["x"] * statement.count("?"))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    told = " / ".join(row[3] for row in plan)
    assert "SEARCH delivery USING PRIMARY KEY (edition=? AND subscriber>?)" in told
    assert "TEMP B-TREE" not in told
