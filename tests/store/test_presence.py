"""Who is alive: the operating system gives a lock back the moment a process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from digest.domain.ports import Worker
from digest.store.presence import FilePresence

_WORKER = """
import sys
from pathlib import Path
from digest.store.presence import FilePresence
me = FilePresence(Path(sys.argv[1])).me()
print(me.id, me.host, me.boot or "-", me.pid, flush=True)
sys.stdin.readline()
"""


@contextmanager
def _living(folder: Path) -> Iterator[tuple[Worker, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    name, host, boot, pid = process.stdout.readline().split()
    try:
        yield Worker(id=name, host=host, boot="" if boot == "-" else boot, pid=int(pid)), process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_process_is_gone_at_once_and_a_living_one_is_not(tmp_path: Path) -> None:
    looking = FilePresence(tmp_path)
    with _living(tmp_path) as (worker, process):
        assert not looking.gone(worker)
        assert not looking.gone(worker), "looking changes nothing"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert looking.gone(worker)
        assert looking.gone(worker), "and it stays so"


def test_a_stopped_process_is_alive(tmp_path: Path) -> None:
    with _living(tmp_path) as (worker, process):
        os.kill(process.pid, signal.SIGSTOP)
        assert not FilePresence(tmp_path).gone(worker)
        os.kill(process.pid, signal.SIGCONT)
        assert not FilePresence(tmp_path).gone(worker)


def test_a_process_number_used_again_fools_nobody(tmp_path: Path) -> None:
    with _living(tmp_path) as (worker, process):
        process.kill()
        process.wait()
        assert FilePresence(tmp_path).gone(replace(worker, pid=os.getpid()))


def test_of_another_host_nothing_is_ever_known(tmp_path: Path) -> None:
    with _living(tmp_path) as (worker, process):
        elsewhere = replace(worker, host="another-host")
        process.kill()
        process.wait()
        assert not FilePresence(tmp_path).gone(elsewhere)
        assert not FilePresence(tmp_path).gone(replace(elsewhere, boot="another boot"))


def test_whoever_ran_before_this_machine_started_is_gone(tmp_path: Path) -> None:
    me = FilePresence(tmp_path).me()
    assert FilePresence(tmp_path).gone(replace(me, id="from-before", boot="another boot"))


def test_a_removed_lock_file_proves_nothing_about_a_living_process(tmp_path: Path) -> None:
    with _living(tmp_path) as (worker, process):
        (tmp_path / f"{worker.id}.lock").unlink()
        assert not FilePresence(tmp_path).gone(worker)
        process.kill()
        process.wait()
        assert FilePresence(tmp_path).gone(worker)


def test_whoever_leaves_is_gone_and_what_it_wrote_is_read_until_it_is_forgotten(tmp_path: Path) -> None:
    presence = FilePresence(tmp_path)
    me = presence.me()
    assert presence.me() == me, "one worker a process"
    assert not FilePresence(tmp_path).gone(me)
    presence.journal().begun(1, "person")
    presence.leave()
    looking = FilePresence(tmp_path)
    assert looking.gone(me)
    assert looking.told(me).outcomes == {(1, "person"): None}
    assert looking.told(me).whole
    assert not looking.told(replace(me, boot="another boot")).whole, "what was not on the disk yet may be lost"
    assert not looking.told(replace(me, host="another-host")).whole
    looking.forget(me.id)
    assert list(tmp_path.iterdir()) == []
    presence.leave()
    assert presence.me() != me
    presence.leave()


def test_whoever_was_killed_while_it_held_nothing_leaves_files_that_are_found(tmp_path: Path) -> None:
    presence = FilePresence(tmp_path)
    me = presence.me()
    with _living(tmp_path) as (worker, process):
        old = time.time() - 3_600
        for one in (me, worker):
            os.utime(tmp_path / f"{one.id}.lock", (old, old))
        assert presence.strays() == FilePresence(tmp_path).strays() == [], "both are alive"
        process.kill()
        process.wait()
        assert presence.strays() == [worker.id]
        os.utime(tmp_path / f"{worker.id}.lock")
        assert presence.strays() == [], "who has just begun may not have its lock yet"
    presence.leave()
