"""How fast an edition leaves, the whole way, beside what else there is, in one run.

python bench/send.py [--people N] [--rounds N] [--million]

send       planning, ledger (SQLite, synchronous=FULL), journal, composing and the wire, a process of its own: 57 kB to
           Postfix's smtp-sink on this machine, 10 lines, no DKIM. Peers: Postfix's smtp-source with 10 sessions, which
           neither composes nor remembers; smtplib on 10 threads with the bytes ready; Django over one connection and
           nodemailer's pool of five, which compose as their manuals show
send-20ms  the same with 4 kB over a line with a round trip of 20 ms, 20 lines. Peer: smtp-source with 20 sessions
ledger     rows that are claimed and settled, without any mail
million    with --million: the time to the first message, and memory, with 1,000,000 people

Of several rounds the quickest counts, ours and theirs. Each scenario ends with a line of JSON. The exit code is 1 where
a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.mail import crowd, postfix
from bench.node import INSTALLED, installed
from bench.wire import Scenario, delayed, smtplib_threads
from digest.domain.model import Accepted
from digest.domain.ports import Worker
from digest.jobs import planning
from digest.jobs.ledger import CLAIM
from digest.stages import send
from digest.store.database import Database

ROOT = Path(__file__).parents[1]
#: stories of the email of 57 kB, and octets of the short one
STORIES, SHORT = 20, 4_000
TRIP_MS = 20
#: seconds of processor time that a thousand messages may take, seconds to the first message, megabytes
MOST_CPU, MOST_FIRST, MOST_MEMORY = 0.10, 2.0, 100
LEAST_ROWS = 100_000
#: messages that slow peers send
_SLOW = 2_000


@dataclass(frozen=True, slots=True)
class Way:
    """One sending of ours."""

    people: int
    rate: float
    cpu: float
    first: float
    megabytes: float
    errors: int


def ours(port: int, people: int, lines: int, stories: int, octets: int) -> Way:
    """Send an edition to so many people in a process of its own."""
    with _folder() as folder:
        crowd.make(folder, people, crowd.variant(stories, octets))
        words = [str(folder), str(port), str(lines)]
        done = subprocess.run(
            [sys.executable, "-m", "bench.mail.sender", *words], cwd=ROOT, check=True, capture_output=True, text=True
        )
    told = json.loads(done.stdout)
    return Way(
        people=people,
        rate=people / told["seconds"],
        cpu=told["cpu"] / people * 1_000,
        first=told["first"],
        megabytes=told["megabytes"],
        errors=people - told["states"].get("sent", 0),
    )


def near(people: int, rounds: int) -> bool:
    """No delay."""
    variant = crowd.variant(STORIES)
    octets = len(next(iter(crowd.composer(variant).parcels(crowd.letters(1), _now))).content)  # type: ignore[union-attr]
    row = Scenario("send", people, 10, octets, {"smtp-source": 0.9, "smtplib-threads": 1.5, "django": 12})
    ways, counted = [], 0
    with postfix.counting() as (port, count):
        for _ in range(rounds):
            before = count()
            ways.append(ours(port, people, 10, STORIES, 0))
            counted = count() - before
            row.compare("smtp-source", postfix.source(port, messages=20_000, sessions=10, octets=octets))
            row.compare("smtplib-threads", smtplib_threads(port, row, 4_000))
        row.compare("django", _composing([sys.executable, "-m", "bench.mail.django_peer"], port, ROOT))
        reason = installed()
        if reason:
            print(f"Without nodemailer, since {reason}.")
        else:
            row.compare("nodemailer", _composing(["node", "mail.mjs"], port, INSTALLED))
    for way in ways:
        row.ours.append(way.rate)
        row.cpu.append(way.cpu)
        row.errors += way.errors + abs(people - counted)
    good = row.told()
    print(f"  the sink counted {counted:,} messages; {max(way.megabytes for way in ways):.0f} megabytes")
    return good & _met("processor time a 1,000", min(row.cpu), MOST_CPU, "s")


def far(rounds: int) -> bool:
    """A round trip of 20 ms."""
    row = Scenario("send-20ms", 4_000, 20, SHORT, {"smtp-source": 3.5})
    with postfix.sink() as sink, delayed(sink, TRIP_MS) as port:
        for _ in range(rounds):
            way = ours(port, row.messages, row.lines, 1, SHORT)
            row.ours.append(way.rate)
            row.cpu.append(way.cpu)
            row.errors += way.errors
            row.compare("smtp-source", postfix.source(port, messages=1_000, sessions=row.lines, octets=SHORT))
    print(f"One trip a message on {row.lines} lines is {row.lines * 1_000 / TRIP_MS:,.0f} messages/s at most.")
    return row.told()


def ledger(people: int) -> bool:
    """Claim and settle everybody, without any mail."""
    with _folder() as folder:
        crowd.make(folder, people, crowd.variant(1, SHORT))
        store = Database.open(folder / "digest.db")
        with store.reading() as session:
            edition = session.editions.get(crowd.EDITION)
        assert edition is not None
        began = time.monotonic()
        planning.plan(store, _now, crowd.NEWSLETTER, edition, lambda: False)
        planned = people / (time.monotonic() - began)
        worker, taken = Worker(id="bench", host="here", boot="now", pid=1), Accepted(reply="250 2.0.0 Ok")
        with store.writing() as session:
            session.deliveries.enter(worker, _now() + timedelta(minutes=15))
        began, results, rows = time.monotonic(), [], 0
        for number in range(people):
            with store.writing() as session:
                session.deliveries.settle(results, worker)
                letters = session.deliveries.claim(edition.id, worker, number, _now(), 2, CLAIM)
            results = [send.result(letter, taken, _now(), _now()) for letter in letters]
            rows += len(letters)
            if not letters:
                break
        rate = rows / (time.monotonic() - began)
        store.close()
    print(f"ledger: {planned:,.0f} rows/s planned, {rate:,.0f} rows/s claimed and settled")
    met = rate >= LEAST_ROWS
    print(f"  the bar is {LEAST_ROWS:,} rows/s: {'met' if met else 'MISSED'}")
    row = {"name": "ledger", "unit": "rows/s", "ours": round(rate), "peers": {}, "ratios": {}, "errors": people - rows}
    print(json.dumps(row))
    return met


def million() -> bool:
    """A million people: the first message, and memory beside that for a tenth of them."""
    with postfix.sink() as port:
        some, many = (ours(port, people, 10, 1, SHORT) for people in (100_000, 1_000_000))
    print(f"million: {many.rate:,.0f} messages/s; first message after {many.first:.2f} s")
    print(f"  {some.megabytes:.0f} megabytes with 100,000 people, {many.megabytes:.0f} with 1,000,000")
    row = {
        "name": "million",
        "unit": "messages/s",
        "ours": round(many.rate),
        "peers": {},
        "ratios": {},
        "errors": some.errors + many.errors,
        "first": round(many.first, 2),
        "megabytes": round(many.megabytes),
    }
    print(json.dumps(row))
    good = _met("seconds to the first message", many.first, MOST_FIRST, "s")
    return good & _met("memory", many.megabytes, MOST_MEMORY, "MB")


def _composing(command: list[str], port: int, folder: Path) -> float:
    """Return the rate of a peer that composes a message for each person."""
    one = crowd.variant(STORIES)
    told = json.dumps({"subject": one.subject, "html": one.html, "text": one.text})
    words = [*command, str(port), str(_SLOW)]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True, input=told)
    return float(json.loads(done.stdout)["rate"])


def _met(what: str, reached: float, most: float, unit: str) -> bool:
    met = reached <= most
    print(f"  {what}: {reached:.3g} {unit}; the bar is {most:g}: {'met' if met else 'MISSED'}")
    return met


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bench-send-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Run the scenarios; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--million", action="store_true")
    wanted = asked.parse_args()
    met = [near(wanted.people, wanted.rounds), far(wanted.rounds), ledger(wanted.people)]
    if wanted.million:
        met.append(million())
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
