"""PostgreSQL: what its databases begin with, and what the migrations make of it, is exactly the schema."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext

from digest.domain.errors import StoreError
from digest.store.database import Database
from digest.store.migrating import HEAD
from digest.store.tables import metadata
from tests.postgresql import Server

_TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid), tgfoid::regproc::text FROM pg_trigger WHERE NOT tgisinternal"
_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
_CHECKS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_COLUMNS = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default, generation_expression "
    "FROM information_schema.columns WHERE table_schema = 'public'"
)


def _described(server: Server, database: str) -> dict[str, list[tuple[object, ...]]]:
    asked = (_TRIGGERS, _FUNCTIONS, _CHECKS, _INDEXES, _COLUMNS)
    return {
        one: sorted((row for row in server.run(one, database) if "alembic_version" not in str(row)), key=str)
        for one in asked
    }


@pytest.fixture
def address(postgresql: Server) -> str:
    return postgresql.address(postgresql.empty())


def test_a_migrated_database_has_the_schema_of_the_tables(address: str) -> None:
    store = Database.at(address)
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_every_constraint_index_column_and_trigger_of_the_tables_is_in_a_migrated_database(postgresql: Server) -> None:
    migrated, made = postgresql.empty(), postgresql.empty()
    Database.at(postgresql.address(migrated)).close()
    engine = sa.create_engine(postgresql.address(made))
    metadata.create_all(engine)
    engine.dispose()
    assert _described(postgresql, migrated) == _described(postgresql, made)
    assert postgresql.run("SELECT version_num FROM alembic_version", migrated) == [(HEAD,)]
    for table in ("bell", "change"):
        assert postgresql.run(f"SELECT number FROM {table}", migrated) == [(0,)]


def test_all_text_is_compared_by_its_octets_whatever_the_locale_of_the_database(postgresql: Server) -> None:
    migrated = postgresql.empty()
    Database.at(postgresql.address(migrated)).close()
    texts = [row for row in postgresql.run(_COLUMNS, migrated) if row[2] in ("text", "character varying")]
    assert len(texts) > 100
    assert {row[3] for row in texts if row[0] != "alembic_version"} == {"C"}


def test_a_newer_schema_is_refused_and_left_as_it_is(postgresql: Server) -> None:
    name = postgresql.empty()
    Database.at(postgresql.address(name)).close()
    postgresql.run("UPDATE alembic_version SET version_num = '9999'", name)
    before = _described(postgresql, name)
    with pytest.raises(StoreError, match="newer version of this program"):
        Database.at(postgresql.address(name))
    assert _described(postgresql, name) == before


def test_text_that_a_migration_adds_is_compared_by_its_octets_too(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EnvironmentContext.run_migrations

    def and_one_that_says_nothing_of_it(self: EnvironmentContext, **words: object) -> None:
        real(self, **words)
        made_by_now = sa.inspect(self.get_bind()).has_table("comment")
        for column, kind in (("text", "text"), ("reading", "varchar(64)")) if made_by_now else ():
            change = f'ALTER TABLE comment ALTER COLUMN "{column}" TYPE {kind} COLLATE pg_catalog."default"'
            self.get_bind().exec_driver_sql(change)

    monkeypatch.setattr(EnvironmentContext, "run_migrations", and_one_that_says_nothing_of_it)
    migrated, made = postgresql.empty(), postgresql.made()
    Database.at(postgresql.address(migrated)).close()
    assert _described(postgresql, migrated) == _described(postgresql, made)
    postgresql.give_back(made)
