"""Kill, stop and continue three senders at random, a thousand times; then count: python -m tests.crash.soak [KILLS].

Once with `digest send` over SQLite; then, for a fifth of the kills, with workers over PostgreSQL, which ends now and
then and is started again.
"""

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
from tests.crash.conftest import LINES, Desk, lines, mailed, received
from tests.crash.many import TOGETHER, Many
from tests.postgresql import Server

SENDERS, PEOPLE = 3, 3_000
#: what happens to a sender, in so many cases of ten
_KILL, _STOP = 7, 3
#: the database's server ends at one kill of so many
_RESTART = 8
_SERVER = Path(__file__).with_name("server.py")


@dataclass
class Soak:
    """What came of it so far."""

    chance: random.Random
    #: of each process; of workers: the most that one has while the others are started
    lines: int = LINES
    kills: int = 0
    stops: int = 0
    restarts: int = 0
    people: int = 0
    messages: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    #: of each kill: people in doubt, and lines that the server saw cut, each with one message in flight at most
    doubts: list[int] = field(default_factory=list)
    flights: list[int] = field(default_factory=list)

    def edition(self, folder: Path, kills: int) -> None:
        """Send an edition with senders that are killed, up to so many kills in all."""
        here = Desk(folder / "workspace", PEOPLE)
        edition = here.approved()
        sink = Sink(folder / "mail", delay=0.05, program=[str(_SERVER)])
        killed = self._senders(here, edition, sink, kills)
        here.send(edition, sink)
        self._count(here, edition, sink, killed)
        sink.close()

    def edition_of_workers(self, folder: Path, kills: int, server: Server) -> None:
        """Send an edition with workers that are killed, over a server that is, too."""
        sink = Sink(folder / "mail", delay=0.05, program=[str(_SERVER)])
        here = Many(folder / "workspace", PEOPLE, server, sink)
        edition = here.approved()
        here.begin(edition)
        killed = self._workers(here, edition, sink, kills, server)
        self._count(here, edition, sink, killed)
        here.close()
        sink.close()

    def _workers(self, here: Many, edition: str, sink: Sink, kills: int, server: Server) -> list[int]:
        crew = [here.worker(f"worker {number}") for number in range(SENDERS)]
        killed: list[int] = []
        while here.state(edition) == "sending":
            # now it hits one that has just started, now, and more often, one that sends
            if self.chance.randrange(_KILL + _STOP) < _KILL:
                self._flows(here, edition, sink)
            time.sleep(self.chance.random() * 1.2)
            place = self.chance.randrange(SENDERS)
            one = crew[place]
            if self.kills + len(killed) < kills and one.poll() is None:
                if not self.chance.randrange(_RESTART):
                    self.restarts += 1
                    server.kill()
                    server.start()
                before = lines(sink)["cut"]
                one.kill()
                one.wait()
                time.sleep(0.1)
                killed.append(one.pid)
                self.flights.append(lines(sink)["cut"] - before)
            if one.poll() is not None:
                crew[place] = here.worker(f"worker {place}")
            here.ring(edition)
        for process in crew:
            process.terminate()
        for process in crew:
            process.wait(timeout=60)
        return killed

    def _senders(self, here: Desk, edition: str, sink: Sink, kills: int) -> list[int]:
        senders = [here.sender(edition, sink) for _ in range(SENDERS)]
        killed: list[int] = []
        while self.kills + len(killed) < kills and here.state(edition) in ("approved", "sending"):
            # now it hits one that has just started, now one that sends
            time.sleep(self.chance.random() * 1.2)
            place = self.chance.randrange(SENDERS)
            one = senders[place]
            if one.poll() is None and self.chance.randrange(_KILL + _STOP) < _STOP:
                one.send_signal(signal.SIGSTOP)
                self.stops += 1
                time.sleep(self.chance.random() * 0.4)
                one.send_signal(signal.SIGCONT)
                continue
            if one.poll() is None:
                before = lines(sink)["cut"]
                one.kill()
                one.wait()
                # the server is told of each line by the operating system
                time.sleep(0.1)
                killed.append(one.pid)
                self.flights.append(lines(sink)["cut"] - before)
            senders[place] = here.sender(edition, sink)
        for process in senders:
            process.wait(timeout=120)
        return killed

    @staticmethod
    def _flows(here: Many, edition: str, sink: Sink) -> None:
        """Wait until mail flows, or the edition is through."""
        before = mailed(sink)
        while mailed(sink) == before and here.state(edition) == "sending":
            here.ring(edition)
            time.sleep(0.1)

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
        # whom no kill put in doubt is nowhere accounted for
        self.lost += sum(count for pid, count in doubts.items() if pid not in killed)

    @property
    def is_sound(self) -> bool:
        """Nobody is lost or mailed twice, and no kill put more people in doubt than lines can have had in flight."""
        return max(self.doubts, default=0) <= self.lines and not self.lost and not self.twice

    def table(self) -> str:
        rows = {
            "processes at once, lines of each": f"{SENDERS}, {self.lines}",
            "people": f"{self.people:,}",
            "kills (kill -9)": f"{self.kills:,}",
            "of these while mail was flowing": f"{sum(flight > 0 for flight in self.flights):,}",
            "stops and continues": f"{self.stops:,}",
            "ends of PostgreSQL": f"{self.restarts:,}",
            "messages at the server": f"{self.messages:,}",
            "lost": f"{self.lost}",
            "mailed twice": f"{self.twice}",
            "in doubt, and named": f"{self.unknown}",
            "in doubt by one kill, at most": f"{max(self.doubts, default=0)}",
            "messages in flight at one kill, at most": f"{max(self.flights, default=0)}",
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
    of_workers = _over_postgresql(soak.chance, -(-kills // 5))
    return 0 if soak.is_sound and of_workers.is_sound else 1


def _over_postgresql(chance: random.Random, kills: int) -> Soak:
    soak = Soak(chance, lines=TOGETHER)
    server = Server()
    while soak.kills < kills:
        with tempfile.TemporaryDirectory() as folder:
            soak.edition_of_workers(Path(folder), kills, server)
        print(f"{soak.kills} kills of workers over PostgreSQL", flush=True)
    server.close()
    print(soak.table())
    return soak


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
