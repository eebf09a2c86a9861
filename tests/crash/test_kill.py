"""Kill it anywhere, then count what the mail server received."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.jobs.ledger import MOST
from tests.conftest import Sink
from tests.crash.conftest import (
    LINES,
    Desk,
    all_are_ended,
    lines,
    mailed,
    nobody_is_lost_or_mailed_twice,
    received,
    until,
)

#: where each kill is aimed. The moment itself is random in each
AIMS = ("start",) * 4 + ("planning", "planned") + ("before mail",) * 3 + ("mail",) * 16
KILLS = len(AIMS)


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One killed run: what it was doing, and what the mail server and the ledger knew afterwards."""

    aim: str
    pid: int
    after: float
    doing: str
    mailed: int
    sent: int
    unknown: int
    claimed: int
    #: lines that the server saw cut: what can have been in flight
    cut: int


def _wait_for(
    aim: str, desk: Desk, sink: Sink, chance: random.Random, startup: float, ended: Callable[[], bool]
) -> None:
    before = mailed(sink)
    if aim == "start":
        time.sleep(startup * 0.6 * chance.random())
    elif aim == "before mail":
        time.sleep(startup * (0.6 + 0.4 * chance.random()))
    elif aim == "mail":
        until(lambda: mailed(sink) > before or ended(), "the first message of a run")
        # a moment at random inside a few messages' time is the point of this test
        time.sleep(chance.random() * 0.1)
    else:
        with desk.looking() as look:
            wanted = "SELECT count(*) FROM delivery" if aim == "planned" else "SELECT state <> 'approved' FROM edition"
            until(lambda: bool(look(wanted)) or ended(), aim)


def _killed(aim: str, desk: Desk, edition: str, sink: Sink, chance: random.Random, startup: float) -> Kill:
    before, cut = mailed(sink), lines(sink)["cut"]
    began = time.monotonic()
    process = desk.sender(edition, sink)
    _wait_for(aim, desk, sink, chance, startup, lambda: process.poll() is not None)
    alive = process.poll() is None
    process.kill()
    process.wait()
    after = time.monotonic() - began
    until(lambda: all_are_ended(sink), "what the server knows of its lines")
    assert alive, f"the run ended before it was killed: {desk.said}"
    counts, got = desk.counts(edition), mailed(sink) - before
    with desk.looking() as look:
        planned = bool(look("SELECT planned_at IS NOT NULL FROM edition"))
    doing = "sending" if got else "starting" if planned or desk.state(edition) == "approved" else "planning"
    return Kill(
        aim=aim,
        pid=process.pid,
        after=after,
        doing=doing,
        mailed=got,
        sent=counts["sent"],
        unknown=counts["unknown"],
        claimed=counts["claimed"],
        cut=lines(sink)["cut"] - cut,
    )


def _table(kills: list[Kill], doubts: Counter[int]) -> str:
    head = "kill aim          after s killed while mailed  sent claimed  cut in doubt"
    rows = [
        f"{number:>4} {one.aim:<12} {one.after:>7.2f} {one.doing:<12} {one.mailed:>6} "
        f"{one.sent:>5} {one.claimed:>7} {one.cut:>4} {doubts[one.pid]:>8}"
        for number, one in enumerate(kills, start=1)
    ]
    return "\n".join([head, *rows])


@pytest.mark.timeout(240)
def test_a_sender_killed_twenty_five_times_mails_nobody_twice_and_loses_nobody(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    """Fault 1: kill -9 at random."""
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}")
    chance = random.Random(seed)
    here = desk(900)
    edition = here.approved()
    began = time.monotonic()
    here.run("status")
    # a run that sends needs as long as this to begin
    startup = (time.monotonic() - began) * 1.3
    kills = [_killed(aim, here, edition, slow_sink, chance, startup) for aim in AIMS]
    here.send(edition, slow_sink)

    doubts = here.doubts()
    print(_table(kills, doubts))
    counts = nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert counts["sent"] + counts["unknown"] == here.people
    for kill in kills:
        assert doubts[kill.pid] <= LINES, "a kill leaves in doubt what was on the wire, and no more"
        assert doubts[kill.pid] <= kill.cut, "and no more than the server saw cut"
    assert counts["unknown"] == sum(doubts[kill.pid] for kill in kills), "who was not killed leaves nobody in doubt"
    # else this proved nothing
    hit = sum(kill.doing == "sending" for kill in kills)
    assert hit >= KILLS // 2
    assert counts["unknown"] >= 10
    assert any(kill.doing == "starting" for kill in kills)


