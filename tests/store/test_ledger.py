"""The ledger: a delivery belongs to one worker, and what was begun is never sent again by the program."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from digest.domain.model import Delivery, DeliveryState, EditionState, SubscriptionState
from digest.domain.ports import Event, Worker
from digest.store.database import Database
from tests.store.conftest import EDITION, LEASE, ME, NOW, OTHER, Ledger, edition, subscription

_CLAIMER = """
import json, sys, time
from datetime import datetime
from pathlib import Path
from digest.domain.ports import Worker
from digest.store.database import Database
path, name, edition, now, lease = sys.argv[1:]
store = Database.open(Path(path))
worker = Worker(id=name, host="here", boot="boot", pid=1)
print("ready", flush=True)
sys.stdin.readline()
mine = []
while True:
    with store.writing() as session:
        found = session.deliveries.claim(
            edition, worker, datetime.fromisoformat(now), datetime.fromisoformat(lease), 10
        )
        new = [one.subscriber.id for one in found if one.subscriber.id not in mine]
    if not new:
        break
    mine += new
    # SQLite's lock is not fair: let the others have their turn
    time.sleep(0.005)
print(json.dumps(mine))
"""


def test_four_processes_that_claim_at_once_share_everybody_out(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "digest.db", people=400)
    command = [sys.executable, "-c", _CLAIMER, str(ledger.path)]
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
    [letter, *_] = ledger.claim()
    assert ledger.begin(letter) == ""
    rows = [
        (Delivery(edition=EDITION, subscriber=person, state=DeliveryState.PENDING, variant="all"), "all")
        for person in ledger.people
    ]
    with ledger.store.writing() as session:
        session.deliveries.plan(rows, NOW)
    assert ledger.states() == ["claimed"] * 3


def test_only_what_is_due_of_an_edition_that_is_sending_is_claimed(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        early = session.deliveries.claim(EDITION, ME, NOW - timedelta(seconds=1), LEASE, 500)
        session.editions.move(edition(), EditionState.PAUSED, Event(at=NOW, who="Ada", what="paused"))
    assert early == []
    assert ledger.claim() == []


def test_a_letter_is_begun_once(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    assert ledger.begin(letter) == ""
    assert "lost" in ledger.begin(letter)


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


def _pause_the_edition(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        session.editions.move(edition(), EditionState.PAUSED, Event(at=NOW, who="Ada", what="paused"))


def _lose_the_claim(ledger: Ledger) -> None:
    ledger.sweep()
    ledger.claim(OTHER)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_unsubscribe, "unsubscribed meanwhile"),
        (_suppress, "kept off: complaint"),
        (_pause_the_person, "paused meanwhile"),
        (_pause_the_edition, "the edition is paused"),
        (_lose_the_claim, "the claim was lost to another worker"),
    ],
)
def test_a_body_is_not_begun_when_something_changed_since_the_claim(
    ledger: Ledger, change: object, reason: str
) -> None:
    letter = ledger.claim()[0]
    change(ledger)  # type: ignore[operator]
    assert ledger.begin(letter) == reason
    assert ledger.sweep(ME)[1] == ledger.sweep(OTHER)[1] == 0, "no mark was left"


def test_nothing_is_begun_after_the_lease_and_a_begun_letter_renews_it(ledger: Ledger) -> None:
    first, second, _ = ledger.claim()
    assert ledger.begin(first, now=LEASE - timedelta(seconds=1)) == ""
    assert "lost" in ledger.begin(second, now=LEASE)
    with ledger.store.reading() as session:
        assert session.deliveries.holders() == [(ME, LEASE - timedelta(seconds=1) + timedelta(minutes=15))]


def test_a_pause_that_is_over_holds_nobody_back(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        known = session.people.page("insights", "", 1)[0].subscriber
        session.people.save(known.address, known, "key", [subscription(paused_until=NOW)])
    assert ledger.begin(ledger.claim()[0]) == ""


def test_a_sweep_gives_back_what_was_not_begun_and_names_what_was(ledger: Ledger) -> None:
    letters = ledger.claim()
    ledger.begin(letters[1])
    assert ledger.sweep() == (2, 1)
    assert ledger.states() == ["pending", "unknown", "pending"]
    assert [letter.subscriber.id for letter in ledger.claim(OTHER)] == ["person0000", "person0002"]
    assert ledger.sweep() == (0, 0), "what another holds is not swept"


def test_an_answer_that_comes_after_the_sweep_is_evidence(ledger: Ledger) -> None:
    sent, failed, _ = letters = ledger.claim()
    for letter in letters:
        ledger.begin(letter)
    ledger.sweep()
    ledger.settle(sent, DeliveryState.SENT)
    ledger.settle(failed, DeliveryState.FAILED)
    assert ledger.states() == ["sent", "failed", "unknown"]


def test_what_is_unknown_never_goes_back_to_pending_by_itself(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    ledger.begin(letter)
    ledger.sweep()
    for state in (DeliveryState.PENDING, DeliveryState.SKIPPED):
        ledger.settle(letter, state)
        assert ledger.states()[0] == "unknown"
    assert "person0000" not in {one.subscriber.id for one in ledger.claim(OTHER)}


def test_what_is_sent_stays_sent_whatever_comes(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    ledger.begin(letter)
    ledger.settle(letter, DeliveryState.SENT)
    for state in DeliveryState:
        ledger.settle(letter, state)
    ledger.sweep()
    assert ledger.states()[0] == "sent"


def test_what_is_put_off_is_free_for_anybody_and_unmarked(ledger: Ledger) -> None:
    letter = ledger.claim()[0]
    ledger.begin(letter)
    ledger.settle(letter, DeliveryState.PENDING)
    again = ledger.claim(OTHER)
    assert [one.subscriber.id for one in again] == ["person0000"]
    assert ledger.begin(again[0], OTHER) == ""


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.FAILED])
def test_who_lost_a_claim_changes_nothing_of_the_new_holders_row(ledger: Ledger, state: DeliveryState) -> None:
    letter = ledger.claim()[0]
    ledger.sweep()
    [mine, *_] = ledger.claim(OTHER)
    ledger.begin(mine, OTHER)
    ledger.settle(letter, state)
    assert ledger.states()[0] == "claimed"
    ledger.settle(mine, DeliveryState.SENT, OTHER)
    assert ledger.states()[0] == "sent"


def test_an_unsubscribe_committed_elsewhere_is_seen_by_the_next_begin(ledger: Ledger) -> None:
    letters = ledger.claim()
    assert ledger.begin(letters[1]) == ""
    elsewhere = Database.open(ledger.path)
    with elsewhere.writing() as session:
        session.people.set_state("person0000", "insights", SubscriptionState.UNSUBSCRIBED)
    elsewhere.close()
    assert ledger.begin(letters[0]) == "unsubscribed meanwhile"


def test_the_tally_adds_up_to_everybody(ledger: Ledger) -> None:
    first, second, _ = ledger.claim()
    ledger.begin(first)
    ledger.settle(first, DeliveryState.SENT)
    ledger.settle(second, DeliveryState.SKIPPED)
    ledger.sweep()
    with ledger.store.reading() as session:
        tallies = session.deliveries.tally(EDITION)
        waiting, due = session.deliveries.open(EDITION)
    assert Counter({one.state: one.count for one in tallies}) == {"sent": 1, "skipped": 1, "pending": 1}
    assert (waiting, due) == (1, NOW)
