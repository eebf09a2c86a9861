"""PostgreSQL itself: who is let in, what is said where nobody is, who waits for whom, what is left of the erased."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.errors import Collided, StoreError
from digest.domain.model import Subscriber, SubscriptionState
from digest.domain.ports import Watch
from digest.jobs.again import again
from digest.store import postgresql as postgresqls
from digest.store import refusals
from digest.store.database import Database
from digest.store.postgresql import Postgresql
from digest.store.rights import PERSONAL
from digest.store.session import SqlSession
from tests.postgresql import GUARDED, PASSWORD, Databases, Server
from tests.store.conftest import EDITION, NOW, Ledger, subscription


@pytest.fixture
def databases(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    made = Databases(postgresql)
    monkeypatch.setattr(Database, "open", made.open)
    yield made
    made.close()


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "digest.db", people=3)


def _refused(address: str, password: str = "", mark: Path | None = None) -> tuple[str, str]:
    with pytest.raises(StoreError) as caught:
        Database.at(address, password, mark)
    assert "open sesame" not in f"{caught.value.what} {caught.value.mend}"
    return caught.value.what, caught.value.mend


# ---------------------------------------------------------------------------------------------
# Who is let in


def test_a_password_is_said_and_a_wrong_one_or_none_is_told_in_a_sentence(postgresql: Server) -> None:
    name = postgresql.empty()
    postgresql.run(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
    postgresql.run(f"ALTER SCHEMA public OWNER TO {GUARDED}", name)
    address = postgresql.address(name, GUARDED)
    Database.at(address, PASSWORD).close()
    for wrong in ("", "guessed"):
        what, mend = _refused(address, wrong)
        assert what.endswith("did not take the password.")
        assert "DIGEST_DATABASE_PASSWORD" in mend


def test_a_user_who_may_make_nothing_is_told_so(postgresql: Server) -> None:
    what, mend = _refused(postgresql.address(postgresql.empty(), GUARDED), PASSWORD)
    assert "does not let this user do that" in what
    assert "owner" in mend


def test_a_server_that_is_not_there_is_told_in_a_sentence_and_not_waited_for(
    postgresql: Server, tmp_path: Path
) -> None:
    began = time.monotonic()
    for address in (
        f"postgresql+psycopg://digest@/digest?host={tmp_path}",
        "postgresql+psycopg://digest@127.0.0.1:1/digest",
    ):
        what, mend = _refused(address)
        assert what.endswith("is not running.")
        assert "host and port" in mend
    assert time.monotonic() - began < postgresqls._AWAY_SECONDS


def test_a_database_or_a_user_that_is_not_there_is_told_in_a_sentence(postgresql: Server) -> None:
    assert _refused(postgresql.address("nowhere"))[0].endswith("has no such database.")
    assert _refused(postgresql.address("postgres", "nobody-here"))[0].endswith("has no such user.")


def test_without_its_driver_it_is_said_what_to_install(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    what, mend = _refused(postgresql.address("postgres"))
    assert "not installed" in what
    assert mend == "Install it: `pip install 'digest[postgres]'`."


def test_a_database_that_cannot_write_every_name_is_refused(postgresql: Server) -> None:
    postgresql.run("DROP DATABASE IF EXISTS narrow")
    postgresql.run("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    what, mend = _refused(postgresql.address("narrow"))
    assert "LATIN1" in what
    assert "UTF8" in mend


@pytest.mark.parametrize(
    ("found", "standby", "said"), [(14, False, "PostgreSQL 14; this program needs 15"), (15, True, "only be read")]
)
def test_a_server_that_is_too_old_or_only_a_copy_is_refused(found: int, standby: bool, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        refusals.judge("digest on db", found, 15, "UTF8", standby=standby)


@pytest.mark.parametrize(("minutes", "said"), [(-3, "behind that"), (3, "ahead of that")])
def test_a_machine_whose_clock_is_far_from_the_servers_is_refused(postgresql: Server, minutes: int, said: str) -> None:
    kind = Postgresql(postgresql.address("digest_template"), "")
    with pytest.raises(StoreError, match=said):
        kind.must_be_usable(None, lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    kind.must_be_usable(None, lambda: datetime.now(UTC) + timedelta(minutes=minutes / 3))
    kind.engine.dispose()


def test_a_database_that_was_used_from_here_and_is_empty_now_was_lost(postgresql: Server, tmp_path: Path) -> None:
    name = postgresql.empty()
    Database.at(postgresql.address(name), mark=tmp_path / "database").close()
    [mark] = tmp_path.iterdir()
    # of another address nothing is known
    Database.at(postgresql.address(postgresql.empty()), mark=tmp_path / "database").close()
    postgresql.run(f"DROP DATABASE {name}")
    postgresql.run(f"CREATE DATABASE {name}")
    what, mend = _refused(postgresql.address(name), mark=tmp_path / "database")
    assert "is empty, and it was not" in what
    assert str(mark) in mend


def test_many_programs_may_open_a_new_database_at_once(postgresql: Server) -> None:
    address = postgresql.address(postgresql.empty())
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(Database.at, [address] * 4):
            with opened.reading() as session:
                assert session.editions.every() == []
            opened.close()


# ---------------------------------------------------------------------------------------------
# Who waits for whom


def _statement(session: object, statement: str) -> None:
    assert isinstance(session, SqlSession)
    session.connection.execute(sa.text(statement))


def _waits(work: Callable[[], object], until: threading.Event) -> bool:
    """Tell whether something waits for as long as nobody sets `until`; it has ended when this returns."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            done.result(timeout=0.3)
        except TimeoutError:
            until.set()
            done.result(timeout=10)
            return True
        until.set()
        return False


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        ("writing", "writing", True),
        ("writing", "alongside", True),
        ("alongside", "writing", True),
        ("alongside", "alongside", False),
        ("writing", "reading", False),
    ],
)
def test_who_writes_alone_is_alone_and_workers_run_beside_each_other(
    databases: Databases, tmp_path: Path, first: str, second: str, waits: bool
) -> None:
    here, there = (databases.open(tmp_path / "digest.db") for _ in range(2))
    begun, go = threading.Event(), threading.Event()

    def hold() -> None:
        with getattr(here, first)():
            begun.set()
            go.wait(10)

    def enter() -> None:
        with getattr(there, second)() as session:
            session.editions.every()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        begun.wait(10)
        assert _waits(enter, go) == waits
        held.result(timeout=10)


