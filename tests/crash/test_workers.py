"""Workers over PostgreSQL: kill any of them, let any stand still, end the server: nobody is lost or mailed twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.app import workers
from digest.jobs.ledger import MOST
from tests.conftest import Sink
from tests.crash.conftest import mailed, nobody_is_lost_or_mailed_twice, received, until
from tests.crash.many import SHORT_LEASE, TOGETHER, Many
from tests.postgresql import Server

Making = Callable[[int], Many]


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[Server]:
    """A server that may be ended."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def many(tmp_path: Path, own_postgresql: Server, slow_sink: Sink) -> Iterator[Making]:
    made: list[Many] = []

    def make(people: int) -> Many:
        made.append(Many(tmp_path / "workspace", people, own_postgresql, slow_sink))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _chance() -> random.Random:
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}")
    return random.Random(seed)


def _through(here: Many, edition: str, seconds: float = 60) -> None:
    """Wait until an edition is sent; the clock rings meanwhile."""
    end = time.monotonic() + seconds
    while here.state(edition) != "sent":
        assert time.monotonic() < end, f"{here.state(edition)}: {here.counts(edition)}\n{here.said}"
        here.ring(edition)
        time.sleep(0.5)


def _ended(processes: list[subprocess.Popen[str]]) -> None:
    for one in processes:
        one.terminate()
    for one in processes:
        assert one.wait(timeout=30) == 0


def test_workers_that_are_killed_one_after_the_other_lose_nobody_and_mail_nobody_twice(
    many: Making, slow_sink: Sink
) -> None:
    """Faults 1 and 21: SIGKILL at random; another one does what they had."""
    chance = _chance()
    here = many(1_200)
    edition = here.approved()
    crew = [here.worker(f"worker {number}") for number in range(3)]
    here.begin(edition)
    killed: set[int] = set()
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    while len(killed) < 4 and here.state(edition) == "sending":
        time.sleep(0.1 + chance.random() * 0.4)
        place = chance.randrange(3)
        crew[place].kill()
        crew[place].wait()
        killed.add(crew[place].pid)
        crew[place] = here.worker(f"worker {place}")
    _through(here, edition)
    doubts = here.doubts()
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert here.workers(edition) >= 2
    assert set(doubts) <= killed
    assert max(doubts.values(), default=0) <= TOGETHER, "no more than what was in flight"
    assert len(killed) >= 2
    _ended(crew)
    assert "Traceback" not in here.said


def test_a_worker_that_stands_still_for_longer_than_its_lease_mails_nobody_when_it_wakes(
    many: Making, slow_sink: Sink
) -> None:
    """Fault 22: SIGSTOP, while another one does the rest; then SIGCONT."""
    here = many(MOST + 100)
    edition = here.approved()
    sleeper = here.worker("sleeper", SHORT_LEASE)
    here.begin(edition)
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    sleeper.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    before = set(received(slow_sink))
    other = here.worker("other", SHORT_LEASE)
    _through(here, edition)
    in_doubt = here.counts(edition)["unknown"]
    assert 0 < here.doubts()[sleeper.pid] == in_doubt <= MOST
    taken = set(received(slow_sink)) - before
    assert taken, "whoever nobody had claimed got it from the other"
    sleeper.send_signal(signal.SIGCONT)
    _ended([sleeper, other])
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert len(set(received(slow_sink)) - before - taken) <= TOGETHER, "only what was on the wire when it was stopped"


def test_a_machine_that_is_lost_leaves_what_it_had_claimed_in_doubt_and_nothing_else(
    many: Making, slow_sink: Sink
) -> None:
    """Another host's journal cannot be read: when its lease has run out, whom it had claimed is named."""
    here = many(MOST + 100)
    edition = here.approved()
    elsewhere = here.worker("elsewhere", 'import socket\nsocket.gethostname = lambda: "elsewhere"\n' + SHORT_LEASE)
    here.begin(edition)
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    elsewhere.kill()
    elsewhere.wait()
    claimed = here.counts(edition)["claimed"]
    other = here.worker("other", SHORT_LEASE)
    _through(here, edition)
    counts = nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert 0 < counts["unknown"] == claimed <= MOST
    _ended([other])


def test_a_server_that_is_killed_and_started_again_is_waited_for_and_nobody_is_mailed_twice(
    many: Making, slow_sink: Sink, own_postgresql: Server
) -> None:
    """Fault 28: postgres ends by -QUIT amid a sending of two workers, and is there again after a while."""
    here = many(800)
    edition = here.approved()
    crew = [here.worker(f"worker {number}") for number in range(2)]
    # one that is started while the server is away is told so, and ends
    until(lambda: len(workers.alive(here.app)) == 2, "both workers")
    here.begin(edition)
    until(lambda: mailed(slow_sink) >= 30, "thirty messages")
    own_postgresql.kill()
    time.sleep(1)
    own_postgresql.start()
    _through(here, edition)
    assert all(one.poll() is None for one in crew), f"they wait for it, and do not end: {here.said}"
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    _ended(crew)
    assert "Traceback" not in here.said


def test_a_worker_that_is_told_to_end_finishes_what_is_on_the_wire_and_leaves_the_rest_to_others(
    many: Making, slow_sink: Sink
) -> None:
    here = many(600)
    edition = here.approved()
    first, second = here.worker("first"), here.worker("second")
    here.begin(edition)
    until(lambda: mailed(slow_sink) >= 20, "twenty messages")
    first.terminate()
    began = time.monotonic()
    assert first.wait(timeout=20) == 0
    assert time.monotonic() - began < 20
    _through(here, edition)
    assert nobody_is_lost_or_mailed_twice(here, edition, slow_sink) == {"sent": 600}
    _ended([second])
    assert "first has ended." in here.said


def _seen(here: Many, names: set[str]) -> dict[str, int]:
    found = {one.name: one.pid for one in workers.alive(here.app) if one.name in names}
    return found if set(found) == names else {}


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # a child of a process that is gone is somebody else's to bury
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_crew_keeps_its_number_ends_together_and_outlives_nobody_who_started_it(many: Making) -> None:
    here = many(10)
    here.approved()
    names = {"crew 1", "crew 2"}
    crew = here.start("worker", "--processes", "2", "--name", "crew")
    until(lambda: bool(_seen(here, names)), "two processes")
    before = _seen(here, names)
    os.kill(before["crew 1"], signal.SIGKILL)
    until(lambda: _seen(here, names).get("crew 1", before["crew 1"]) != before["crew 1"], "another one in its place")
    after = _seen(here, names)
    crew.terminate()
    assert crew.wait(timeout=20) == 0
    assert all(_is_gone(pid) for pid in after.values())
    assert "crew 1 ended. It is started anew." in here.said
    other = here.start("worker", "--processes", "2", "--name", "crew")
    until(lambda: bool(_seen(here, names)) and _seen(here, names) != after, "two processes again")
    left = _seen(here, names)
    other.kill()
    other.wait()
    until(lambda: all(_is_gone(pid) for pid in left.values()), "their end")
