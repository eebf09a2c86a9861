"""The queue: a task is there when what makes it needed is committed, waits once, and is done by whoever is free."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from digest.domain.errors import StoreError
from digest.domain.ports import Task, Work
from digest.queue import Queue, schema, waiting
from digest.queue.waiting import Waiting, wait
from digest.store.database import Database
from tests.postgresql import Server
from tests.sharing import SharedBench, Sharing, shared_database

SEND = Task(work=Work.SEND, of="news-2026-11-24-0800")
COLLECT = Task(work=Work.COLLECT, of="news")


def _want(here: SharedBench, *tasks: Task, **more: object) -> None:
    with here.app.store.writing() as session:
        session.tasks.want(tasks, **more)  # type: ignore[arg-type]


def _counts(here: SharedBench) -> dict[str, tuple[int, int, int]]:
    with here.app.store.reading() as session:
        return {one.work: (one.waiting, one.later, one.doing) for one in session.tasks.queued()}


class Hands:
    """Does tasks until so many are done, and notes them."""

    def __init__(self, many: int, fault: Exception | None = None) -> None:
        self.done: list[Task] = []
        self._many = many
        self._fault = fault
        self._enough = threading.Event()
        self.lost: list[bool] = []

    def do(self, task: Task) -> None:
        self.done.append(task)
        if len(self.done) >= self._many:
            self._enough.set()
        if self._fault is not None:
            raise self._fault

    def wait(self, here: SharedBench, seconds: float = 30) -> None:
        end = threading.Timer(seconds, self._enough.set)
        end.start()
        wait(
            Waiting(
                line=here.app.store.line,
                do=self.do,
                stop=self._enough.is_set,
                may=lambda: True,
                lost=self.lost.append,
            )
        )
        end.cancel()


def test_a_task_is_there_when_its_transaction_is_committed_and_never_otherwise(sharing: Sharing) -> None:
    here = sharing()
    with suppress(ZeroDivisionError), here.app.store.writing() as session:
        session.tasks.want([SEND])
        1 / 0  # noqa: B018 (it is what goes wrong)
    assert _counts(here)["send"] == (0, 0, 0)
    _want(here, SEND)
    assert _counts(here)["send"] == (1, 0, 0)


def test_a_task_that_waits_is_not_wanted_twice_and_the_transaction_goes_on(sharing: Sharing) -> None:
    here = sharing()
    _want(here, SEND, COLLECT)
    with here.app.store.writing() as session:
        session.tasks.want([SEND])
        session.tasks.want([COLLECT, Task(work=Work.SEND, of=SEND.of, part=1)])
        session.attending.mark("0" * 64)
    assert _counts(here) == {"send": (2, 0, 0), "collect": (1, 0, 0), "draft": (0, 0, 0)}
    with here.app.store.reading() as session:
        assert session.attending.known_mark() == "0" * 64


def test_what_is_wanted_for_later_keeps_nothing_from_being_done_now(sharing: Sharing) -> None:
    here = sharing()
    _want(here, SEND, at=here.clock() + timedelta(days=3650))
    assert _counts(here)["send"] == (0, 1, 0)
    _want(here, SEND)
    hands = Hands(1)
    hands.wait(here)
    assert hands.done == [SEND]
    assert _counts(here)["send"] == (0, 1, 0)


def test_mail_is_taken_before_drafts_and_drafts_before_feeds(sharing: Sharing) -> None:
    here = sharing()
    draft = Task(work=Work.DRAFT, of="news", slot=here.clock())
    _want(here, COLLECT, draft, SEND)
    hands = Hands(3)
    hands.wait(here)
    assert hands.done == [SEND, draft, COLLECT]
    assert _counts(here) == {"send": (0, 0, 0), "collect": (0, 0, 0), "draft": (0, 0, 0)}


def test_a_task_that_fails_ends_nobody_and_is_kept_nowhere(sharing: Sharing) -> None:
    here = sharing()
    _want(here, SEND, COLLECT)
    hands = Hands(2, ValueError("whatever it is"))
    hands.wait(here)
    assert hands.done == [SEND, COLLECT]
    assert _counts(here)["send"] == (0, 0, 0)


def test_what_a_worker_had_that_is_gone_is_done_by_another(
    sharing: Sharing, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = sharing()
    _want(here, SEND)
    database = here.address.split("@/")[1].split("?")[0]
    # it was taken, and whoever took it was not heard of for an hour
    postgresql.run(
        "WITH gone AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') "
        "RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = gone.id FROM gone",
        database,
    )
    assert _counts(here)["send"] == (0, 0, 1)
    hands = Hands(1)
    hands.wait(here)
    assert hands.done == [SEND]


def test_of_what_is_wanted_anew_already_a_dead_worker_gives_nothing_back(sharing: Sharing, postgresql: Server) -> None:
    here = sharing()
    _want(here, SEND)
    database = here.address.split("@/")[1].split("?")[0]
    postgresql.run("UPDATE procrastinate_jobs SET status = 'doing'", database)
    _want(here, SEND)
    hands = Hands(1)
    hands.wait(here)
    assert hands.done == [SEND]
    assert _counts(here)["send"] == (0, 0, 0)


def test_who_may_take_no_task_takes_none_until_it_may(sharing: Sharing) -> None:
    here = sharing()
    _want(here, SEND)
    hands = Hands(1)
    looks = iter(range(1_000))
    wait(
        Waiting(
            line=here.app.store.line,
            do=hands.do,
            stop=lambda: bool(hands.done),
            # for a moment, and again when it has asked some times
            may=lambda: not hands.done and next(looks) > 3,
            lost=lambda is_lost: None,
        )
    )
    assert hands.done == [SEND]


def test_a_lost_line_is_said_and_waited_for(
    sharing: Sharing, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_AGAIN_SECONDS", 0.1)
    here = sharing()
    database = here.address.split("@/")[1].split("?")[0]
    hands = Hands(1)
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    cut = threading.Timer(2.0, lambda: postgresql.run(end))
    later = threading.Timer(4.0, lambda: _want(here, SEND))
    cut.start()
    later.start()
    hands.wait(here)
    cut.join()
    later.join()
    assert hands.done == [SEND]


def test_the_tables_of_an_older_procrastinate_are_brought_up_to_date(postgresql: Server) -> None:
    name = postgresql.empty()
    known = schema._migrations()
    with psycopg.connect(f"host={postgresql.folder} user=postgres dbname={name}") as connection:
        for file in known[:-4]:
            connection.execute(schema._read("migrations", file))
            connection.commit()
        connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{known[-5]}'")
        connection.commit()
        assert not schema.is_ready(connection)
    store = Database.at(postgresql.address(name), queue=Queue())
    with store.writing() as session:
        session.tasks.want([SEND])
    with store.reading() as session:
        assert [one.waiting for one in session.tasks.queued()] == [0, 0, 1]
    store.close()


def test_a_queue_of_a_newer_version_is_refused(postgresql: Server) -> None:
    address = shared_database(postgresql)
    name = address.split("@/")[1].split("?")[0]
    postgresql.run("COMMENT ON TABLE procrastinate_jobs IS '99.00.00_01_a_later_one.sql'", name)
    with pytest.raises(StoreError, match="newer version of Procrastinate") as refused:
        Database.at(address, queue=Queue())
    assert "lock file" in refused.value.mend


def test_a_file_of_this_machine_has_no_queue_and_nothing_is_wanted(tmp_path: Path) -> None:
    store = Database.open(tmp_path / "digest.db")
    with store.writing() as session:
        session.tasks.want([SEND])
    with store.reading() as session:
        assert session.tasks.queued() == []
    assert not store.line
    store.close()


def test_what_is_not_installed_is_said(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    address = shared_database(postgresql)
    monkeypatch.setattr(schema, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match="not installed") as refused:
        Database.at(address, queue=Queue())
    assert "digest[postgres]" in refused.value.mend


def test_to_open_a_database_loads_no_procrastinate(postgresql: Server) -> None:
    code = f"""
import sys
from digest.queue import Queue
from digest.store.database import Database
Database.at({shared_database(postgresql)!r}, queue=Queue()).close()
assert "procrastinate" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
