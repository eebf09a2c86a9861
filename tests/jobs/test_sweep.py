"""The sweep: what becomes of the claims of a process that has ended, by what its journal tells."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain.model import Accepted, Deferred, InDoubt, Letter, Outcome, Rejected, Withheld
from digest.domain.ports import Told, Worker
from digest.jobs import send, sweep
from digest.jobs.ledger import LEASE
from digest.stages import send as decide
from digest.store import presence as presences
from digest.store import tables as t
from digest.store.presence import FilePresence
from tests.jobs.conftest import Wire
from tests.jobs.sendings import Sending
from tests.store.conftest import EDITION

pytestmark = pytest.mark.usefixtures("each_database")

ACCEPTED = Accepted(reply="250 ok", server="smtp://a.example.org")
#: what a dead worker's journal says of its first people -> what they are then; its others were not begun
ANSWERS: tuple[tuple[Outcome | None, str], ...] = (
    (None, "unknown"),
    (ACCEPTED, "sent"),
    (Rejected(reply="550 5.1.1 nobody"), "failed"),
    (Deferred(reply="450 4.2.0 greylisted"), "pending"),
    (Deferred(reply="421 4.3.2 going down", charged=False), "pending"),
    (InDoubt(reason="no answer came"), "unknown"),
    (Withheld(reason="unsubscribed meanwhile"), "skipped"),
    (Withheld(reason="the edition is paused", postponed=True), "pending"),
)
NOT_BEGUN = 4
PEOPLE = len(ANSWERS) + NOT_BEGUN


@dataclass
class Dead:
    """A worker that claims, begins, is answered and settles as it is told, and then dies."""

    here: Sending
    presence: FilePresence
    worker: Worker
    letters: list[Letter] = field(default_factory=list)
    unsettled: list[tuple[Letter, Outcome]] = field(default_factory=list)

    @classmethod
    def claiming(cls, here: Sending, host: str = "") -> Dead:
        presence = FilePresence(here.workers)
        worker = presence.me()
        made = cls(here, presence, replace(worker, host=host or worker.host))
        with here.store.writing() as session:
            session.deliveries.enter(made.worker, here.clock() + LEASE)
            made.letters = session.deliveries.claim(EDITION, made.worker, 1, here.clock(), 2, 500)
        return made

    @property
    def journal(self) -> Path:
        return self.here.workers / f"{self.worker.id}.journal"

    def begin(self, letter: Letter) -> None:
        self.presence.journal().begun(letter.claim, letter.subscriber.id)

    def answer(self, letter: Letter, outcome: Outcome) -> None:
        self.presence.journal().ended(letter.claim, letter.subscriber.id, outcome)
        self.unsettled.append((letter, outcome))

    def commit(self) -> None:
        now = self.here.clock()
        results = [decide.result(letter, outcome, now, now) for letter, outcome in self.unsettled]
        with self.here.store.writing() as session:
            session.deliveries.settle(results, self.worker)
            session.deliveries.renew(self.worker, now + LEASE, self.presence.journal().written)
        self.presence.journal().settled((result.claim, result.delivery.subscriber) for result in results)
        self.unsettled = []

    def write(self) -> None:
        """Begin and answer all of ANSWERS; the database knows of the first three records."""
        for number, (letter, (outcome, _)) in enumerate(zip(self.letters, ANSWERS, strict=False)):
            if not isinstance(outcome, Withheld):
                self.begin(letter)
            if outcome is not None:
                self.presence.journal().ended(letter.claim, letter.subscriber.id, outcome)
            if number == 1:
                with self.here.store.writing() as session:
                    session.deliveries.renew(self.worker, self.here.clock() + LEASE, self.presence.journal().written)

    def expected(self) -> dict[str, str]:
        told = {letter.subscriber.id: state for letter, (_, state) in zip(self.letters, ANSWERS, strict=False)}
        return {letter.subscriber.id: told.get(letter.subscriber.id, "pending") for letter in self.letters}


@pytest.fixture
def here(tmp_path: Path) -> Sending:
    return Sending(tmp_path, PEOPLE)


@pytest.fixture
def dead(here: Sending) -> Dead:
    made = Dead.claiming(here)
    made.write()
    return made


def swept(here: Sending) -> tuple[int, int]:
    """Sweep as another process would; return who is free again, and who in doubt."""
    presence = FilePresence(here.workers)
    until = here.clock() + timedelta(days=1)
    found = sweep.others(here.dispatch(Wire(), presence=presence), presence.me(), here.edition, until)
    presence.leave()
    return found


# ---------------------------------------------------------------------------------------------
# What the journal tells


def test_a_whole_journal_tells_of_everybody(here: Sending, dead: Dead) -> None:
    dead.presence.leave()
    assert swept(here) == (NOT_BEGUN + 3, 2)
    assert here.rows() == dead.expected()
    assert swept(here) == (0, 0), "once"


def test_what_is_released_is_counted_tried_or_not_by_what_the_answer_was(here: Sending, dead: Dead) -> None:
    dead.presence.leave()
    swept(here)
    rows = {row.subscriber: row for row in here.query(sa.select(t.delivery))}
    charged, uncharged = rows[dead.letters[3].subscriber.id], rows[dead.letters[4].subscriber.id]
    assert (charged.attempts, charged.reply) == (1, "450 4.2.0 greylisted")
    assert charged.next_at == here.clock() + timedelta(minutes=decide.RETRY_MINUTES[0])
    assert (uncharged.attempts, uncharged.reply) == (0, "421 4.3.2 going down")
    assert all(rows[letter.subscriber.id].attempts == 0 for letter in dead.letters[len(ANSWERS) :])
    assert {row.worker for row in rows.values() if row.state == "pending"} == {None}
    # the accepted one, which no commit had counted
    assert here.taken() == 1


def test_what_is_known_already_is_not_counted_again(here: Sending) -> None:
    dead = Dead.claiming(here)
    dead.begin(dead.letters[0])
    dead.answer(dead.letters[0], ACCEPTED)
    dead.commit()
    dead.presence.leave()
    assert swept(here) == (PEOPLE - 1, 0)
    assert here.taken() == 0


def test_what_a_killed_worker_left_goes_if_it_held_nothing_and_stays_for_whoever_sweeps_its_edition(
    here: Sending, dead: Dead
) -> None:
    idle = FilePresence(here.workers)
    nothing = idle.me()
    idle.journal()
    idle.leave()
    dead.presence.leave()
    for lock in here.workers.glob("*.lock"):
        os.utime(lock, (0, 0))
    presence = FilePresence(here.workers)
    other = replace(here.edition, id="another")
    sweep.others(here.dispatch(Wire(), presence=presence), presence.me(), other, here.clock())
    presence.leave()
    left = {file.stem for file in here.workers.iterdir()}
    assert nothing.id not in left
    assert dead.worker.id in left
    assert swept(here) == (NOT_BEGUN + 3, 2)


def test_its_files_go_when_its_claims_are_settled(here: Sending, dead: Dead) -> None:
    dead.presence.leave()
    swept(here)
    assert [one.name for one in here.workers.iterdir() if one.name.startswith(dead.worker.id)] == []


# ---------------------------------------------------------------------------------------------
# What it cannot tell


def _missing(file: Path) -> None:
    file.unlink()


def _edge(content: bytes, records: int) -> int:
    """Return where the record after so many is."""
    # kind, length of the id, of the words (store/journal.py); the first record names the worker
    at = 0
    for _ in range(records + 1):
        at += 12 + content[at + 1] + int.from_bytes(content[at + 2 : at + 4], "little")
    return at


def _at_an_edge(records: int) -> Callable[[Path], None]:
    def cut(file: Path) -> None:
        content = file.read_bytes()
        file.write_bytes(content[: _edge(content, records)])

    return cut


def _empty_from(records: int) -> Callable[[Path], None]:
    def empty(file: Path) -> None:
        content = file.read_bytes()
        at = _edge(content, records)
        file.write_bytes(content[:at] + bytes(len(content) - at))

    return empty


def _torn(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content.rstrip(b"\0")) - 5])


def _scribbled(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[30] ^= 0xFF
    file.write_bytes(content)


def _of_another(file: Path) -> None:
    other = FilePresence(file.parent / "other")
    other.journal()
    file.write_bytes((file.parent / "other" / f"{other.me().id}.journal").read_bytes())
    other.leave()


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        pytest.param(_missing, 0, id="missing"),
        # the database knows of three
        pytest.param(_at_an_edge(2), 0, id="cut at a record's edge, shorter than the database knows"),
        pytest.param(_at_an_edge(5), 2, id="cut at a record's edge, longer than the database knows"),
        pytest.param(_empty_from(2), 0, id="empty from a record's edge on, shorter than the database knows"),
        pytest.param(_torn, 5, id="torn"),
        pytest.param(_scribbled, 0, id="scribbled over"),
        pytest.param(_of_another, 0, id="another worker's"),
    ],
)
def test_where_the_journal_is_not_whole_nobody_is_mailed_again(
    here: Sending, dead: Dead, damage: Callable[[Path], None], kept: int
) -> None:
    """kept: how many answers of ANSWERS can still be read."""
    journal = dead.journal
    dead.presence.leave()
    damage(journal)
    swept(here)
    for number, letter in enumerate(dead.letters):
        state = here.rows()[letter.subscriber.id]
        told = ANSWERS[number][1] if number < len(ANSWERS) else "not begun"
        assert state in ("unknown", told), "in doubt, or what was read"
        if told in ("unknown", "not begun"):
            assert state == "unknown"
    counts = here.states()
    assert counts["unknown"] >= PEOPLE - kept
    later = Wire()
    send.run(here.dispatch(later), here.edition)
    assert set(later.addresses) <= {f"{one.subscriber.id}@example.org" for one in dead.letters[3:8]}


def test_after_the_machine_was_started_anew_everything_claimed_is_in_doubt_but_what_was_answered(
    here: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Dead.claiming(here)
    dead.write()
    dead.presence.leave()
    monkeypatch.setattr(presences, "_boot", lambda: "another boot")
    assert swept(here)[1] == 2 + NOT_BEGUN
    assert here.rows() == {
        who: "unknown" if number >= len(ANSWERS) else state
        for number, (who, state) in enumerate(dead.expected().items())
    }


def test_another_hosts_claims_are_left_alone_until_their_lease_has_run_out_and_are_in_doubt_then(
    here: Sending,
) -> None:
    dead = Dead.claiming(here, host="elsewhere")
    assert swept(here) == (0, 0)
    assert here.states() == {"claimed": PEOPLE}
    here.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert swept(here) == (0, PEOPLE)
    assert here.states() == {"unknown": PEOPLE}
    assert (here.workers / f"{dead.worker.id}.lock").exists(), "it may still live"


# ---------------------------------------------------------------------------------------------
# Who may still live


def test_the_claims_of_a_live_worker_are_its_own_while_its_lease_lasts(here: Sending, dead: Dead) -> None:
    here.clock.forward(seconds=LEASE.total_seconds() - 1)
    assert swept(here) == (0, 0)
    assert here.states() == {"claimed": PEOPLE}
    wire = Wire()
    send.run(here.dispatch(wire), here.edition)
    assert wire.parcels == []


def test_a_live_workers_claims_are_in_doubt_when_its_lease_has_run_out(here: Sending, dead: Dead) -> None:
    here.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert swept(here) == (0, PEOPLE)
    assert here.states() == {"unknown": PEOPLE}
    assert dead.journal.exists(), "it goes on writing"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (ACCEPTED, "sent"),
        (Rejected(reply="550 5.1.1 nobody"), "failed"),
        (Deferred(reply="450 4.2.0 greylisted"), "unknown"),
        (InDoubt(reason="no answer came"), "unknown"),
        (Withheld(reason="the claim was held for too long", postponed=True), "unknown"),
        (Withheld(reason="unsubscribed meanwhile"), "unknown"),
    ],
)
def test_an_answer_that_comes_after_somebody_swept_is_evidence_and_nothing_frees_the_row(
    here: Sending, outcome: Outcome, state: str
) -> None:
    late = Dead.claiming(here)
    late.begin(late.letters[0])
    here.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert swept(here) == (0, PEOPLE)
    late.answer(late.letters[0], outcome)
    late.commit()
    assert here.rows()[late.letters[0].subscriber.id] == state
    assert here.states()["unknown"] >= PEOPLE - 1
    late.presence.leave()


# ---------------------------------------------------------------------------------------------
# Two at once


def test_two_who_sweep_at_once_come_to_the_same_as_one(here: Sending, dead: Dead) -> None:
    dead.presence.leave()
    with ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(swept, here) for _ in range(4)]]
    assert here.rows() == dead.expected()
    assert Counter(released for released, _ in found if released) == {NOT_BEGUN + 3: 1}
    assert here.taken() == 1


def test_who_only_looks_whether_a_worker_lives_is_not_taken_for_it(here: Sending, dead: Dead) -> None:
    """A lease that ran out, a worker that was killed, and two who come at once: its journal is still asked."""
    dead.presence.leave()
    here.clock.forward(seconds=LEASE.total_seconds() + 1)
    first, second = FilePresence(here.workers), FilePresence(here.workers)
    found: list[bool] = []
    real = presences.fcntl.flock

    def look_amid(handle: int, how: int) -> None:
        real(handle, how)
        presences.fcntl.flock = real
        found.append(second.gone(dead.worker))

    presences.fcntl.flock = look_amid  # type: ignore[assignment]
    try:
        found.append(first.gone(dead.worker))
    finally:
        presences.fcntl.flock = real
    assert found == [True, True]


def test_a_journal_that_another_sweeper_removed_puts_nobody_in_doubt(here: Sending, dead: Dead) -> None:
    dead.presence.leave()
    presence = FilePresence(here.workers)

    class Overtaken(FilePresence):
        def told(self, worker: Worker) -> Told:
            # the other one is done with it between this one's look and its reading
            swept(here)
            return super().told(worker)

    overtaken = Overtaken(here.workers)
    until = here.clock() + timedelta(days=1)
    dispatch = here.dispatch(Wire(), presence=overtaken)
    assert sweep.others(dispatch, presence.me(), here.edition, until) == (0, 0)
    assert here.rows() == dead.expected()
    presence.leave()


# ---------------------------------------------------------------------------------------------
# Any order of events

_SIX = 6
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, _SIX - 1), st.none()),
        st.tuples(
            st.just("answer"), st.integers(0, _SIX - 1), st.sampled_from([one for one, _ in ANSWERS if one is not None])
        ),
        st.tuples(st.just("commit"), st.none(), st.none()),
    ),
    max_size=24,
)


@settings(max_examples=30)
@given(events=_EVENTS, damage=st.sampled_from(["", "", "missing", "torn"]))
def test_whatever_a_worker_did_before_it_died_nobody_begun_is_pending_and_nobody_is_sent_unanswered(
    tmp_path_factory: pytest.TempPathFactory, events: list[Any], damage: str
) -> None:
    here = Sending(tmp_path_factory.mktemp("sweep"), _SIX)
    dead = Dead.claiming(here)
    dead.presence.journal()
    begun: set[int] = set()
    answered: dict[int, Outcome] = {}
    for what, who, outcome in events:
        if what == "commit":
            dead.commit()
        elif what == "begin" and who not in begun and who not in answered:
            begun.add(who)
            dead.begin(dead.letters[who])
        elif what == "answer" and who not in answered and (isinstance(outcome, Withheld) or who in begun):
            answered[who] = outcome
            dead.answer(dead.letters[who], outcome)
    journal = dead.journal
    dead.presence.leave()
    if damage:
        (_missing if damage == "missing" else _torn)(journal)
    swept(here)
    rows = here.rows()
    assert sorted(rows) == here.people, "everybody once"
    for number, letter in enumerate(dead.letters):
        state = rows[letter.subscriber.id]
        answer = answered.get(number)
        if number in begun and not isinstance(answer, Deferred | Withheld):
            assert state != "pending"
        assert state != "sent" or isinstance(answer, Accepted)
        if not damage:
            silent = "unknown" if number in begun else "pending"
            decided = decide.result(letter, answer, here.clock(), here.clock()).delivery.state if answer else silent
            assert state == decided
    here.store.close()