def test_who_waits_for_too_long_is_told_so_and_changes_nothing(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresqls._SETTINGS, "lock_timeout", "200ms")
    here, there = (databases.open(tmp_path / "digest.db") for _ in range(2))
    with here.writing(), pytest.raises(StoreError, match="Another program has held the database"), there.writing():
        pytest.fail("nobody else was to get in")


def test_a_statement_and_a_pause_amid_a_transaction_end_in_time(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresqls._SETTINGS, "statement_timeout", "200ms")
    monkeypatch.setitem(postgresqls._SETTINGS, "idle_in_transaction_session_timeout", "200ms")
    store = databases.open(tmp_path / "digest.db")
    with pytest.raises(StoreError, match="took longer than ten minutes"), store.writing() as session:
        _statement(session, "SELECT pg_sleep(5)")

    def pause() -> None:
        with store.writing() as session:
            time.sleep(0.5)
            session.editions.every()

    with pytest.raises(StoreError, match="was stopped amid its work"):
        pause()
    with store.writing() as session:
        assert session.editions.every() == []


def test_a_reader_sees_one_moment_whatever_is_committed_meanwhile(ledger: Ledger, databases: Databases) -> None:
    other = databases.open(ledger.path)
    with ledger.store.reading() as session:
        before = session.people.page("insights", "", 9)
        with other.writing() as another:
            another.people.set_state("person0000", "insights", SubscriptionState.UNSUBSCRIBED)
        assert session.people.page("insights", "", 9) == before


def test_of_two_who_lock_each_other_out_one_is_undone_and_done_again(ledger: Ledger, databases: Databases) -> None:
    """Fault 30."""
    other = databases.open(ledger.path)
    both = threading.Barrier(2)
    tries: list[str] = []

    def lock(store: Database, first: str, second: str) -> None:
        def work() -> None:
            tries.append(first)
            with store.alongside() as session:
                _statement(session, f"UPDATE subscriber SET first_name = first_name || 'x' WHERE id = '{first}'")
                if len(tries) <= 2:
                    both.wait(10)
                _statement(session, f"UPDATE subscriber SET first_name = first_name || 'x' WHERE id = '{second}'")

        again(work)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(lock, ledger.store, "person0000", "person0001")
        two = pool.submit(lock, other, "person0001", "person0000")
        one.result(timeout=30)
        two.result(timeout=30)
    assert len(tries) == 3
    with ledger.store.reading() as session:
        names = [row.subscriber.first_name for row in session.people.page("insights", "", 9)]
    assert names == ["xx", "xx", ""]


def test_what_collides_for_ever_is_told_after_three_tries() -> None:
    tried = []

    def collide() -> None:
        tried.append(1)
        raise Collided("Somebody else changed the same at the same moment.")

    with pytest.raises(Collided):
        again(collide)
    assert len(tried) == 3


# ---------------------------------------------------------------------------------------------
# A line that is lost


def _end_all_lines(server: Server, store: Database) -> None:
    name = store._engine.url.database
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def test_a_line_that_is_lost_between_two_transactions_is_nobodys_trouble(ledger: Ledger, postgresql: Server) -> None:
    """Fault 29."""
    _end_all_lines(postgresql, ledger.store)
    assert len(ledger.claim(limit=1)) == 1
    _end_all_lines(postgresql, ledger.store)
    with ledger.store.reading() as session:
        assert len(session.people.page("insights", "", 9)) == 3


