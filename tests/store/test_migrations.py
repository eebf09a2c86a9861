"""The migrations make exactly the schema, whole or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import digest.store
from digest.domain.errors import StoreError
from digest.store.database import Database
from digest.store.migrating import HEAD
from digest.store.tables import metadata

_MIGRATIONS = Path(digest.store.__file__).parent / "migrations"


def _scripts() -> ScriptDirectory:
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    return ScriptDirectory.from_config(settings)


def test_a_migrated_database_has_the_schema_of_the_tables(tmp_path: Path) -> None:
    store = Database.open(tmp_path / "digest.db")
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def _constraints(engine: sa.Engine) -> dict[str, object]:
    look = sa.inspect(engine)
    return {
        name: (
            sorted((one["name"], one["sqltext"]) for one in look.get_check_constraints(name)),
            sorted((one["name"], tuple(one["column_names"])) for one in look.get_unique_constraints(name)),
            sorted((one["name"], tuple(one["column_names"]), one["unique"]) for one in look.get_indexes(name)),
            sorted((tuple(one["constrained_columns"]), one["referred_table"]) for one in look.get_foreign_keys(name)),
            look.get_pk_constraint(name),
            [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in look.get_columns(name)],
        )
        for name in metadata.tables
    }


def test_every_constraint_of_the_tables_is_in_a_migrated_database(tmp_path: Path) -> None:
    # compare_metadata passes over check constraints, and they are the promises
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    migrated = Database.open(tmp_path / "digest.db")
    assert _constraints(migrated._engine) == _constraints(made)


def _without_rowid(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        return {row.name for row in rows if "WITHOUT ROWID" in row.sql}


def test_a_migrated_database_has_its_rows_in_the_same_order(tmp_path: Path) -> None:
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    migrated = Database.open(tmp_path / "digest.db")
    lie_by_key = {"subscriber", "subscription", "delivery", "outcome"}
    assert _without_rowid(migrated._engine) == _without_rowid(made) == lie_by_key


def _triggers(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {row.name: row.sql for row in rows}


def test_a_migrated_database_has_the_triggers_of_the_tables(tmp_path: Path) -> None:
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    migrated = Database.open(tmp_path / "digest.db")
    assert _triggers(migrated._engine) == _triggers(made)
    assert len(_triggers(made)) == 10
    for engine in (made, migrated._engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT number FROM change").all() == [(0,)]
            assert connection.exec_driver_sql("SELECT number FROM bell").all() == [(0,)]


def test_the_head_is_the_newest_migration() -> None:
    assert _scripts().get_heads() == [HEAD]


def test_every_migration_can_be_reached_from_an_empty_database() -> None:
    assert [one.revision for one in _scripts().walk_revisions()][-1] == "0001"


def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    Database.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = _content(path)
    with pytest.raises(StoreError, match="newer version of this program"):
        Database.open(path)
    assert _content(path) == before


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    Database.open(path).close()
    before = _content(path)
    Database.open(path).close()
    assert _content(path) == before


def test_a_migration_that_fails_half_way_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    path = tmp_path / "digest.db"
    real, calls = Operations.create_table, 0

    def fail_at_the_fifth(self: Operations, *arguments: object, **words: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise RuntimeError("the machine is switched off")
        return real(self, *arguments, **words)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_table", fail_at_the_fifth)
        with pytest.raises(RuntimeError):
            Database.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    Database.open(path).close()


def test_webhooks_of_before_belong_to_who_made_them_and_to_nobody_who_took_that_name_later(tmp_path: Path) -> None:
    engine, settings = sa.create_engine(f"sqlite:///{tmp_path / 'digest.db'}"), Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0020")
        for name, joined in (("Hannah", "2026-01-01"), ("Priya", "2026-09-01")):
            connection.exec_driver_sql(
                "INSERT INTO staff (id, name, address, folded, phrase, created_at) VALUES (?, ?, ?, ?, 'x', ?)",
                (name[0], name, name, name, f"{joined} 00:00:00.000000"),
            )
        for name in ("Hannah", "Marcus", "Priya"):
            connection.exec_driver_sql(
                "INSERT INTO webhook (id, address, events, with_addresses, who, made_at, generation) "
                "VALUES (?, 'https://crm.example.org', '[]', 0, ?, '2026-05-01 00:00:00.000000', 1)",
                (name, name),
            )
        connection.commit()
        command.upgrade(settings, "0023")
        rows = connection.exec_driver_sql("SELECT who, staff FROM webhook ORDER BY who").all()
    assert [tuple(row) for row in rows] == [("Hannah", "H"), ("Marcus", None), ("Priya", None)]


_OPENER = """
import sys
from pathlib import Path
from digest.store.database import Database
print("ready", flush=True)
sys.stdin.readline()
with Database.open(Path(sys.argv[1])).reading() as session:
    print(len(session.editions.every()))
