"""How fast the pool alone is: no ledger, no composing, beside what else there is, in one run.

python bench/wire.py [--rounds N]

plain      57 kB to Postfix's smtp-sink on this machine, 10 lines; peers: Postfix's smtp-source with 10 sessions,
           smtplib on 10 threads with the bytes ready, aiosmtplib with 10 connections
far        4 kB over a line with a round trip of 20 ms, 20 lines; peer: smtp-source with 20 sessions. The ceiling of
           the delaying line itself is printed: what as many lines could carry at one trip a message

Rounds of all alternate, and of each the quickest counts. Each scenario ends with a line of JSON. The exit code is 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time

from bench.mail import postfix
from digest.domain.model import Accepted, Delivery, DeliveryState, Letter, Parcel, Server, Subscriber
from digest.transports.smtp import Account, Smtp

SENDER = "news@example.org"
TRIP_MS = 20
#: seconds of processor time a thousand messages may take
MOST_CPU = 0.10
_LETTER = Letter(
    delivery=Delivery(edition="bench", subscriber="reader", state=DeliveryState.CLAIMED, variant="all"),
    subscriber=Subscriber(id="reader", address="reader@example.org"),
)


@dataclass(slots=True)
class Scenario:
    """One row of the table: what ours and each peer reach, in messages a second."""

    name: str
    messages: int
    lines: int
    octets: int
    #: peer -> least ratio
    bars: dict[str, float]
    ours: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peers: dict[str, list[float]] = field(default_factory=dict)
    errors: int = 0

    @property
    def content(self) -> bytes:
        """A message of about so many octets."""
        head = b"From: news@example.org\r\nTo: reader@example.org\r\nSubject: A bench\r\n\r\n"
        return head + (b"x" * 74 + b"\r\n") * (self.octets // 76)

    def send(self, port: int) -> None:
        """Send them all with the pool."""
        server = Server(url=f"smtp://127.0.0.1:{port}", tls="none", connections=self.lines, messages_a_connection=10**9)
        content, people = self.content, (f"reader{number}@example.org" for number in range(self.messages))
        parcels = (
            # no line begins with a dot, as composed messages say of themselves
            Parcel(letter=_LETTER, envelope_from=SENDER, envelope_to=address, content=content, dotless=True)
            for address in people
        )
        began, work = monotonic(), process_time()
        taken = sum(
            isinstance(outcome, Accepted)
            for _, outcome in Smtp([Account(server=server)], "bench.example.org").deliver(parcels, lambda one: None)
        )
        self.ours.append(self.messages / (monotonic() - began))
        self.cpu.append((process_time() - work) / self.messages * 1_000)
        self.errors += self.messages - taken

    def compare(self, name: str, rate: float) -> None:
        """Keep what a peer reached."""
        self.peers.setdefault(name, []).append(rate)

    def told(self) -> bool:
        """Print the row; tell whether every bar is met."""
        ours, peers = max(self.ours), {name: max(rates) for name, rates in self.peers.items()}
        print(f"{self.name}: {self.messages:,} messages of {self.octets:,} octets, {self.lines} lines")
        print(f"  ours{'':16}{ours:9,.0f} messages/s  {min(self.cpu):.3f} s of processor time a 1,000")
        good = not self.errors
        for name, rate in peers.items():
            bar = self.bars.get(name)
            met = bar is None or ours / rate >= bar
            wanted = "" if bar is None else f", the bar is {bar:g}: {'met' if met else 'MISSED'}"
            print(f"  {name:20}{rate:9,.0f} messages/s  ours is {ours / rate:.2f} times that{wanted}")
            good = good and met
        row = {
            "name": self.name,
            "unit": "messages/s",
            "ours": round(ours),
            "peers": {name: round(rate) for name, rate in peers.items()},
            "ratios": {name: round(ours / rate, 2) for name, rate in peers.items()},
            "errors": self.errors,
        }
        print(json.dumps(row))
        return good


def smtplib_threads(port: int, scenario: Scenario, messages: int) -> float:
    """Send with the standard library, a connection a thread, the bytes ready."""
    content = scenario.content

    def some(count: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as wire:
            for number in range(count):
                wire.sendmail(SENDER, [f"reader{number}@example.org"], content)

    began = monotonic()
    with ThreadPoolExecutor(scenario.lines) as threads:
        list(threads.map(some, [messages // scenario.lines] * scenario.lines))
    return messages // scenario.lines * scenario.lines / (monotonic() - began)


def aiosmtplib_loop(port: int, scenario: Scenario, messages: int) -> float:
    """Send with aiosmtplib, a connection a task, in one loop."""
    import aiosmtplib

    content = scenario.content

    async def some(count: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as wire:
            for number in range(count):
                await wire.sendmail(SENDER, [f"reader{number}@example.org"], content)

    async def every() -> None:
        await asyncio.gather(*(some(messages // scenario.lines) for _ in range(scenario.lines)))

    began = monotonic()
    asyncio.run(every())
    return messages // scenario.lines * scenario.lines / (monotonic() - began)


@contextmanager
def delayed(port: int, milliseconds: int) -> Iterator[int]:
    """Put a round trip before a server; yields the port of the line."""
    command = [sys.executable, "-m", "bench.mail.delay", str(port), str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as line:
        try:
            assert line.stdout is not None
            yield int(line.stdout.readline())
        finally:
            line.kill()


def plain(rounds: int) -> bool:
    """No delay."""
    row = Scenario(
        name="wire", messages=20_000, lines=10, octets=57_000, bars={"smtp-source": 0.9, "smtplib-threads": 1.5}
    )
    slow: dict[str, Callable[[int, Scenario, int], float]] = {
        "smtplib-threads": smtplib_threads,
        "aiosmtplib": aiosmtplib_loop,
    }
    with postfix.sink() as port:
        for _ in range(rounds):
            row.send(port)
            rate = postfix.source(port, messages=row.messages, sessions=row.lines, octets=row.octets)
            row.compare("smtp-source", rate)
            for name, peer in slow.items():
                row.compare(name, peer(port, row, 4_000))
    good = row.told()
    cheap = min(row.cpu) <= MOST_CPU
    print(f"  the bar of processor time is {MOST_CPU} s a 1,000: {'met' if cheap else 'MISSED'}")
    return good and cheap


def far(rounds: int) -> bool:
    """A round trip of 20 ms."""
    row = Scenario(name="wire-20ms", messages=4_000, lines=20, octets=4_000, bars={"smtp-source": 3.5})
    with postfix.sink() as sink, delayed(sink, TRIP_MS) as port:
        for _ in range(rounds):
            row.send(port)
            row.compare("smtp-source", postfix.source(port, messages=1_000, sessions=row.lines, octets=row.octets))
    print(f"One trip a message on {row.lines} lines is {row.lines * 1_000 / TRIP_MS:,.0f} messages/s at most.")
    return row.told()


def main() -> int:
    """Run both scenarios; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=3)
    rounds = asked.parse_args().rounds
    return 0 if all([plain(rounds), far(rounds)]) else 1


if __name__ == "__main__":
    sys.exit(main())
