"""Kill, stop and continue three senders at random, a thousand times; then count: python -m tests.crash.soak [KILLS]."""

from __future__ import annotations

import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Sink
from tests.crash.conftest import LINES, Desk, cut, received

SENDERS, PEOPLE = 3, 3_000
#: what happens to a sender, in so many cases of ten
_KILL, _STOP = 7, 3
_SERVER = Path(__file__).with_name("server.py")


@dataclass
class Soak:
    """What came of it so far."""

    chance: random.Random
    kills: int = 0
    stops: int = 0
    people: int = 0
    messages: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    #: people in doubt, and lines that the server saw cut, at each kill
    doubts: list[int] = field(default_factory=list)
    cuts: int = 0

    def edition(self, folder: Path, kills: int) -> None:
        """Send an edition with senders that are killed, up to so many kills in all."""
        here = Desk(folder / "workspace", PEOPLE)
        edition = here.approved()
        sink = Sink(folder / "mail", delay=0.05, program=[str(_SERVER)])
        killed = self._senders(here, edition, sink, kills)
        here.send(edition, sink)
        self._count(here, edition, sink, killed)
        sink.close()

    def _senders(self, here: Desk, edition: str, sink: Sink, kills: int) -> list[int]:
        senders = [here.sender(edition, sink) for _ in range(SENDERS)]
        killed: list[int] = []
        while self.kills + len(killed) < kills and here.state(edition) in ("approved", "sending"):
            # now it hits one that has just started, now one that sends
            time.sleep(self.chance.random() * 0.6)
            place = self.chance.randrange(SENDERS)
            one = senders[place]
            if one.poll() is None and self.chance.randrange(_KILL + _STOP) < _STOP:
                one.send_signal(signal.SIGSTOP)
                self.stops += 1
                time.sleep(self.chance.random() * 0.4)
                one.send_signal(signal.SIGCONT)
                continue
            if one.poll() is None:
                one.kill()
                one.wait()
                killed.append(one.pid)
            senders[place] = here.sender(edition, sink)
        for process in senders:
            process.wait(timeout=120)
        return killed

    def _count(self, here: Desk, edition: str, sink: Sink, killed: list[int]) -> None:
        ledger, mails, doubts = here.ledger(edition), received(sink), here.doubts()
        self.kills += len(killed)
        self.people += here.people
        self.messages += sum(mails.values())
        self.twice += sum(count > 1 for count in mails.values())
        self.unknown += sum(state == "unknown" for state in ledger.values())
        named = {address for address, state in ledger.items() if state == "unknown"}
        self.lost += len(here.addresses - set(mails) - named)
        self.doubts += [doubts[pid] for pid in killed]
        self.cuts += len(cut(sink))
        # what nobody's kill explains would be a fault
        self.lost += sum(count for pid, count in doubts.items() if pid not in killed)

    def table(self) -> str:
        sending = [count for count in self.doubts if count]
        rows = {
            "kills (kill -9)": f"{self.kills:,}",
            "stops and continues": f"{self.stops:,}",
            "processes at once, lines each": f"{SENDERS}, {LINES}",
            "people": f"{self.people:,}",
            "messages at the server": f"{self.messages:,}",
            "lost": f"{self.lost}",
            "mailed twice": f"{self.twice}",
            "in doubt and named, in all": f"{self.unknown}",
            "in doubt at a kill, at most": f"{max(self.doubts, default=0)}",
            "kills that left somebody in doubt": f"{len(sending)}",
            "messages in flight at a kill, at most": f"{LINES}",
            "lines that the server saw cut": f"{self.cuts:,}",
        }
        return "\n".join(["| | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows.items())])


def main(kills: int) -> int:
    seed = int(os.environ.get("DIGEST_CRASH_SEED", random.SystemRandom().randrange(10_000)))
    print(f"DIGEST_CRASH_SEED={seed}; {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    soak = Soak(random.Random(seed))
    began = time.monotonic()
    while soak.kills < kills:
        with tempfile.TemporaryDirectory() as folder:
            soak.edition(Path(folder), kills)
        spread = dict(sorted(Counter(soak.doubts).items()))
        print(f"{soak.kills} kills after {time.monotonic() - began:.0f} s; in doubt at a kill: {spread}", flush=True)
    print(soak.table())
    good = not soak.lost and not soak.twice and max(soak.doubts) <= LINES
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