@pytest.mark.parametrize("moment", ["begin", "known"])
def test_a_sender_that_dies_at_the_worst_moment_names_who_is_in_doubt(
    tmp_path: Path, slow_sink: Sink, moment: str
) -> None:
    """Faults 2 and 3: after the claim and before the body; after the 250 and before anybody knows of it."""
    here = Desk(tmp_path / "workspace", people=20, lines=1)
    edition = here.approved()
    dies = f"""
import os, signal
from digest.jobs.ledger import Ledger
Ledger.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
    assert here.sender(edition, slow_sink, dies).wait(timeout=60) == -signal.SIGKILL
    begun = int(moment == "known")
    assert mailed(slow_sink) == begun
    assert here.counts(edition) == {"claimed": 20}
    here.send(edition, slow_sink)
    counts = nobody_is_lost_or_mailed_twice(here, edition, slow_sink)
    assert counts == Counter(sent=20 - begun, unknown=begun)
    assert mailed(slow_sink) == 20
    said = len(here.said)
    here.run("status", edition)
    in_doubt = [address for address, state in here.ledger(edition).items() if state == "unknown"]
    assert [address for address in here.addresses if address in here.said[said:]] == in_doubt, "and names them"
    here.send(edition, slow_sink)
    assert mailed(slow_sink) == 20, "nobody in doubt is mailed again by itself"


def test_two_senders_at_once_never_mail_twice_and_both_end_well(desk: Callable[[int], Desk], slow_sink: Sink) -> None:
    """Fault 21: two senders at once."""
    # more than one claim holds, so that both have work
    here = desk(MOST + 60)
    edition = here.approved()
    both = [here.sender(edition, slow_sink) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0], here.said
    mails = received(slow_sink)
    assert set(mails) == here.addresses
    assert set(mails.values()) == {1}
    assert here.counts(edition) == {"sent": here.people}
    assert here.workers(edition) == 2, "both had a part in it"
    assert here.state(edition) == "sent"


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGTERM, 0, id="SIGTERM"), pytest.param(signal.SIGINT, 130, id="Ctrl-C")],
)
def test_a_sender_told_to_stop_settles_what_it_began_and_a_later_one_finishes(
    desk: Callable[[int], Desk], slow_sink: Sink, number: signal.Signals, code: int
) -> None:
    """Fault 23: SIGTERM."""
    here = desk(200)
    edition = here.approved()
    process = here.sender(edition, slow_sink)
    until(lambda: mailed(slow_sink) >= 5, "five messages")
    told = time.monotonic()
    process.send_signal(number)
    ended = process.wait(timeout=20)
    assert time.monotonic() - told < 20
    assert ended == code
    counts, mails = here.counts(edition), received(slow_sink)
    assert counts["unknown"] == counts["claimed"] == 0
    assert counts["sent"] == sum(mails.values())
    assert counts["pending"] == here.people - counts["sent"]
    assert counts["pending"] > 0, "it was told while mail was flowing"
    here.send(edition, slow_sink)
    mails = received(slow_sink)
    assert set(mails) == here.addresses
    assert set(mails.values()) == {1}
    assert here.counts(edition) == {"sent": here.people}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("command", ["collect", "draft"])
def test_a_killed_collect_or_draft_leaves_a_workspace_that_works(desk: Callable[[int], Desk], command: str) -> None:
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}")
    chance = random.Random(seed)
    here = desk(50)
    if command == "draft":
        here.run("collect")
    # until the first run that got to its end, every kill hits work that is still to be done
    done, length = 0, 1.5
    for number in range(12):
        process = here.start(command)
        began = time.monotonic()
        try:
            # a growing part of the command's time, so that every step of it is hit
            process.wait(timeout=length * (number + chance.random()) / 12)
            length = time.monotonic() - began
            done += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert done < 12, "nothing was killed"
    here.run("collect")
    here.run("draft")
    here.run("draft")
    editions = here.editions()
    assert len(editions) == 1, "one edition a slot"
    here.run("preview", editions[0])
    here.run("approve", editions[0], "--as", "Noreen Fairbrass")
    assert here.state(editions[0]) == "approved"
