"""The journal: what was written before a process was killed is read, and what is not whole says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import StoreError
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Rejected, Withheld
from digest.domain.ports import Worker
from digest.store.journal import FileJournal, told

ME = Worker(id="0123456789abcdef", host="here", boot="boot", pid=1)
OUTCOMES: tuple[Outcome, ...] = (
    Accepted(reply="250 2.0.0 kept\nas 1", server="smtp://relay.example.org:587"),
    Accepted(reply=""),
    Rejected(reply="550 5.1.1 nobody of that name: Zoë"),
    Deferred(reply="450 4.2.0 greylisted"),
    Deferred(reply="421 4.3.2 going down", charged=False),
    InDoubt(reason="no answer came"),
    Withheld(reason="unsubscribed meanwhile"),
    Withheld(reason="the edition is paused", postponed=True),
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[FileJournal]:
    made = FileJournal(tmp_path / "me.journal", ME)
    yield made
    made.close()


def test_what_was_begun_and_what_became_of_it_is_read_again(journal: FileJournal, tmp_path: Path) -> None:
    for number, outcome in enumerate(OUTCOMES):
        journal.begun(number, f"person{number}")
        journal.ended(number, f"person{number}", outcome)
    journal.begun(99, "zoë")
    found = told(tmp_path / "me.journal", ME)
    assert found.whole
    assert found.written == journal.written == 2 * len(OUTCOMES) + 1
    expected = {(number, f"person{number}"): outcome for number, outcome in enumerate(OUTCOMES)}
    assert found.outcomes == expected | {(99, "zoë"): None}


def test_a_journal_that_is_not_there_or_is_another_workers_tells_nothing_whole(
    journal: FileJournal, tmp_path: Path
) -> None:
    journal.begun(1, "person")
    assert not told(tmp_path / "none.journal", ME).whole
    for other in (Worker(id="other", host="here", boot="boot", pid=1), Worker(id=ME.id, host="here", boot="b2", pid=1)):
        assert not told(tmp_path / "me.journal", other).whole


def _used(file: Path) -> int:
    return len(file.read_bytes().rstrip(b"\0"))


def test_cut_anywhere_it_says_that_something_is_missing(journal: FileJournal, tmp_path: Path) -> None:
    for number, outcome in enumerate(OUTCOMES):
        journal.begun(number, f"person{number}")
        journal.ended(number, f"person{number}", outcome)
    file, copy = tmp_path / "me.journal", tmp_path / "cut.journal"
    content = file.read_bytes()
    before = told(file, ME).outcomes
    for end in range(_used(file)):
        copy.write_bytes(content[:end])
        found = told(copy, ME)
        assert not (found.whole and found.written >= journal.written)
        # what it does tell is true as far as it goes
        assert all(outcome in (None, before[key]) for key, outcome in found.outcomes.items())


@given(place=st.integers(0, 10_000), octet=st.integers(0, 255))
def test_with_an_octet_changed_it_never_tells_what_was_not_written(
    tmp_path_factory: pytest.TempPathFactory, place: int, octet: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = FileJournal(folder / "me.journal", ME)
    for number, outcome in enumerate(OUTCOMES):
        journal.begun(number, f"person{number}")
        journal.ended(number, f"person{number}", outcome)
    journal.close()
    file = folder / "me.journal"
    content = bytearray(file.read_bytes())
    place %= _used(file)
    same = content[place] == octet
    content[place] = octet
    file.write_bytes(content)
    found = told(file, ME)
    assert (found.whole and found.written >= journal.written) is same
    for (number, person), outcome in found.outcomes.items():
        assert person == f"person{number}"
        assert outcome in (None, OUTCOMES[number])


def test_it_does_not_grow_for_ever_and_forgets_nothing_that_is_not_settled(tmp_path: Path) -> None:
    file = tmp_path / "me.journal"
    journal = FileJournal(file, ME)
    reply = Accepted(reply="250 " + "x" * 300)
    journal.begun(7, "early")
    for number in range(10_000):
        key = (number, f"person{number:06}")
        journal.begun(*key)
        journal.ended(*key, reply)
        journal.settled([key])
    journal.begun(8, "late")
    found = told(file, ME)
    assert file.stat().st_size < 2 * 1024 * 1024
    assert found.whole
    assert found.written == journal.written == 20_002
    assert found.outcomes[7, "early"] is None
    assert found.outcomes[8, "late"] is None
    assert [one.name for one in tmp_path.iterdir()] == ["me.journal"]
    journal.close()


def test_it_has_room_for_more_than_is_ever_claimed(journal: FileJournal, tmp_path: Path) -> None:
    for number in range(40_000):
        journal.begun(number, f"person{number:06}")
    found = told(tmp_path / "me.journal", ME)
    assert found.whole
    assert len(found.outcomes) == found.written == 40_000


def test_killed_amid_a_record_all_before_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process is killed within the copying of a record, the operating system keeps a part of it."""
    journal = FileJournal(tmp_path / "me.journal", ME)
    journal.begun(1, "person")
    real = journal._memory
    assert real is not None
    length = len("person") + 12

    class Killed(BaseException):
        pass

    class Memory:
        """Takes so many octets of what is written to it."""

        def __init__(self, left: int) -> None:
            self.left = left

        def __len__(self) -> int:
            return len(real)

        def __setitem__(self, place: slice | int, octets: bytes | int) -> None:
            start = place if isinstance(place, int) else place.start
            for number, octet in enumerate([octets] if isinstance(octets, int) else octets):
                if not self.left:
                    raise Killed
                real[start + number] = octet
                self.left -= 1

    for left in range(length):
        monkeypatch.setattr(journal, "_memory", Memory(left))
        with pytest.raises(Killed):
            journal.begun(2, "nobody")
        found = told(tmp_path / "me.journal", ME)
        assert found.whole
        assert found.written == journal.written == 1
        assert found.outcomes == {(1, "person"): None}
    monkeypatch.setattr(journal, "_memory", Memory(length))
    journal.begun(2, "nobody")
    assert told(tmp_path / "me.journal", ME).outcomes == {(1, "person"): None, (2, "nobody"): None}