"""


def test_many_programs_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPENER, str(tmp_path / "digest.db")]
    programs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    said = [program.communicate(timeout=60) for program in programs]
    assert [(out, program.returncode) for (out, _), program in zip(said, programs, strict=True)] == [("0\n", 0)] * 5, (
        said
    )


def _content(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        lines = list(connection.iterdump())
    connection.close()
    return lines


def test_who_was_there_before_the_list_grew_has_the_traits_that_rules_compare(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    here = sa.create_engine(f"sqlite:///{path}")
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with here.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0007")
    with here.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscriber VALUES ('one', 'ada@example.org', 'Ada@example.org', 'Ada', 'Bell', "
            """'["Head", "GOVERNOR"]', '{"Region": "Straße", "cadence": "never", "role": ""}', 'key')"""
        )
        connection.exec_driver_sql(
            "INSERT INTO subscription VALUES ('one', 'insights', 'active', '[\"Early-Years\"]', 'monthly', "
            "'Website form', '2026-03-19 00:00:00.000000', NULL)"
        )
    here.dispose()
    store = Database.open(path)
    with store.reading() as session:
        [found] = session.people.page("insights", "", 10)
    assert found.subscription.joined_at == found.subscription.consent_at
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT traits FROM subscriber").scalar() == found.subscriber.traits
        assert connection.exec_driver_sql("SELECT traits FROM subscription").scalar() == found.subscription.traits
    assert "\x1eregion\x1fstrasse\x1e" in found.subscriber.traits
    assert "never" not in found.subscriber.traits


def test_what_was_sent_before_it_was_followed_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    here = sa.create_engine(f"sqlite:///{path}")
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with here.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0013")
    columns = "edition, subscriber, segment, variant, wave, state, reason, attempts, next_at, settled_at, reply"
    rows = (
        "('e', 'a', 's', 'v', 2, 'sent', '', 1, '2026-11-24', '2026-11-24 08:00:07.000000', '250 2.0.0 ok')",
        "('e', 'b', 's', 'v', 2, 'failed', 'refused', 1, '2026-11-24', NULL, '550 5.1.1 <b@example.org>: nobody')",
        "('e', 'c', 's', 'v', 1, 'pending', 'refused for now', 1, '2026-11-24', NULL, '451 4.7.1<c@example.org>')",
        "('e', 'd', 's', '', 2, 'skipped', 'paused until 1 December', 0, '2026-11-24', NULL, '')",
    )
    with here.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO delivery ({columns}) VALUES {row}")
    here.dispose()
    store = Database.open(path)
    with store.reading() as session:
        found = {(one.wave, one.counts_as, one.why, one.people) for one in session.following.countings("e")}
    assert found == {
        (2, "sent", "", 1),
        (2, "failed", "550 5.1.1", 1),
        (1, "put_off", "451", 1),
        (2, "skipped", "paused until 1 December", 1),
    }


def test_people_are_made_anew_without_what_refers_to_them(tmp_path: Path) -> None:
    """One spelling becomes an index (0012): nobody's subscription goes, and the references hold again afterwards."""
    path = tmp_path / "digest.db"
    here = sa.create_engine(f"sqlite:///{path}")
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with here.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0011")
    with here.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscriber VALUES ('one', 'ada@example.org', '', '', 'Bell', '[]', '{}', 'k', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source) "
            "VALUES ('one', 'insights', 'pending', '[]', 'weekly', '')"
        )
    here.dispose()
    store = Database.open(path)
    with store.reading() as session:
        assert [one.subscriber.last_name for one in session.people.page("insights", "", 10)] == ["Bell"]
    with store._engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with pytest.raises(sa.exc.IntegrityError), store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM subscriber")
    with pytest.raises(sa.exc.IntegrityError), store._engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscriber SELECT 'two', comparable, '', '', '', '', '', '', '' FROM subscriber"
        )


def test_whoever_had_an_account_before_there_were_roles_may_still_do_everything(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    here = sa.create_engine(f"sqlite:///{path}")
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with here.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0017")
    with here.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO staff VALUES ('a', 'Ada', 'ada@example.org', 'ada@example.org', 'x', '2026-11-23')"
        )
        connection.exec_driver_sql(
            "INSERT INTO sitting VALUES ('k', 'a', '2026-11-23', '2026-11-24', '2026-12-01', 'secret')"
        )
        connection.exec_driver_sql("INSERT INTO one_time_link VALUES ('l', 'phrase', 'a', '2026-11-25', NULL)")
    here.dispose()
    store = Database.open(path)
    with store.reading() as session:
        [ada] = session.access.everybody()
        assert (ada.role, ada.has_second_factor, str(ada.seen_at)) == ("admin", False, "2026-11-24 00:00:00+00:00")
        found = session.access.sitting("k")
        assert found is not None
        assert found[1] == ada
        link = session.access.link("l")
        assert link is not None
        assert (link.opens, link.staff) == ("phrase", "a")
    with pytest.raises(sa.exc.IntegrityError), store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE staff SET role = 'owner'")


def test_approvals_from_before_say_how_they_ended_or_which_files_they_signed(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    here = sa.create_engine(f"sqlite:///{path}")
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    with here.connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0013")
    day = "2026-11-23 {}:00:00.000000"
    with here.begin() as connection:
        connection.exec_driver_sql("INSERT INTO revision VALUES ('r', '2026-11-23', '{}')")
        for edition, state, by in (("a", "approved", "Ada"), ("b", "draft", "")):
            connection.exec_driver_sql(
                "INSERT INTO edition (id, newsletter, slot, number, state, revision, drafted_at, approved_by)"
                " VALUES (?, ?, '2026-11-24', 1, ?, 'r', '2026-11-23', ?)",
                (edition, edition, state, by),
            )
        for number, edition in enumerate("aab"):
            connection.exec_driver_sql(
                "INSERT INTO approval (edition, who, at, signed) VALUES (?, 'Ada', ?, '[[\"s\", \"x\", 3]]')",
                (edition, day.format(f"1{number}")),
            )
        connection.exec_driver_sql(
            "INSERT INTO event (edition, at, who, what, why) VALUES ('a', ?, 'Bo', 'approval taken back', 'a slip')",
            (day.format("10"),),
        )
    here.dispose()
    store = Database.open(path)
    with store.reading() as session:
        first, second = session.editions.approvals("a")
        [other] = session.editions.approvals("b")
    assert (first.ended_by, first.ended_why, first.revision) == ("Bo", "a slip", "")
    assert (second.stands, second.revision, second.complete) == (True, "r", True)
    # a draft's old approval is nobody's first of two
    assert not other.stands
