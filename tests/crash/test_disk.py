"""A disk that is full, a database that somebody else holds, and one that is damaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Sink
from tests.crash.conftest import LINES, Desk, mailed, nobody_is_lost_or_mailed_twice, until

#: the journal is written anew after a few messages, so that it needs room all the time
_SHORT_JOURNAL = """
from digest.store import journal
journal._ROOM, journal._LONG = 8192, 4096
"""
#: it does not wait for long between commits that fail
_SHORT_PATIENCE = """
from digest.jobs import ledger
ledger._PAUSE_SECONDS = 0.1
"""


@pytest.fixture
def cramped(desk: Callable[[int], Desk], small_disk: Path) -> Desk:
    """A workspace on a disk of eight megabytes, with an edition that is approved."""
    here = desk(600)
    here.approved()
    shutil.copytree(here.folder, small_disk / "workspace")
    here.folder = small_disk / "workspace"
    return here


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return filler


def test_on_a_disk_that_is_full_nothing_is_begun(cramped: Desk, slow_sink: Sink, small_disk: Path) -> None:
    """Fault 24: there is no room for the mark that a body is begun."""
    [edition] = cramped.editions()
    filler = _fill(small_disk)
    assert cramped.sender(edition, slow_sink).wait(timeout=60) > 0
    assert "disk is full" in cramped.said
    assert "Traceback" not in cramped.said
    assert mailed(slow_sink) == 0
    filler.unlink()
    cramped.send(edition, slow_sink)
    assert nobody_is_lost_or_mailed_twice(cramped, edition, slow_sink) == {"sent": 600}


@pytest.mark.parametrize("first", [_SHORT_JOURNAL, ""], ids=["no room for a mark", "no room for a commit"])
def test_a_disk_that_fills_up_while_it_sends_stops_it_and_nobody_is_mailed_twice(
    cramped: Desk, slow_sink: Sink, small_disk: Path, first: str
) -> None:
    """Faults 24 and 25: at the mark that a body is begun, and at the commit of what became of it."""
    [edition] = cramped.editions()
    sender = cramped.sender(edition, slow_sink, first + _SHORT_PATIENCE)
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    filler = _fill(small_disk)
    assert sender.wait(timeout=60) > 0
    assert "disk is full" in cramped.said
    assert "Traceback" not in cramped.said
    had = mailed(slow_sink)
    assert 10 <= had < 600, "it stopped long before everybody had one"
    filler.unlink()
    cramped.send(edition, slow_sink, first)
    counts = nobody_is_lost_or_mailed_twice(cramped, edition, slow_sink)
    assert counts["unknown"] <= LINES


@pytest.mark.parametrize("seconds", [1.5, 5], ids=["for as long as it waits", "for longer"])
def test_a_database_that_somebody_holds_while_it_sends_is_waited_for(
    desk: Callable[[int], Desk], slow_sink: Sink, seconds: float
) -> None:
    """Fault 26: BEGIN IMMEDIATE is held, as a backup does; what waits 20 seconds waits 2 here."""
    here = desk(600)
    edition = here.approved()
    sender = here.sender(edition, slow_sink, "from digest.store import sqlite\nsqlite.BUSY_SECONDS = 2")
    until(lambda: mailed(slow_sink) >= 10, "ten messages")
    with closing(sqlite3.connect(here.folder / "digest.db", isolation_level=None, timeout=5)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        assert sender.poll() is None, here.said
        holder.execute("ROLLBACK")
    assert sender.wait(timeout=60) == 0, here.said
    assert nobody_is_lost_or_mailed_twice(here, edition, slow_sink) == {"sent": 600}


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _cut_at_a_page(file: Path) -> None:
    # where a file says how long its pages are: https://www.sqlite.org/fileformat.html, 1.3.2
    page = int.from_bytes(file.read_bytes()[16:18], "big")
    os.truncate(file, file.stat().st_size - page)


def _emptied(file: Path) -> None:
    os.truncate(file, 0)


def _scribbled_over(file: Path) -> None:
    size = file.stat().st_size
    file.write_bytes(b"no database at all " * (size // 19))


def _scribbled_over_amid(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)


def _gone(file: Path) -> None:
    file.unlink()


@pytest.fixture(scope="module")
def half_sent(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace with an edition of which some messages are sent."""
    folder = tmp_path_factory.mktemp("half")
    sink = Sink(folder / "mail")
    here = Desk(folder / "workspace", people=600)
    edition = here.approved()
    sender = here.sender(edition, sink)
    until(lambda: mailed(sink) >= 10, "ten messages")
    sender.terminate()
    sender.wait(timeout=30)
    sink.close()
    assert here.counts(edition)["pending"] > 0
    assert not (here.folder / "digest.db-wal").exists()
    return here


@pytest.mark.parametrize("command", ["send", "status"])
@pytest.mark.parametrize(
    "damage",
    [_cut, _cut_at_a_page, _emptied, _scribbled_over, _scribbled_over_amid, _gone],
    ids=lambda one: one.__name__,
)
def test_a_damaged_database_is_said_and_nothing_is_sent_or_made_anew(
    half_sent: Desk, tmp_path: Path, sink: Sink, damage: Callable[[Path], None], command: str
) -> None:
    """Fault 27: the file is cut, gone, or full of something else."""
    [edition] = half_sent.editions()
    here = Desk(tmp_path / "workspace", people=1)
    shutil.rmtree(here.folder)
    shutil.copytree(half_sent.folder, here.folder)
    file = here.folder / "digest.db"
    damage(file)
    before = file.read_bytes() if file.exists() else None
    process = here.sender(edition, sink) if command == "send" else here.start("status")
    assert process.wait(timeout=60) > 0, here.said
    assert "is damaged" in here.said
    assert "Traceback" not in here.said
    assert sink.log() == []
    assert (file.read_bytes() if file.exists() else None) == before, "nothing is made anew or changed"
