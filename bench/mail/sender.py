"""The sender of bench/send.py, in a process of its own so that its time and memory are its own.

python -m bench.mail.sender FOLDER PORT LINES

It sends the edition of bench/mail/crowd.py, planning included, and prints a line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.mail import crowd
from digest.domain.model import Server
from digest.jobs import planning, send
from digest.jobs.ledger import Standing
from digest.store.database import Database
from digest.store.presence import FilePresence
from digest.transports.smtp import Account, Smtp


def main() -> int:
    """Send; return the exit code."""
    folder, port, lines = Path(sys.argv[1]), *map(int, sys.argv[2:])
    store = Database.open(folder / "digest.db")
    clock = partial(datetime.now, UTC)
    server = Server(url=f"smtp://127.0.0.1:{port}", tls="none", connections=lines, messages_a_connection=10**9)
    with store.reading() as session:
        edition = session.editions.get(crowd.EDITION)
        [variant] = session.editions.variants(crowd.EDITION)
    assert edition is not None
    presence = FilePresence(folder / "workers")
    first: list[float] = []

    def tried(standing: Standing) -> None:
        if not first:
            first.append(time.monotonic())

    dispatch = send.Dispatch(
        store=store,
        clock=clock,
        presence=presence,
        transport=Smtp([Account(server=server)], "bench.example.org"),
        compose=crowd.composer(variant).parcels,
        waves=crowd.NEWSLETTER.waves,
        plan=partial(planning.plan, store, clock, crowd.NEWSLETTER, edition),
        tried=tried,
    )
    began, work = time.monotonic(), time.process_time()
    sent = send.run(dispatch, edition)
    seconds, cpu = time.monotonic() - began, time.process_time() - work
    presence.leave()
    told = {
        "seconds": seconds,
        "first": first[0] - began,
        "cpu": cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "states": {tally.state: tally.count for tally in sent.tallies},
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