def test_threads_that_write_at_once_lose_nothing(journal: FileJournal, tmp_path: Path) -> None:
    def write(name: int) -> None:
        for number in range(300):
            journal.begun(number, f"{name}-{number}")
            journal.ended(number, f"{name}-{number}", OUTCOMES[0])

    threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = told(tmp_path / "me.journal", ME)
    assert found.whole
    assert found.outcomes == {(n, f"{name}-{n}"): OUTCOMES[0] for name in range(6) for n in range(300)}


def test_long_words_of_a_server_are_cut_and_strange_ones_written(journal: FileJournal, tmp_path: Path) -> None:
    journal.ended(1, "long", Rejected(reply="550 " + "é" * 5_000))
    journal.ended(2, "strange", Rejected(reply="550 \ud800\x00"))
    found = told(tmp_path / "me.journal", ME)
    assert found.whole
    long = found.outcomes[1, "long"]
    assert isinstance(long, Rejected)
    assert long.reply.startswith("550 éé")
    assert len(long.reply) < 500
    assert isinstance(found.outcomes[2, "strange"], Rejected)


_WRITER = """
import sys
from pathlib import Path
from digest.domain.model import Accepted
from digest.domain.ports import Worker
from digest.store.journal import FileJournal
journal = FileJournal(Path(sys.argv[1]), Worker(id="0123456789abcdef", host="here", boot="boot", pid=1))
for number in range(10**9):
    journal.begun(number, "a")
    print(number, "begun", flush=True)
    journal.ended(number, "a", Accepted(reply="250"))
    print(number, "ended", flush=True)
"""


def test_what_a_killed_process_had_written_is_there(tmp_path: Path) -> None:
    file = tmp_path / "me.journal"
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2_000)]
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
    # the last line may be cut
    *_, last = [line for line in said if line.endswith("d\n")]
    found = told(file, ME)
    assert found.whole
    number, what = last.split()
    assert found.written >= 2 * int(number) + (what == "ended") + 1
    assert found.outcomes.get((int(number), "a"), "none") != "none"


def test_on_a_full_disk_no_journal_is_begun(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 7_800_000)
    with pytest.raises(StoreError, match="disk is full"):
        FileJournal(small_disk / "me.journal", ME)
    assert [one.name for one in small_disk.iterdir()] == ["filler"]


def test_where_no_longer_file_finds_room_the_old_one_tells_all(small_disk: Path) -> None:
    journal = FileJournal(small_disk / "me.journal", ME)
    (small_disk / "filler").write_bytes(b"x" * 6_800_000)
    begun = 0

    def fill() -> None:
        nonlocal begun
        while True:
            journal.begun(begun, f"person{begun:06}")
            begun += 1

    with pytest.raises(StoreError, match="disk is full"):
        fill()
    assert begun > 1_000
    found = told(small_disk / "me.journal", ME)
    assert found.whole
    assert len(found.outcomes) == begun
    journal.close()


def test_the_answer_to_what_was_begun_finds_room_on_a_full_disk(small_disk: Path) -> None:
    journal = FileJournal(small_disk / "me.journal", ME)
    journal.begun(1, "person")
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_bsize))
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "more").write_bytes(b"x")
    journal.ended(1, "person", OUTCOMES[0])
    assert told(small_disk / "me.journal", ME).outcomes == {(1, "person"): OUTCOMES[0]}
    journal.close()
