"""The file itself: damaged, held by somebody else, written by two at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.model import DeliveryState, EditionState, SubscriptionState
from digest.store import sqlite
from digest.store import tables as t
from digest.store.database import Database
from tests.conftest import migrated
from tests.store.conftest import EDITION, NOW, Ledger, edition, subscription


def _whole(path: Path) -> bytes:
    """Make a database whose every page is in the file itself."""
    made = Ledger(path, people=200)
    made.store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("left", [b"", None], ids=["cut to nothing", "removed"])
def test_a_database_that_was_here_and_is_lost_is_not_made_anew(tmp_path: Path, left: bytes | None) -> None:
    path, mark = tmp_path / "digest.db", tmp_path / ".digest" / "database"
    Database.open(path, mark).close()
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    with pytest.raises(StoreError, match="is damaged"):
        Database.open(path, mark)
    assert (path.read_bytes() if path.exists() else None) == left


def _garbage(content: bytes) -> bytes:
    return b"this is no database at all, it is a letter to Noreen. " * 200


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _a_few_pages(content: bytes) -> bytes:
    return content[: 3 * 4096]


def _scribbled(content: bytes) -> bytes:
    return content[:4096] + b"\xa5" * (len(content) - 4096)


def _read_all(path: Path) -> None:
    # what opening does not see, reading does
    with Database.open(path).reading() as session:
        session.people.page("insights", "", 1000)
        session.editions.every()


@pytest.mark.parametrize("damage", [_garbage, _half, _a_few_pages, _scribbled])
def test_a_damaged_file_is_refused_and_not_replaced(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "digest.db"
    broken = damage(_whole(path))  # type: ignore[operator]
    path.write_bytes(broken)
    with pytest.raises(StoreError, match="is damaged"):
        _read_all(path)
    assert path.read_bytes() == broken


def test_a_held_database_is_waited_for(ledger: Ledger) -> None:
    holder = sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    waiting = threading.Event()

    def claim() -> int:
        waiting.set()
        return len(ledger.claim())

    with ThreadPoolExecutor(1) as pool:
        claimed = pool.submit(claim)
        waiting.wait(5)
        with pytest.raises(TimeoutError):
            claimed.result(timeout=0.3)
        holder.execute("COMMIT")
        assert claimed.result(timeout=5) == 3
    holder.close()


def test_a_new_database_that_another_program_is_making_is_waited_for(tmp_path: Path) -> None:
    # SQLite itself does not wait here: the switch to write-ahead mode fails at once
    path = tmp_path / "digest.db"
    maker = sqlite3.connect(path, isolation_level=None)
    maker.execute("CREATE TABLE being_made (x)")
    maker.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(Database.open, path)
        with pytest.raises(TimeoutError):
            opened.result(timeout=0.3)
        maker.execute("ROLLBACK")
        opened.result(timeout=10).close()
    maker.close()


def test_a_database_held_for_too_long_says_so_and_changes_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    impatient = Database.open(ledger.path)
    holder = sqlite3.connect(ledger.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StoreError, match="Another program has held the database"), impatient.writing() as session:
        session.editions.set_planned(EDITION, NOW)
    assert time.monotonic() - began >= 0.2
    # a reader is not held up
    with impatient.reading() as session:
        assert session.deliveries.open(EDITION)[0] == 3
    holder.execute("ROLLBACK")
    holder.close()
    impatient.close()


def test_an_exception_takes_back_the_whole_transaction(ledger: Ledger) -> None:
    def failing() -> None:
        with ledger.store.writing() as session:
            session.editions.set_planned(EDITION, NOW)
            session.people.suppress("key", "never", NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert ledger.states() == ["pending"] * 3
    assert len(ledger.claim()) == 3, "and the lock is free"


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    with ledger.store.reading() as session:
        before = session.deliveries.open(EDITION)
        ledger.claim()
        with ledger.store.writing() as writer:
            writer.editions.set_planned(EDITION, NOW)
        assert session.deliveries.open(EDITION) == before


def test_every_commit_is_on_the_disk_and_foreign_keys_are_on(ledger: Ledger) -> None:
    with ledger.store._engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


@pytest.mark.parametrize("round_", range(5))
def test_of_two_that_add_a_slots_edition_one_wins(ledger: Ledger, round_: int) -> None:
    slot = NOW + timedelta(weeks=round_ + 1)
    together = threading.Barrier(2)

    def add(name: str) -> bool:
        together.wait(5)
        with ledger.store.writing() as session:
            return session.editions.add(edition(name, EditionState.DRAFT, slot), (), ())

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(add, ["by-one", "by-the-other"]))
    assert sorted(won) == [False, True]
    with ledger.store.reading() as session:
        kept = session.editions.at_slot("insights", slot)
        assert kept is not None
        assert [event.what for event in session.editions.history(kept.id)] == ["draft"]
        assert session.editions.get("by-one" if kept.id == "by-the-other" else "by-the-other") is None


def test_of_two_that_move_an_edition_one_does(ledger: Ledger) -> None:
    together = threading.Barrier(2)

    def pause(who: str) -> bool:
        from digest.domain.ports import Event

        together.wait(5)
        with ledger.store.writing() as session:
            return session.editions.move(edition(), EditionState.PAUSED, Event(at=NOW, who=who, what="paused"))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(pause, ["Ada", "Bo"])) == [False, True]
    with ledger.store.reading() as session:
        assert [event.what for event in session.editions.history(EDITION)].count("paused") == 1


# ---------------------------------------------------------------------------------------------
# What must never be false is a constraint


def _refused(ledger: Ledger, statement: sa.Executable, constraint: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=constraint), ledger.store._engine.begin() as connection:
        connection.execute(statement)


@pytest.mark.parametrize("lost", [{"consent_source": ""}, {"consent_at": None}])
def test_nobody_is_active_without_a_consent_record(ledger: Ledger, lost: dict[str, object]) -> None:
    _refused(ledger, sa.update(t.subscription).values(**lost), "ck_subscription_consent")
    with ledger.store.reading() as session:
        known = session.people.page("insights", "", 1)[0].subscriber
    with pytest.raises(sa.exc.IntegrityError), ledger.store.writing() as session:
        session.people.save(known.address, known, "key", [subscription(**lost)])


def test_who_waits_for_consent_needs_none(ledger: Ledger) -> None:
    with ledger.store.writing() as session:
        known = session.people.page("insights", "", 1)[0].subscriber
        waiting = subscription(state=SubscriptionState.PENDING, consent_source="", consent_at=None)
        session.people.save(known.address, known, "key", [waiting])


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"worker": "me"}, "ck_delivery_free"),
        ({"state": "claimed"}, "ck_delivery_claim"),
        ({"state": "claimed", "worker": "me"}, "ck_delivery_claim"),
        ({"state": "claimed", "claim": 1}, "ck_delivery_claim"),
        ({"state": "claimed", "worker": "nobody", "claim": 1}, "FOREIGN KEY"),
        ({"variant": ""}, "ck_delivery_variant"),
        ({"state": "sent", "variant": ""}, "ck_delivery_variant"),
        ({"state": "mailed"}, "ck_delivery_state"),
        ({"subscriber": "nobody"}, "FOREIGN KEY"),
        ({"edition": "none"}, "FOREIGN KEY"),
        ({"subscriber": "person0001"}, "UNIQUE"),
    ],
)
def test_a_row_that_breaks_the_ledgers_rules_cannot_be_stored(
    ledger: Ledger, values: dict[str, object], constraint: str
) -> None:
    _refused(ledger, sa.update(t.delivery).where(t.delivery.c.subscriber == "person0000").values(**values), constraint)


def test_states_that_do_not_exist_cannot_be_stored(ledger: Ledger) -> None:
    _refused(ledger, sa.update(t.edition).values(state="posted"), "ck_edition_state")
    _refused(ledger, sa.update(t.subscription).values(state="gone"), "ck_subscription_state")


def test_one_spelling_of_an_address_is_one_subscriber(ledger: Ledger) -> None:
    _refused(ledger, sa.update(t.subscriber).values(comparable="same@example.org"), "UNIQUE")


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"), ledger.store.writing() as session:
        session.people.suppress("key", "left", datetime(2026, 11, 24))


def test_every_state_of_the_model_can_be_stored(ledger: Ledger) -> None:
    with ledger.store._engine.begin() as connection:
        connection.execute(sa.insert(t.worker).values(id="me", host="h", boot="b", pid=1, lease=NOW, written=0))
        for state in DeliveryState:
            held = {} if state == DeliveryState.PENDING else {"worker": "me", "claim": 1}
            connection.execute(sa.update(t.delivery).values(state=state, **held))
            connection.execute(sa.update(t.delivery).values(state="skipped", worker=None, claim=None))
        for state in EditionState:
            connection.execute(sa.update(t.edition).values(state=state))
        for state in SubscriptionState:
            connection.execute(sa.update(t.subscription).values(state=state))


def test_who_writes_all_the_time_lets_other_threads_have_their_turn(tmp_path: Path) -> None:
    """As planning a million people does beside sending; without turns this one waits for several seconds."""
    store = Database.open(migrated(tmp_path / "digest.db"))
    ended = threading.Event()
    commits = 0

    def write() -> None:
        nonlocal commits
        while not ended.is_set():
            with store.writing():
                time.sleep(0.02)
            commits += 1

    busy = threading.Thread(target=write)
    busy.start()
    waited = []
    for _ in range(10):
        before = commits
        with store.writing():
            waited.append(commits - before)
        time.sleep(0.03)
    ended.set()
    busy.join()
    assert max(waited) <= 2, "whoever came after it does not overtake it"
    store.close()


def test_a_writer_that_fails_gives_its_turn_on(tmp_path: Path) -> None:
    store = Database.open(migrated(tmp_path / "digest.db"))
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError
    with store.writing() as session:
        session.editions.keep_revision("r", datetime(2026, 1, 1, tzinfo=UTC), {})
    store.close()
