"""Copying a workspace to PostgreSQL: every row of every table, and nothing is counted or told twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.model import DeliveryState
from digest.domain.ports import Event
from digest.store import copying
from digest.store import tables as t
from digest.store.database import Database
from digest.store.session import SqlSession
from tests.postgresql import Server
from tests.store.conftest import EDITION, NOW, Ledger


def _rows(store: Database, table: sa.Table) -> list[tuple[object, ...]]:
    columns = copying.columns(table)
    with store._engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(sa.select(*columns))), key=str)


@pytest.fixture
def there(postgresql: Server) -> Database:
    return Database.at(postgresql.address(postgresql.empty()))


def test_tables_in_their_order_are_filled_as_they_were_and_counted_once(tmp_path: Path, there: Database) -> None:
    here = Ledger(tmp_path / "digest.db", people=9)
    for letter, state in zip(here.claim(), (DeliveryState.SENT, DeliveryState.FAILED), strict=False):
        here.settle(letter, state)
    with here.store.writing() as session:
        session.editions.tell(EDITION, Event(at=NOW, who="Ada", what="noted"))
    with there.writing() as session, here.store._engine.connect() as source:
        assert isinstance(session, SqlSession)
        with copying.uncounted(session.connection):
            for table in copying.in_order():
                rows = [dict(row._mapping) for row in source.execute(sa.select(*copying.columns(table)))]
                session.connection.execute(sa.delete(table))
                if rows:
                    session.connection.execute(sa.insert(table), rows)
    for table in copying.in_order():
        assert _rows(there, table) == _rows(here.store, table), table.name
    with here.store.reading() as one, there.reading() as other:
        before = {(item.counts_as, item.people) for item in one.following.countings(EDITION)}
        assert {(item.counts_as, item.people) for item in other.following.countings(EDITION)} == before
        assert other.following.version(EDITION) == one.following.version(EDITION)
    # numbers go on behind those that were copied, and counts from where they were
    with there.writing() as session:
        session.editions.tell(EDITION, Event(at=NOW, who="Bo", what="went on"))
        session.following.skip(EDITION, "cancelled by Bo", NOW, 9)
    with there.reading() as session:
        assert [event.who for event in session.editions.history(EDITION)][-2:] == ["Ada", "Bo"]
        assert sum(item.people for item in session.following.countings(EDITION)) == 9
    there.close()
    here.store.close()


def test_every_table_comes_behind_those_that_it_refers_to() -> None:
    seen: set[str] = set()
    for table in copying.in_order():
        refers = {key.column.table.name for key in table.foreign_keys} - {table.name}
        assert refers <= seen, table.name
        seen.add(table.name)
    assert seen == set(t.metadata.tables)
