"""How long it takes to say how a send to a large list stands, while it goes on.

python bench/follow.py [--people N] [--looks N]

Everybody is planned; then a thread claims and settles as fast as the database takes it, one in forty refused, put off
or in doubt. Beside it, it is asked again and again how it stands, and who is behind the numbers. It ends with a line
of JSON. The exit code is 1 where half of the looks, or of the pages of people, take longer than the bar.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.mail import crowd
from digest.domain.model import Delivery, DeliveryState, Letter, Variant
from digest.domain.ports import CountsAs, Result, Worker
from digest.jobs import following
from digest.store.database import Database

#: milliseconds
BAR = 20.0
CLAIM, PAGE = 250, 1_000
ME = Worker(id="bench", host="here", boot="boot", pid=1)
ENDS = (
    (DeliveryState.FAILED, "refused", "550 5.1.1 no such mailbox"),
    (DeliveryState.UNKNOWN, "the message was written and no answer came: reset", ""),
    (DeliveryState.PENDING, "refused for now", "450 4.2.1 try later"),
)


def main() -> int:
    """Plan, send and look."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--looks", type=int, default=200)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        variant = Variant(
            slug="all",
            segment="everybody",
            subject="",
            preheader="",
            html="",
            text="",
            sha256="0" * 64,
            stories=("story",),
        )
        crowd.make(Path(folder), given.people, variant)
        store = Database.open(Path(folder) / "digest.db")
        with store.writing() as session:
            session.deliveries.enter(ME, crowd.SLOT.replace(year=2027))
        begin = time.perf_counter()
        plan(Path(folder) / "digest.db")
        planned = time.perf_counter() - begin
        ending = threading.Event()
        sender = threading.Thread(target=send, args=(store, ending))
        sender.start()
        looks, pages = watch(store, given.looks)
        ending.set()
        sender.join()
        found = following.follow(store, lambda: crowd.SLOT, crowd.NEWSLETTER, crowd.EDITION)
        store.close()
    told = {
        "people": found.people,
        "answered": found.answered,
        "planned_seconds": round(planned, 1),
        "look_ms": looks,
        "page_ms": pages,
        "bar_ms": BAR,
    }
    print(json.dumps(told))
    return int(found.people != given.people or looks[0] > BAR or pages[0] > BAR)


def plan(path: Path) -> None:
    """Plan everybody in one statement: what planning a page at a time costs, other benches say."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "INSERT INTO delivery (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at)"
            " SELECT ?, id, 'everybody', 'all', 2, 'pending', '', 0, ? FROM subscriber ORDER BY id",
            (crowd.EDITION, f"{crowd.SLOT:%Y-%m-%d %H:%M:%S}.000000"),
        )
        connection.execute("UPDATE edition SET planned_at = slot")


def send(store: Database, ending: threading.Event) -> None:
    """Claim and settle until told to end."""
    for number in itertools.count(1):
        if ending.is_set():
            return
        with store.writing() as session:
            letters = session.deliveries.claim(crowd.EDITION, ME, number, crowd.SLOT, 2, CLAIM)
            session.deliveries.settle([result(letter, at) for at, letter in enumerate(letters)], ME)


def result(letter: Letter, at: int) -> Result:
    """Return what became of a message: one in forty has an end of another kind."""
    state, reason, reply = ENDS[at // 40 % len(ENDS)] if at % 40 == 0 else (DeliveryState.SENT, "", "250 2.0.0 ok")
    delivery = Delivery(
        edition=crowd.EDITION,
        subscriber=letter.subscriber.id,
        state=state,
        variant="all",
        reason=reason,
        attempts=1,
    )
    later = crowd.SLOT.replace(year=2027)
    return Result(delivery=delivery, at=crowd.SLOT, claim=letter.claim, reply=reply, next_at=later)


def watch(store: Database, looks: int) -> tuple[list[float], list[float]]:
    """Return (median, 99 in 100) milliseconds of a look, and of a page of people."""
    counts = itertools.cycle((CountsAs.FAILED, CountsAs.UNKNOWN, CountsAs.PUT_OFF))
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(looks):
        took[0].append(timed(lambda: following.follow(store, lambda: crowd.SLOT, crowd.NEWSLETTER, crowd.EDITION)))
        took[1].append(timed(lambda: following.entries(store, crowd.EDITION, next(counts))))
        time.sleep(0.02)
    return tuple(  # type: ignore[return-value]
        [round(statistics.median(one), 2), round(statistics.quantiles(one, n=100)[-1], 2)] for one in took
    )


def timed(look: Callable[[], object]) -> float:
    """Return the milliseconds that a look takes."""
    begin = time.perf_counter()
    look()
    return 1_000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main())
