"""A workspace as a person has it, and processes that may be killed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
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
[newsletters.waves]
canary_percent = 0
[server]
url = "smtp://127.0.0.1:25"
tls = "none"
connections = {lines}
"""
#: lines to the mail server, each with one message on it
LINES = 4
#: runs the command after what a test does to it first
_DRIVER = """
{first}
import sys
from digest.cli import main
sys.argv = ["digest", *sys.argv[1:]]
main()
"""
_NOTES = {
    "reading.md": ("A reading hour on the ferry", "Families who wait for the boat read aloud, and the crew joins in."),
    "allotment.md": ("Maths on the allotment", "Measuring beds and counting seeds: a term of fractions with boots on."),
    "lights.md": ("Lights on at seven", "One school opened its hall before the bell; attendance rose by a tenth."),
}


class Desk:
    """A workspace and the command line on it."""

    #: goes with it
    kept: tempfile.TemporaryDirectory[str] | None = None

    def __init__(self, folder: Path, people: int, lines: int = LINES) -> None:
        self.folder = folder
        self.people = people
        self.lines = lines
        #: beside the workspace, whose disk may be full
        self._said = folder.with_name("said.txt")
        (folder / "notes").mkdir(parents=True)
        (folder / "digest.toml").write_text(_CONFIGURATION.format(lines=lines))
        for name, (title, text) in _NOTES.items():
            (folder / "notes" / name).write_text(
                f"---\ntitle: {title}\ndate: {datetime.now(UTC).date()}\n---\n{text}\n"
            )
        rows = [f"person{number:03}@example.org,Person,form,2026-01-01" for number in range(people)]
        (folder / "subscribers.csv").write_text("\n".join(["email,first_name,consent_source,consent_at", *rows]) + "\n")

    @property
    def addresses(self) -> set[str]:
        return {f"person{number:03}@example.org" for number in range(self.people)}

    def start(self, *words: str, first: str = "") -> subprocess.Popen[str]:
        """Start a command; what it says goes to a file, so that no pipe can stop it.

        first: Python that its process runs before.
        """
        program = ["-c", _DRIVER.format(first=first)] if first else ["-m", "digest"]
        with self._said.open("a") as said:
            return subprocess.Popen(
                [sys.executable, *program, *words],
                cwd=self.folder,
                env={**os.environ, "COLUMNS": "200"},
                stdout=said,
                stderr=said,
                text=True,
            )

    def run(self, *words: str, first: str = "") -> None:
        """Run a command to its end; it must go well."""
        assert self.start(*words, first=first).wait(timeout=120) == 0, self.said

    def sender(self, edition: str, sink: Sink, first: str = "") -> subprocess.Popen[str]:
        """Start to send an edition."""
        return self.start("send", edition, "--server", sink.url, "--tls", "none", first=first)

    def send(self, edition: str, sink: Sink, first: str = "") -> None:
        """Send an edition, or what is left of it, to the end."""
        self.run("send", edition, "--server", sink.url, "--tls", "none", first=first)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def approved(self) -> str:
        """Collect, draft and approve; return the edition's id."""
        kept = _approved(self.people, self.lines)
        shutil.copytree(kept.folder, self.folder, dirs_exist_ok=True)
        [edition] = self.editions()
        return edition

    def editions(self) -> list[str]:
        store = Database.open(self.folder / "digest.db")
        with store.reading() as session:
            found = [edition.id for edition in session.editions.every()]
        store.close()
        return found

    def journals(self) -> list[Path]:
        return list((self.folder / ".digest" / "workers").glob("*.journal"))

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

    def doubts(self) -> Counter[int]:
        """Count the people in doubt by the process that had them."""
        query = (
            "SELECT pid, count(*) FROM delivery JOIN worker ON worker.id = worker WHERE state = 'unknown' GROUP BY pid"
        )
        with closing(sqlite3.connect(f"file:{self.folder / 'digest.db'}?mode=ro", uri=True)) as connection:
            return Counter(dict(connection.execute(query)))

    def counts(self, edition: str) -> Counter[str]:
        return Counter(self.ledger(edition).values())


@cache
def _approved(people: int, lines: int) -> Desk:
    """Return a workspace with an approved edition, which takes seconds to make and is copied from then on."""
    folder = tempfile.TemporaryDirectory()
    made = Desk(Path(folder.name) / "workspace", people, lines)
    made.kept = folder
    made.run("collect")
    made.run("draft")
    made.run("approve", made.editions()[0], "--as", "Noreen Fairbrass")
    return made


def received(sink: Sink) -> Counter[str]:
    """Count the messages that each address got."""
    return Counter(line["to"] for line in sink.log())


def mailed(sink: Sink) -> int:
    """Count the messages that a server got."""
    return sink.folder.with_name(f"{sink.folder.name}.jsonl").read_bytes().count(b"\n")


def lines(sink: Sink) -> Counter[str]:
    """Count the lines to a server that were opened, quit and cut (server.py)."""
    return Counter(sink.folder.with_name(f"{sink.folder.name}.lines").read_text().split())


def all_are_ended(sink: Sink) -> bool:
    """Tell whether the server knows of all its lines how they ended."""
    counts = lines(sink)
    return counts["open"] == counts["quit"] + counts["cut"]


def nobody_is_lost_or_mailed_twice(desk: Desk, edition: str, sink: Sink) -> Counter[str]:
    """Hold the ledger of an edition that was sent against what the server got; return how many are in which state."""
    ledger, mails = desk.ledger(edition), received(sink)
    counts = Counter(ledger.values())
    print(f"{dict(counts)}; {sum(mails.values())} mails")
    assert set(ledger) == desk.addresses, "everybody has a row"
    assert {address: count for address, count in mails.items() if count > 1} == {}, "nobody is mailed twice"
    assert set(mails) <= desk.addresses
    assert {address for address, state in ledger.items() if state == "sent"} <= set(mails), "sent means received"
    missed = {address: ledger[address] for address in desk.addresses - set(mails)}
    assert set(missed.values()) <= {"unknown"}, "who got nothing is named as in doubt, and not lost"
    assert set(counts) <= {"sent", "unknown"}
    assert desk.state(edition) == "sent"
    return counts


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
    """A mail server that takes some milliseconds over each message, as real ones do, and notes which lines are cut."""
    server = Sink(tmp_path / "mail", delay=0.02, program=[str(Path(__file__).with_name("server.py"))])
    yield server
    server.close()
