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

import pytest

from digest.domain.model import Server
from digest.jobs.ledger import MOST
from tests.conftest import Sink
from tests.crash.conftest import Desk, received, until

#: where each kill is aimed. The moment itself is random in each
AIMS = ("start",) * 6 + ("planning", "planned") + ("before mail",) * 4 + ("mail",) * 28
#: lines to the mail server, each with one message on it
LINES = Server().connections
KILLS = len(AIMS)


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One killed run: what it was doing, and what the mail server and the ledger knew afterwards."""

    aim: str
    after: float
    doing: str
    mailed: int
    sent: int
    unknown: int
    claimed: int


def _send(desk: Desk, edition: str, sink: Sink) -> subprocess.Popen[str]:
    return desk.start("send", edition, "--server", sink.url, "--tls", "none")


def _lines(sink: Sink) -> int:
    log = sink.folder.with_name(f"{sink.folder.name}.jsonl")
    return log.read_bytes().count(b"\n")


def _wait_for(
    aim: str, desk: Desk, sink: Sink, chance: random.Random, startup: float, ended: Callable[[], bool]
) -> None:
    before = _lines(sink)
    if aim == "start":
        time.sleep(startup * 0.6 * chance.random())
    elif aim == "before mail":
        time.sleep(startup * (0.6 + 0.4 * chance.random()))
    elif aim == "mail":
        until(lambda: _lines(sink) > before or ended(), "the first message of a run")
        # a moment at random inside a few messages' time is the point of this test
        time.sleep(chance.random() * 0.1)
    else:
        with desk.looking() as look:
            wanted = "SELECT count(*) FROM delivery" if aim == "planned" else "SELECT state <> 'approved' FROM edition"
            until(lambda: bool(look(wanted)) or ended(), aim)


def _killed(aim: str, desk: Desk, edition: str, sink: Sink, chance: random.Random, startup: float) -> Kill:
    before = _lines(sink)
    began = time.monotonic()
    process = _send(desk, edition, sink)
    _wait_for(aim, desk, sink, chance, startup, lambda: process.poll() is not None)
    alive = process.poll() is None
    process.kill()
    process.wait()
    after = time.monotonic() - began
    assert alive, f"the run ended before it was killed: {desk.said}"
    counts, mailed = desk.counts(edition), _lines(sink) - before
    with desk.looking() as look:
        planned = bool(look("SELECT planned_at IS NOT NULL FROM edition"))
    doing = "sending" if mailed else "starting" if planned or desk.state(edition) == "approved" else "planning"
    return Kill(
        aim=aim,
        after=after,
        doing=doing,
        mailed=mailed,
        sent=counts["sent"],
        unknown=counts["unknown"],
        claimed=counts["claimed"],
    )


def _table(kills: list[Kill]) -> str:
    head = "kill aim          after s killed while mailed  sent unknown claimed"
    rows = [
        f"{number:>4} {one.aim:<12} {one.after:>7.2f} {one.doing:<12} {one.mailed:>6} "
        f"{one.sent:>5} {one.unknown:>7} {one.claimed:>7}"
        for number, one in enumerate(kills, start=1)
    ]
    return "\n".join([head, *rows])


@pytest.mark.timeout(240)
def test_a_sender_killed_forty_times_mails_nobody_twice_and_loses_nobody(
    desk: Callable[[int], Desk], slow_sink: Sink
) -> None:
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}")
    chance = random.Random(seed)
    here = desk(640)
    edition = here.approved()
    began = time.monotonic()
    here.run("status")
    # a run that sends needs as long as this to begin
    startup = (time.monotonic() - began) * 1.3
    kills = [_killed(aim, here, edition, slow_sink, chance, startup) for aim in AIMS]
    print(_table(kills))
    here.run("send", edition, "--server", slow_sink.url, "--tls", "none")

    ledger, mails = here.ledger(edition), received(slow_sink)
    counts = Counter(ledger.values())
    hit = sum(kill.doing == "sending" for kill in kills)
    print(f"{dict(counts)}; {sum(mails.values())} mails; {hit} kills while mail was flowing")
    assert set(ledger) == here.addresses, "everybody has a row"
    assert {address: count for address, count in mails.items() if count > 1} == {}, "nobody is mailed twice"
    assert set(mails) <= here.addresses
    assert {address for address, state in ledger.items() if state == "sent"} <= set(mails), "sent means received"
    missed = {address: ledger[address] for address in here.addresses - set(mails)}
    assert set(missed.values()) <= {"unknown"}, "who got nothing is named as in doubt, and not lost"
    assert set(counts) <= {"sent", "unknown"}
    assert counts["unknown"] <= LINES * KILLS, "each kill leaves in doubt what was on the wire, and no more"
    assert counts["sent"] + counts["unknown"] == here.people
    assert here.state(edition) == "sent"
    # else this proved nothing
    assert hit >= KILLS // 2
    assert counts["unknown"] >= 3
    assert any(kill.doing == "starting" for kill in kills)


def test_two_senders_at_once_never_mail_twice_and_both_end_well(desk: Callable[[int], Desk], slow_sink: Sink) -> None:
    # more than one claim holds, so that both have work
    here = desk(MOST + 60)
    edition = here.approved()
    both = [_send(here, edition, slow_sink) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0], here.said
    mails = received(slow_sink)
    assert set(mails) == here.addresses
    assert set(mails.values()) == {1}
    assert here.counts(edition) == {"sent": here.people}
    assert here.workers(edition) == 2, "both had a part in it"
    assert here.state(edition) == "sent"


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGTERM, None, id="SIGTERM"), pytest.param(signal.SIGINT, 130, id="Ctrl-C")],
)
def test_a_sender_told_to_stop_settles_what_it_began_and_a_later_one_finishes(
    desk: Callable[[int], Desk], slow_sink: Sink, number: signal.Signals, code: int | None
) -> None:
    here = desk(200)
    edition = here.approved()
    process = _send(here, edition, slow_sink)
    until(lambda: _lines(slow_sink) >= 5, "five messages")
    told = time.monotonic()
    process.send_signal(number)
    ended = process.wait(timeout=20)
    assert time.monotonic() - told < 20
    assert ended >= 0, "it ended by itself"
    if code is not None:
        assert ended == code
    counts, mails = here.counts(edition), received(slow_sink)
    assert counts["unknown"] == counts["claimed"] == 0
    assert counts["sent"] == sum(mails.values())
    assert counts["pending"] == here.people - counts["sent"]
    assert counts["pending"] > 0, "it was told while mail was flowing"
    here.run("send", edition, "--server", slow_sink.url, "--tls", "none")
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
