"""A workspace as a person has it, and processes that may be killed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.store import tables as t
from digest.store.database import Database
from tests.conftest import Sink

_CONFIGURATION = """
base_url = "https://digest.example.org"
[brand]
organisation = "Kestrel Trust"
legal_name = "Kestrel Trust (charity no. 0000000)"
postal_address = "1 Harbour Row, Saltmere SM1 2QX"
[[newsletters]]
id = "insights"
name = "Kestrel insights"
why = "You asked for it."
[newsletters.sender]
name = "Kestrel Trust"
address = "news@kestrel.example.org"
[[newsletters.sources]]
id = "notes"
kind = "file"
address = "notes"
website = "https://www.kestrel.example.org/notes"
[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""
_NOTES = {
    "reading.md": ("A reading hour on the ferry", "Families who wait for the boat read aloud, and the crew joins in."),
    "allotment.md": ("Maths on the allotment", "Measuring beds and counting seeds: a term of fractions with boots on."),
    "lights.md": ("Lights on at seven", "One school opened its hall before the bell; attendance rose by a tenth."),
}


class Desk:
    """A workspace and the command line on it."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder = folder
        self.people = people
        (folder / "notes").mkdir(parents=True)
        (folder / "digest.toml").write_text(_CONFIGURATION)
        for name, (title, text) in _NOTES.items():
            (folder / "notes" / name).write_text(
                f"---\ntitle: {title}\ndate: {datetime.now(UTC).date()}\n---\n{text}\n"
            )
        rows = [f"person{number:03}@example.org,Person,form,2026-01-01" for number in range(people)]
        (folder / "subscribers.csv").write_text("\n".join(["email,first_name,consent_source,consent_at", *rows]) + "\n")

    @property
    def addresses(self) -> set[str]:
        return {f"person{number:03}@example.org" for number in range(self.people)}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command; what it says goes to a file, so that no pipe can stop it."""
        with (self.folder / "said.txt").open("a") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "digest", *words],
                cwd=self.folder,
                env={**os.environ, "COLUMNS": "200"},
                stdout=said,
                stderr=said,
                text=True,
            )

    def run(self, *words: str) -> None:
        """Run a command to its end; it must go well."""
        assert self.start(*words).wait(timeout=120) == 0, self.said

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    def approved(self) -> str:
        """Collect, draft and approve; return the edition's id."""
        self.run("collect")
        self.run("draft")
        edition = self.editions()[0]
        self.run("approve", edition, "--as", "Noreen Fairbrass")
        return edition

    def editions(self) -> list[str]:
        store = Database.open(self.folder / "digest.db")
        with store.reading() as session:
            found = [edition.id for edition in session.editions.every()]
        store.close()
        return found

    def state(self, edition: str) -> str:
        store = Database.open(self.folder / "digest.db")
        with store.reading() as session:
            found = session.editions.get(edition)
        store.close()
        assert found is not None
        return str(found.state)

    def ledger(self, edition: str) -> dict[str, str]:
        """Return the state of each address's delivery."""
        store = Database.open(self.folder / "digest.db")
        statement = (
            sa.select(t.subscriber.c.address, t.delivery.c.state)
            .join(t.delivery, t.delivery.c.subscriber == t.subscriber.c.id)
            .where(t.delivery.c.edition == edition)
        )
        with store._engine.connect() as connection:
            rows = {row.address: str(row.state) for row in connection.execute(statement)}
        store.close()
        return rows

    @contextmanager
    def looking(self) -> Iterator[Callable[[str], object]]:
        """Look at single values, quickly, while another process writes."""
        with closing(sqlite3.connect(f"file:{self.folder / 'digest.db'}?mode=ro", uri=True)) as connection:
            yield lambda query: connection.execute(query).fetchone()[0]

    def workers(self, edition: str) -> int:
        """Count the processes that mailed somebody."""
        store = Database.open(self.folder / "digest.db")
        statement = sa.select(sa.func.count(t.delivery.c.worker.distinct())).where(t.delivery.c.edition == edition)
        with store._engine.connect() as connection:
            found: int = connection.execute(statement).scalar_one()
        store.close()
        return found

    def counts(self, edition: str) -> Counter[str]:
        return Counter(self.ledger(edition).values())


def received(sink: Sink) -> Counter[str]:
    """Count the messages that each address got."""
    return Counter(line["to"] for line in sink.log())


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.002)


@pytest.fixture
def desk(tmp_path: Path) -> Callable[[int], Desk]:
    return lambda people: Desk(tmp_path / "workspace", people)


@pytest.fixture
def slow_sink(tmp_path: Path) -> Iterator[Sink]:
    """A mail server that takes some milliseconds over each message, as real ones do."""
    server = Sink(tmp_path / "mail", delay=0.01)
    yield server
    server.close()
