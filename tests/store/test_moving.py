"""A workspace's data go over to PostgreSQL whole or not at all, and the file that stays mails nobody."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from digest.domain.errors import DigestError, Refused, StoreError
from digest.domain.model import DeliveryState, Matter
from digest.jobs import audit
from digest.store import moving, seal
from digest.store import tables as t
from digest.store.database import Database
from digest.store.moving.compared import compare
from digest.store.moving.rows import Form
from tests.conftest import migrated
from tests.postgresql import GUARDED, Server
from tests.store.conftest import NOW, Ledger

_AT = "2026-11-24 08:00:00.000000"
#: of a person, but for what a test gives
_PERSON = {
    "id": "p", "comparable": "", "address": "", "first_name": "", "last_name": "", "tags": "[]", "fields": "{}",
    "suppression_key": "", "traits": "",
}  # fmt: skip
#: moves a file in a process of its own, and tells each step
_ALONE = """
import sys
from pathlib import Path
from digest.store import moving
path, address = sys.argv[1:]
moving.move(Path(path), Path(path).with_name("mark"), address, "", lambda done, of: print(done, of, flush=True))
"""


def _move(path: Path, address: str, password: str = "") -> moving.Moved:
    return moving.move(path, path.with_name("mark"), address, password, lambda done, of: None)


def _put(path: Path, table: str, *rows: dict[str, Any]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in rows:
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", [*row.values()])


def _all(store: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, as the program reads it."""
    with store._engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for name, table in t.metadata.tables.items()
        }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return migrated(tmp_path / "digest.db")


class Target(NamedTuple):
    """An empty database."""

    name: str
    address: str


@pytest.fixture
def target(postgresql: Server) -> Iterator[Target]:
    name = postgresql.made()
    yield Target(name, postgresql.address(name))
    postgresql.give_back(name)


def test_everything_is_there_afterwards_and_counted_once(ledger: Ledger, target: Target) -> None:
    for state in (DeliveryState.SENT, DeliveryState.FAILED):
        ledger.settle(ledger.claim(limit=1)[0], state)
    before = _all(ledger.store)
    ledger.store.close()
    moved = _move(ledger.path, target.address)
    assert {one.name: one.rows for one in moved.tables} == {name: len(rows) for name, rows in before.items()}
    store = Database.at(target.address)
    after = _all(store)
    assert after == before
    # what is settled there counts there, by triggers that were away while rows were copied
    there = Ledger.__new__(Ledger)
    there.store, there._numbers, there._known = store, ledger._numbers, {"me"}
    there.settle(there.claim(limit=1)[0], DeliveryState.SENT)
    with store._engine.connect() as connection:
        people = dict(
            connection.execute(
                sa.select(t.outcome.c.outcome, sa.func.sum(t.outcome.c.people)).group_by(t.outcome.c.outcome)
            ).all()
        )
    assert people == {"sent": 2, "failed": 1, "waiting": 0}
    store.close()


def test_it_is_told_how_far_it_is_up_to_the_last_row(ledger: Ledger, target: Target) -> None:
    ledger.store.close()
    told: list[tuple[int, int]] = []
    moved = moving.move(
        ledger.path, ledger.path.with_name("mark"), target.address, "", lambda done, of: told.append((done, of))
    )
    assert told[-1] == (2 * sum(one.rows for one in moved.tables),) * 2


def test_numbers_go_on_where_they_ended_and_the_schema_is_whole_again(
    path: Path, target: Target, postgresql: Server
) -> None:
    _put(path, "audit", *(
        {"id": number, "at": _AT, "who": "Robin", "matter": "staff", "what": "x", "about": "", "remote": ""}
        for number in (3, 40)
    ))  # fmt: skip
    _move(path, target.address)
    store = Database.at(target.address)
    with store.writing() as session:
        session.audit.note(audit.noted(NOW, "Robin", Matter.STAFF, "y"))
    store.close()
    assert postgresql.run("SELECT id FROM audit ORDER BY id", target.name) == [(3,), (40,), (41,)]
    asked = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    )
    for one in asked:
        assert sorted(postgresql.run(one, target.name)) == sorted(postgresql.run(one, "digest_template"))


