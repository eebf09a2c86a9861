"""One of several processes of bench/scale.py that work on an edition at once.

python -m bench.mail.fleet KIND WHERE NUMBER OF PEOPLE PORT LINES

KIND  send: claim, compose and mail an edition that is planned; memory: the same bytes over the same pool to an OF-th
      share of the people, who are claimed from memory; claim: claim and settle, and mail nobody; queue: the same of a
      bare table, as a queue of jobs does it
WHERE address of a database, or for memory the file of the variant

It says “ready”, begins when it is told a line, and prints a line of JSON at the end.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg

from bench.mail import crowd
from digest.domain.model import Accepted, Server
from digest.domain.ports import Worker
from digest.jobs import send as sending
from digest.jobs.ledger import CLAIM
from digest.stages import send as outcomes
from digest.store.database import Database
from digest.store.presence import FilePresence
from digest.transports.smtp import Account, Smtp

_now = partial(datetime.now, UTC)


def main() -> int:
    """Work; return the exit code."""
    kind, where, *numbers = sys.argv[1:]
    number, of, people, port, lines = map(int, numbers)
    work = {"send": _send, "memory": _memory, "claim": _claim, "queue": _queue}[kind]
    print(json.dumps(work(where, number, of, people, port, lines)))
    return 0


def _begin() -> float:
    print("ready", flush=True)
    sys.stdin.readline()
    return time.process_time()


def _told(rows: int, began: float) -> dict[str, float]:
    return {"rows": rows, "ended": time.time(), "cpu": time.process_time() - began}


def _pool(port: int, lines: int) -> Smtp:
    server = Server(url=f"smtp://127.0.0.1:{port}", tls="none", connections=lines, messages_a_connection=10**9)
    return Smtp([Account(server=server)], "bench.example.org")


def _send(where: str, number: int, of: int, people: int, port: int, lines: int) -> dict[str, float]:
    store = Database.at(where)
    with store.reading() as session:
        edition = session.editions.get(crowd.EDITION)
        [variant] = session.editions.variants(crowd.EDITION)
    assert edition is not None
    taken = 0

    def tried(standing: object) -> None:
        nonlocal taken
        taken += 1

    with tempfile.TemporaryDirectory() as folder:
        presence = FilePresence(Path(folder))
        dispatch = sending.Dispatch(
            store=store,
            clock=_now,
            presence=presence,
            transport=_pool(port, lines),
            compose=crowd.composer(variant).parcels,
            waves=crowd.NEWSLETTER.waves,
            plan=lambda stop: None,
            tried=tried,
        )
        began = _begin()
        sending.run(dispatch, edition)
        told = _told(taken, began)
        presence.leave()
    store.close()
    return told


def _memory(where: str, number: int, of: int, people: int, port: int, lines: int) -> dict[str, float]:
    composer = crowd.composer(crowd.kept(Path(where)))
    mine = crowd.letters(people)[number::of]
    pool = _pool(port, lines)
    began = _begin()
    parcels = composer.parcels(iter(mine), _now)
    taken = sum(isinstance(outcome, Accepted) for _, outcome in pool.deliver(parcels, lambda one: None))
    return _told(taken, began)


def _claim(where: str, number: int, of: int, people: int, port: int, lines: int) -> dict[str, float]:
    store = Database.at(where)
    worker, taken = Worker(id=f"bench-{number}", host="here", boot="now", pid=number), Accepted(reply="250 2.0.0 Ok")
    with store.writing() as session:
        session.deliveries.enter(worker, _now() + timedelta(minutes=15))
    began = _begin()
    rows, claims, results = 0, 0, []
    while True:
        claims += 1
        with store.alongside() as session:
            session.deliveries.settle(results, worker)
            letters = session.deliveries.claim(crowd.EDITION, worker, claims, _now(), 2, CLAIM)
        results = [outcomes.result(letter, taken, _now(), _now()) for letter in letters]
        rows += len(letters)
        if not letters:
            break
    told = _told(rows, began)
    store.close()
    return told


def _queue(where: str, number: int, of: int, people: int, port: int, lines: int) -> dict[str, float]:
    take = (
        "UPDATE queue SET state = 'doing', worker = %s WHERE id IN "
        "(SELECT id FROM queue WHERE state = 'todo' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    end = "UPDATE queue SET state = 'done' WHERE id = ANY(%s)"
    with psycopg.connect(where.replace("+psycopg", "")) as connection:
        began = _begin()
        rows, done = 0, []
        while True:
            with connection.transaction():
                connection.execute(end, (done,))
                done = [row[0] for row in connection.execute(take, (number, CLAIM)).fetchall()]
            rows += len(done)
            if not done:
                return _told(rows, began)


if __name__ == "__main__":
    sys.exit(main())