def test_a_line_that_is_lost_amid_a_transaction_leaves_nothing_of_it(ledger: Ledger, postgresql: Server) -> None:
    """Fault 29."""

    def lose_it() -> None:
        with ledger.store.writing() as session:
            session.people.set_state("person0000", "insights", SubscriptionState.UNSUBSCRIBED)
            _end_all_lines(postgresql, ledger.store)
            session.people.set_state("person0001", "insights", SubscriptionState.UNSUBSCRIBED)

    with pytest.raises(StoreError) as caught:
        lose_it()
    assert "The line to the database" in caught.value.what
    assert "whole or not at all" in caught.value.mend
    with ledger.store.reading() as session:
        states = {row.subscription.state for row in session.people.page("insights", "", 9)}
    assert states == {SubscriptionState.ACTIVE}


# ---------------------------------------------------------------------------------------------
# What is seen soon


def _seen_after(watch: Watch) -> float:
    began = time.monotonic()
    while not watch.changed():
        assert time.monotonic() - began < 5, "nobody saw it"
        time.sleep(0.005)
    return time.monotonic() - began


def test_who_leaves_by_another_machine_is_known_within_a_second(ledger: Ledger, databases: Databases) -> None:
    other = databases.open(ledger.path)
    watch = ledger.store.watch()
    assert watch.changed()
    time.sleep(0.3)
    assert not watch.changed(), "a look in a thread is none of a change"
    with other.writing() as session:
        session.people.set_state("person0000", "insights", SubscriptionState.UNSUBSCRIBED)
    assert _seen_after(watch) < 1.0
    watch.close()


def test_what_this_process_commits_is_seen_by_the_next_message(ledger: Ledger) -> None:
    watch = ledger.store.watch()
    assert watch.changed()
    assert not watch.changed()
    with ledger.store.writing() as session:
        session.people.suppress("key of person0001", "complaint", NOW)
    assert watch.changed()
    assert not watch.changed()
    watch.close()


def test_a_question_before_each_message_costs_hardly_anything(ledger: Ledger) -> None:
    statements: list[str] = []
    watch = ledger.store.watch()
    watch.changed()
    sa.event.listen(ledger.store._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    for _ in range(20_000):
        watch.changed()
    assert len(statements) < 20
    watch.close()


def test_who_cannot_look_any_more_says_that_it_changed(databases: Databases, tmp_path: Path) -> None:
    store = databases.open(tmp_path / "digest.db")
    watch = store.watch()
    assert watch.changed()
    assert not watch.changed()
    name = store._engine.url.database
    databases.server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    _end_all_lines(databases.server, store)
    assert _seen_after(watch) < 1.0
    assert watch.changed()
    databases.server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    watch.close()


def test_the_bell_is_heard_from_another_machine(ledger: Ledger, databases: Databases) -> None:
    other = databases.open(ledger.path)
    bell = ledger.store.bell()
    bell.changed()
    assert not bell.changed()
    with other.writing() as session:
        session.following.ring()
    assert bell.changed()
    bell.close()


# ---------------------------------------------------------------------------------------------
# What is kept


def test_no_text_holds_nul_however_it_comes(databases: Databases, tmp_path: Path) -> None:
    store = databases.open(tmp_path / "digest.db")
    person = Subscriber(
        id="one", address="a\0da@example.org", first_name="A\0\0da", tags=("he\0ad", "\\\0"), fields={"k": "\\u0000\0v"}
    )
    with store.writing() as session:
        session.people.save("ada@example.org", person, "key", [subscription()])
    with store.reading() as session:
        [found] = session.people.page("insights", "", 9)
    assert (found.subscriber.address, found.subscriber.first_name) == ("ada@example.org", "Ada")
    assert found.subscriber.tags == ("head", "\\")
    assert found.subscriber.fields == {"k": "\\u0000v"}


def test_after_an_erasure_the_server_lets_go_of_what_it_kept(ledger: Ledger, postgresql: Server) -> None:
    name = str(ledger.store._engine.url.database)
    ledger.store.scrub()
    asked = "SELECT relname FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL"
    assert {row[0] for row in postgresql.run(asked, name)} >= set(PERSONAL)


def test_what_cannot_be_let_go_of_is_said(
    ledger: Ledger, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresqls._SETTINGS, "lock_timeout", "200ms")
    impatient = databases.open(ledger.path)
    with ledger.store.writing() as session:
        _statement(session, "LOCK TABLE subscriber")
        with pytest.raises(StoreError, match="Another program has held"):
            impatient.scrub()


def test_what_others_do_in_the_same_transaction_is_committed_or_undone_with_it(ledger: Ledger) -> None:

    def fail() -> None:
        with ledger.store.writing() as session:
            _statement(session, f"UPDATE edition SET note = 'here' WHERE id = '{EDITION}'")
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        fail()
    with ledger.store.writing() as session:
        found = session.editions.get(EDITION)
        assert found is not None
        assert found.note == ""
        _statement(session, f"UPDATE edition SET note = 'here' WHERE id = '{EDITION}'")
    with ledger.store.reading() as session:
        found = session.editions.get(EDITION)
        assert found is not None
        assert found.note == "here"