#: what people and sites write, and what nobody should
_ODD = st.text(st.characters(codec="utf8"), max_size=40) | st.sampled_from(
    [
        "",
        "🦆🇬🇧",
        "e\u0301",
        "\ufffe\uffff",
        "\\N",
        "\\.",
        "a\tb\nc\rd\\x41",
        "\0",
        "a\0b",
        "'\"",
        "\u202eabc",
        "ﷺ" * 500,
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    # also halves of a pair, which JSON can write and UTF-8 cannot
    | st.text(max_size=20) | st.sampled_from(["\ud83d", "\udc00x", "\0", "\\u0000", "x" * 200_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_ODD, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_TIMES = st.datetimes() | st.sampled_from([datetime.min, datetime.max, datetime(1582, 10, 10), datetime(1969, 12, 31)])
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "texts": st.tuples(*[_ODD] * 6),
            "json": st.lists(_JSON, max_size=3),
            "time": _TIMES,
            "bytes": st.binary(max_size=50),
        }
    ),
    max_size=30,
)


@pytest.mark.usefixtures("path")
@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=_ROWS)
def test_what_people_write_and_what_nobody_should_means_the_same_there(
    rows: list[dict[str, Any]], tmp_path: Path, postgresql: Server
) -> None:
    # _move seals it, so each example has a file of its own
    path = tmp_path / "odd.db"
    for old in tmp_path.glob("odd.db*"):
        old.unlink()
    shutil.copy(tmp_path / "digest.db", path)
    (tmp_path / "moved").unlink(missing_ok=True)
    nuls = 0
    for number, row in enumerate(rows):
        first, last, title, link, by, seen = row["texts"]
        written, at = json.dumps(row["json"]), row["time"].strftime("%H:%M:%S.%f")
        at = f"{row['time']:%Y-%m-%d}".rjust(10, "0") + " " + at
        _put(path, "subscriber", _PERSON | {
            "id": f"p{number}", "comparable": f"{number}", "first_name": first, "last_name": last, "fields": written,
        })  # fmt: skip
        _put(path, "insight", {
            "id": f"i{number}", "source": "s", "title": title, "summary": seen, "link": link, "published": at,
            "date_from": "", "first_seen": at, "canonical": "", "author": by, "image": "", "categories": written,
        })  # fmt: skip
        _put(path, "vector", {"encoder": "e", "text": f"{number}", "used": at, "numbers": row["bytes"]})
        nuls += sum("\0" in text for text in row["texts"]) + 2 * ("\0" in _all_text(row["json"]))
    name = postgresql.made()
    moved = _move(path, postgresql.address(name))
    assert sum(one.cleaned for one in moved.tables) == nuls
    found = postgresql.run("SELECT id, first_name, last_folded, fields::text FROM subscriber ORDER BY id", name)
    with closing(sqlite3.connect(path)) as connection:
        wanted = connection.execute("SELECT id, first_name, last_folded, fields FROM subscriber ORDER BY id").fetchall()
    for (_, name_there, folded_there, fields_there), (_, name_here, folded_here, fields_here) in zip(
        found, wanted, strict=True
    ):
        assert name_there == name_here.replace("\0", "")
        assert "\0" in str(folded_here) or folded_there == folded_here
        assert "\\u0000" in fields_here or json.loads(str(fields_there)) == json.loads(fields_here)
    postgresql.give_back(name)


