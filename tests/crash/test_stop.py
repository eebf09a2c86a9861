"""Senders that stand still, several at once, and a journal that is lost with the machine."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable

import pytest

from digest.jobs.ledger import MOST
from tests.conftest import Sink
from tests.crash.conftest import LINES, Desk, mailed, nobody_is_lost_or_mailed_twice, received, until

#: a lease of two seconds instead of fifteen minutes
_SHORT_LEASE = """
from datetime import timedelta
from digest.jobs import ledger, send
ledger.LEASE = send.LEASE = timedelta(seconds=2)
"""


def _chance() -> random.Random:
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}")
    return random.Random(seed)


def _alive(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    return [process for process in processes if process.poll() is None]


def test_who_stood_still_for_longer_than_its_lease_mails_nobody_when_it_wakes(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    """Fault 22: SIGSTOP for longer than the lease, then SIGCONT."""
    here = desk(MOST + 100)
    edition = here.approved()
    sleeper = here.sender(edition, slow_sink, _SHORT_LEASE)
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    sleeper.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    before = set(received(slow_sink))
    here.send(edition, slow_sink, _SHORT_LEASE)
    in_doubt = here.counts(edition)["unknown"]
    assert 0 < here.doubts()[sleeper.pid] == in_doubt <= MOST
    taken = set(received(slow_sink)) - before
    assert taken, "whoever nobody had claimed got it from the other"
    sleeper.send_signal(signal.SIGCONT)
    assert sleeper.wait(timeout=60) == 0, here.said
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    late = set(received(slow_sink)) - before - taken
    assert len(late) <= LINES, "only what was on the wire when it was stopped"


@pytest.mark.timeout(120)
def test_two_senders_that_stand_still_at_random_mail_nobody_twice(desk: Callable[[int], Desk], slow_sink: Sink) -> None:
    """Fault 22 again: for longer and for shorter than the lease, and both of them."""
    chance = _chance()
    here = desk(MOST + 100)
    edition = here.approved()
    both = [here.sender(edition, slow_sink, _SHORT_LEASE) for _ in range(2)]
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    stops = 0
    while alive := _alive(both):
        one = chance.choice(alive)
        one.send_signal(signal.SIGSTOP)
        stops += 1
        time.sleep(chance.choice([0.05, 0.3, 2.3]))
        one.send_signal(signal.SIGCONT)
        time.sleep(chance.random() * 0.4)
    here.send(edition, slow_sink, _SHORT_LEASE)
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert stops >= 4


@pytest.mark.timeout(120)
def test_three_senders_at_once_of_which_one_after_the_other_is_killed_mail_nobody_twice(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    """Fault 21: several senders at once."""
    chance = _chance()
    here = desk(1_200)
    edition = here.approved()
    senders = [here.sender(edition, slow_sink) for _ in range(3)]
    killed: Counter[int] = Counter()
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    while len(killed) < 10 and len(_alive(senders)) == 3:
        time.sleep(chance.random() * 0.8)
        one = chance.choice(senders)
        one.kill()
        one.wait()
        killed[one.pid] += 1
        senders[senders.index(one)] = here.sender(edition, slow_sink)
    for process in senders:
        assert process.wait(timeout=60) == 0, here.said
    here.send(edition, slow_sink)
    doubts = here.doubts()
    nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert set(doubts) <= set(killed)
    assert max(doubts.values(), default=0) <= LINES
    assert len(killed) >= 4


def _removed(here: Desk) -> str:
    for file in here.journals():
        file.unlink()
    return ""


def _cut(here: Desk) -> str:
    for file in here.journals():
        content = file.read_bytes()
        file.write_bytes(content[: len(content.rstrip(b"\0")) // 2])
    return ""


def _started_anew(here: Desk) -> str:
    other = here.folder / "boot_id"
    other.write_text("00000000-0000-4000-8000-000000000000\n")
    return f"""
from pathlib import Path
from digest.store import presence
presence._BOOT_ID = Path({str(other)!r})
"""


@pytest.mark.parametrize("loss", [_removed, _cut, _started_anew])
def test_a_lost_journal_puts_at_most_what_was_claimed_in_doubt(
    desk: Callable[[int], Desk], slow_sink: Sink, loss: Callable[[Desk], str]
) -> None:
    here = desk(MOST + 100)
    edition = here.approved()
    sender = here.sender(edition, slow_sink)
    until(lambda: mailed(slow_sink) >= 30, "thirty messages")
    sender.kill()
    sender.wait()
    claimed = {address for address, state in here.ledger(edition).items() if state == "claimed"}
    had = set(received(slow_sink))
    assert here.journals()
    here.send(edition, slow_sink, loss(here))
    counts = nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert 0 < counts["unknown"] <= len(claimed) <= MOST
    unknown = {address for address, state in here.ledger(edition).items() if state == "unknown"}
    # what the journal still tells is believed: those had their answer
    assert claimed - unknown <= had
    if loss is _removed:
        assert unknown == claimed
    assert not unknown & (set(received(slow_sink)) - had), "nobody in doubt was mailed"


def test_a_sender_on_another_host_leaves_claims_alone_until_their_lease_has_run_out(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    here = desk(50)
    edition = here.approved()
    elsewhere = 'import socket\nsocket.gethostname = lambda: "elsewhere"\n' + _SHORT_LEASE
    sender = here.sender(edition, slow_sink, elsewhere)
    until(lambda: mailed(slow_sink) >= 5, "five messages")
    sender.kill()
    sender.wait()
    claimed = here.counts(edition)["claimed"]
    here.run("send", edition, "--server", slow_sink.url, "--tls", "none", first=_SHORT_LEASE)
    assert here.counts(edition)["claimed"] == claimed > 0
    time.sleep(2)
    here.send(edition, slow_sink, _SHORT_LEASE)
    assert nobody_is_lost_or_mailed_twice(here, edition, slow_sink)["unknown"] == claimed
