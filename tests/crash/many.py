"""A workspace over PostgreSQL, with workers as processes that may be killed, and a clock in the test's hands."""

from __future__ import annotations

import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from digest import bundle, config
from digest.app import App, handing_over, in_step
from digest.domain.model import EditionState
from digest.jobs import edition as editions
from digest.jobs import steering
from digest.queue import Queue
from digest.store import tables as t
from digest.store.database import Database
from tests.conftest import Sink
from tests.crash.conftest import Desk
from tests.postgresql import Server

#: lines to the mail server, which the workers share
TOGETHER = 12
#: what takes half a minute takes a second or two, and a few hundred people are worth several hands
QUICK = """
from datetime import timedelta
from digest.app import sharing, workers, working
from digest.jobs import wanting
from digest.queue import waiting
wanting.PEOPLE, wanting.FILL = 100, 200
waiting._ALIVE_SECONDS, waiting._DEAD_SECONDS, waiting._RESCUE_SECONDS = 0.5, 3.0, 0.5
working.SEEN_SECONDS, workers.GONE, working.AGAIN = 0.5, timedelta(seconds=3), timedelta(seconds=1)
sharing.HELD = timedelta(seconds=3)
"""


class Many(Desk):
    """A workspace on a server, and the command line on it."""

    def __init__(self, folder: Path, people: int, server: Server, sink: Sink) -> None:
        super().__init__(folder, people, lines=TOGETHER)
        self.server = server
        self.database = server.empty()
        self.address = server.address(self.database)
        self.settings = folder / "digest.toml"
        text = self.settings.read_text().replace("smtp://127.0.0.1:25", sink.url)
        self.settings.write_text(f'database = "{self.address}"\n{text}')
        self.app = self.opened()
        self.started: list[subprocess.Popen[str]] = []

    def opened(self) -> App:
        """Open it in this process."""
        return App(
            config.load(self.folder, bundle.templates()),
            Database.at(self.address, mark=self.folder / ".digest" / "database", queue=Queue()),
        )

    def close(self) -> None:
        for one in self.started:
            one.kill()
            one.wait()
        self.app.store.close()

    def approved(self) -> str:
        app = self.app
        [newsletter] = app.loaded.workspace.newsletters
        in_step.lead(app)
        app.import_people(newsletter)
        app.collect(newsletter)
        drafted = app.draft(newsletter)
        assert drafted.edition is not None
        app.approve(drafted.edition.id, "Noreen Fairbrass")
        return drafted.edition.id

    def worker(self, name: str, first: str = "") -> subprocess.Popen[str]:
        """Start a process that works."""
        self.started.append(self.start("worker", "--name", name, first=QUICK + first))
        return self.started[-1]

    def begin(self, edition: str) -> None:
        """Let an edition leave now, as a person does on the desk."""
        steering.send_now(self.app.store, self.app.clock, edition, "Noreen Fairbrass")

    def ring(self, edition: str) -> None:
        """Want what is left of an edition, as the clock does whenever it looks."""
        found = editions.find(self.app.store, edition)
        if found.state in (EditionState.SENDING, EditionState.CANCELLED):
            handing_over.sent(self.app, found, lambda words: None)

    def state(self, edition: str) -> str:
        return str(editions.find(self.app.store, edition).state)

    def ledger(self, edition: str) -> dict[str, str]:
        statement = (
            sa.select(t.subscriber.c.address, t.delivery.c.state)
            .join(t.delivery, t.delivery.c.subscriber == t.subscriber.c.id)
            .where(t.delivery.c.edition == edition)
        )
        with self.app.store._engine.connect() as connection:
            return {row.address: str(row.state) for row in connection.execute(statement)}

    def workers(self, edition: str) -> int:
        statement = (
            sa.select(sa.func.count(t.worker.c.pid.distinct()))
            .join(t.delivery, t.delivery.c.worker == t.worker.c.id)
            .where(t.delivery.c.edition == edition)
        )
        with self.app.store._engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def doubts(self) -> Counter[int]:
        query = (
            "SELECT pid, count(*) FROM delivery JOIN worker ON worker.id = worker WHERE state = 'unknown' GROUP BY pid"
        )
        rows = self.server.run(query, self.database)
        return Counter({int(str(pid)): int(str(count)) for pid, count in rows})


#: a lease of two seconds instead of fifteen minutes
SHORT_LEASE = """
from digest.jobs import ledger, send
ledger.LEASE = send.LEASE = timedelta(seconds=2)
"""
LEASE = timedelta(seconds=2)