def _all_text(value: object) -> str:
    """Return all texts of a value, names of fields among them."""
    if isinstance(value, dict):
        return "".join(f"{key}{_all_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "".join(map(_all_text, value))
    return value if isinstance(value, str) else ""


def test_the_file_that_stays_is_as_it_was_and_whatever_would_write_into_it_is_refused(
    path: Path, target: Target
) -> None:
    asleep = Database.open(path)
    before = _all(asleep)
    asleep.close()
    _move(path, target.address)
    with pytest.raises(StoreError, match="were moved to postgresql") as told:
        Database.open(path)
    assert f'database = "{target.address}"' in told.value.mend
    # a program that had it open before, and one that knows nothing of this
    with pytest.raises(StoreError, match="were moved"), asleep.writing() as session:
        session.audit.note(audit.noted(NOW, "Robin", Matter.STAFF, "y"))
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE bell SET number = 7", "DELETE FROM change", "INSERT INTO change VALUES (2)"):
            with pytest.raises(sqlite3.IntegrityError, match="moved to postgresql"):
                connection.execute(statement)
    assert _all(asleep) == before
    asleep.close()


def test_a_backup_in_the_place_of_the_file_is_refused_until_somebody_says_that_it_counts(
    path: Path, target: Target
) -> None:
    mark = path.with_name("mark")
    Database.open(path, mark).close()
    backup = path.read_bytes()
    _move(path, target.address)
    path.write_bytes(backup)
    with pytest.raises(StoreError, match="were moved") as told:
        Database.open(path, mark)
    note = path.with_name("moved")
    assert str(note) in told.value.mend
    note.unlink()
    Database.open(path, mark).close()


def test_it_is_refused_while_another_program_has_the_file_open_be_it_to_wait(path: Path, target: Target) -> None:
    other = Database.open(path)
    with pytest.raises(Refused, match="Another program has the data of this workspace open"):
        _move(path, target.address)
    other.close()
    assert _move(path, target.address).tables


def test_while_it_is_moved_no_other_program_opens_the_file(path: Path) -> None:
    other = sqlite3.connect(path, timeout=0)
    with seal.alone(path), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("SELECT * FROM bell")
    other.close()


def test_a_database_of_which_nobody_has_made_a_schema_gets_it(path: Path, postgresql: Server) -> None:
    name = postgresql.empty()
    assert _move(path, postgresql.address(name)).tables
    Database.at(postgresql.address(name)).close()


def test_a_database_that_holds_anything_is_refused_and_left_as_it_is(path: Path, postgresql: Server) -> None:
    used, strange = postgresql.made(), postgresql.empty()
    postgresql.run("INSERT INTO clock VALUES ('insights', now())", used)
    postgresql.run("CREATE TABLE accounts (n int)", strange)
    for name, table in ((used, "clock"), (strange, "accounts")):
        with pytest.raises(Refused, match=f"in use already: it holds “{table}”"):
            _move(path, postgresql.address(name))
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert postgresql.run(tables, strange) == [("accounts",)]
    assert len(postgresql.run("SELECT * FROM clock", used)) == 1
    postgresql.give_back(used)
    Database.open(path).close()


def test_a_wrong_password_no_such_database_and_a_newer_one_are_refused(path: Path, postgresql: Server) -> None:
    name = postgresql.empty()
    newer = postgresql.made()
    postgresql.run("UPDATE alembic_version SET version_num = '9999'", newer)
    refusals: list[tuple[str, str, str]] = [
        (postgresql.address(name, user=GUARDED), "wrong", "did not take the password"),
        (postgresql.address("nowhere"), "", "has no such database"),
        (postgresql.address(newer), "", "newer version of this program"),
    ]
    for address, password, words in refusals:
        with pytest.raises(StoreError, match=words):
            _move(path, address, password)
    Database.open(path).close()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"at": _AT, "who": "R", "matter": "staff", "what": "x", "about": "", "remote": "", "times": 2**40},
         "cannot keep “times” of row 1 of “audit”"),
        ({"at": "some day", "who": "R", "matter": "staff", "what": "x", "about": "", "remote": ""},
         "cannot keep “at” of row 1 of “audit”"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_kept_is_named_and_nothing_is_moved(
    row: dict[str, Any], words: str, path: Path, target: Target, postgresql: Server
) -> None:
    _put(path, "audit", row)
    with pytest.raises(StoreError, match=words) as told:
        _move(path, target.address)
    assert "Nothing was moved" in told.value.what
    assert postgresql.run("SELECT count(*) FROM audit", target.name) == [(0,)]
    Database.open(path).close()


def test_text_that_is_none_is_told_as_a_damaged_file(path: Path, target: Target) -> None:
    _put(path, "subscriber", _PERSON)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE subscriber SET first_name = CAST(x'ff41' AS TEXT)")
    with pytest.raises(StoreError, match="“subscriber” cannot be read whole"):
        _move(path, target.address)


def test_who_is_referred_to_and_is_not_there_is_told(path: Path, target: Target) -> None:
    _put(path, "recovery_code", {"key": "k", "staff": "nobody"})
    with pytest.raises(StoreError, match="recovery_code"):
        _move(path, target.address)


@pytest.mark.parametrize("change", ["another", "missing", "more"])
def test_the_first_row_that_differs_is_named(change: str) -> None:
    form = Form.whole(t.bell)
    here = [(number,) for number in range(2_500)]
    there = {"another": [*here[:1_700], (9,), *here[1_701:]], "missing": here[:1_700], "more": [*here, (1,)]}[change]
    row = "2,501" if change == "more" else "1,701"
    with pytest.raises(StoreError, match=f"Row {row} of “bell”"):
        compare(form, iter(here), iter(there))


def test_killed_half_way_leaves_nothing_and_run_again_it_is_whole(
    path: Path, target: Target, postgresql: Server
) -> None:
    _put(path, "subscriber", *(_PERSON | {"id": f"{n:06}", "comparable": f"{n}"} for n in range(6_000)))
    command = [sys.executable, "-c", _ALONE, str(path), target.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while int(process.stdout.readline().split()[0]) < 5_000:
            pass
        process.send_signal(signal.SIGKILL)
    Database.open(path).close()
    moved = _move(path, target.address)
    assert {one.name: one.rows for one in moved.tables}["subscriber"] == 6_000
    assert postgresql.run("SELECT count(*) FROM subscriber", target.name) == [(6_000,)]


def test_killed_at_the_very_end_neither_is_used_and_run_again_it_is_whole(
    path: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(path, "subscriber", _PERSON)
    real = seal.set_on

    def sealed_and_no_further(*words: Any) -> None:
        real(*words)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(seal, "set_on", sealed_and_no_further)
        with pytest.raises(KeyboardInterrupt):
            _move(path, target.address)
    with pytest.raises(StoreError, match="were moved"):
        Database.open(path)
    assert _move(path, target.address).tables
    # and once more, where only what comes after the commit is missing
    assert _move(path, target.address).tables == ()


def test_a_file_that_was_moved_is_moved_to_no_second_place(path: Path, target: Target, postgresql: Server) -> None:
    _move(path, target.address)
    with pytest.raises(DigestError, match="were moved"):
        _move(path, postgresql.address(postgresql.empty()))
