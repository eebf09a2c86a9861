"""PostgreSQL: what is asked while mail goes and while somebody waits uses its indexes, in a database that is filled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from digest.domain.model import Delivery, DeliveryState, SubscriptionState
from digest.domain.ports import Result, Session
from digest.domain.ports.searching import Wanted
from digest.store.database import Database
from digest.store.session import SqlSession
from tests.postgresql import Server
from tests.store.conftest import EDITION, LEASE, ME, NOW

_PEOPLE = 30_000
#: as an import, planning and a past edition leave it; filled as the server's own tools do, past what counts and checks
_FILLED = f"""
SET session_replication_role = replica;
INSERT INTO revision VALUES ('r', now(), '{{}}');
INSERT INTO edition (id, newsletter, slot, number, state, revision, drafted_at, planned_at)
    SELECT id, 'insights', slot, number, state, 'r', slot, slot FROM (VALUES
    ('{EDITION}', timestamptz '{NOW.isoformat()}', 2, 'sending'), ('before', '2026-11-17 08:00Z', 1, 'sent'))
    AS e (id, slot, number, state);
INSERT INTO worker VALUES ('{ME.id}', 'here', 'boot', 1, '{LEASE.isoformat()}', 0);
INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key)
    SELECT md5(n::text), n || '@example.org', n || '@example.org', 'Robin', 'Hale' || n % 500, '[]', '{{}}', 'key ' || n
    FROM generate_series(1, {_PEOPLE}) AS n;
INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at)
    SELECT id, 'insights', 'active', '[]', 'weekly', 'form', now() FROM subscriber;
INSERT INTO suppression (key, reason, at) SELECT 'other ' || n, 'bounce', now() FROM generate_series(1, 20000) AS n;
INSERT INTO delivery
    (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at, worker, claim, settled_at)
    SELECT e.id, s.id, 'all', 'all', 2, CASE WHEN e.id = 'before' THEN 'sent' ELSE 'pending' END, '', 0,
    e.slot, NULL, NULL, CASE WHEN e.id = 'before' THEN e.slot END FROM edition AS e, subscriber AS s;
INSERT INTO outcome SELECT edition, wave, outcome, why, 1, count(*), count(*), NULL FROM delivery GROUP BY 1, 2, 3, 4;
ANALYZE
"""
#: tables that hold a row for each person
_LARGE = re.compile(r"Seq Scan on (delivery|subscriber|subscription|suppression)\b")


@pytest.fixture(scope="module")
def filled(postgresql: Server) -> Iterator[Database]:
    name = postgresql.made()
    postgresql.run(_FILLED, name)
    store = Database.at(postgresql.address(name))
    yield store
    store.close()
    postgresql.give_back(name)


def _plans(store: Database, do: Callable[[Session], object]) -> dict[str, str]:
    """Return statement -> plan of all that is asked of tables with a row a person; nothing of it stays done."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    class Undone(Exception):
        pass

    plans: dict[str, str] = {}
    sa.event.listen(store._engine, "before_cursor_execute", note)
    try:
        with store.writing() as session:
            do(session)
            sa.event.remove(store._engine, "before_cursor_execute", note)
            assert isinstance(session, SqlSession)
            for statement, values in asked:
                if re.search(r"\b(delivery|subscriber|subscription|suppression)\b", statement):
                    rows = session.connection.exec_driver_sql(f"EXPLAIN {statement}", values)
                    plans[statement] = "\n".join(rows.scalars())
            raise Undone
    except Undone:
        pass
    return plans


def _settle(session: Session) -> None:
    letters = session.deliveries.claim(EDITION, ME, 1, NOW, 2, 250)
    assert len(letters) == 250
    results = [
        Result(
            delivery=Delivery(edition=EDITION, subscriber=one.subscriber.id, state=state, variant="all"),
            at=NOW,
            claim=one.claim,
            reply="250 2.0.0 Ok",
            next_at=NOW,
        )
        for one, state in zip(
            letters, [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.PENDING] * 84, strict=False
        )
    ]
    session.deliveries.withheld(EDITION, ME, NOW, 1)
    session.deliveries.withheld(EDITION, ME, NOW)
    session.deliveries.held(EDITION, ME)
    session.deliveries.holders(EDITION)
    session.deliveries.holding()
    session.deliveries.settle(results, ME)
    session.deliveries.early(EDITION)


def _plan_a_page(session: Session) -> None:
    people = session.people.page("insights", "8", 1_000)
    rows = [
        Delivery(edition=EDITION, subscriber=one.subscriber.id, state=DeliveryState.PENDING, variant="all")
        for one in people
    ]
    session.deliveries.plan([(row, "all") for row in rows], NOW)


_ACTS: dict[str, Callable[[Session], object]] = {
    "a claim, and what became of it": _settle,
    "a page of planning": _plan_a_page,
    "one person's page": lambda session: session.people.one("insights", "c4ca4238a0b923820dcc509a6f75849b"),
    "somebody leaves": lambda session: (
        session.people.by_address(["7@example.org"]),
        session.people.set_state("c4ca4238a0b923820dcc509a6f75849b", "insights", SubscriptionState.UNSUBSCRIBED),
        session.people.suppress("key 7", "complaint", NOW),
        session.people.suppressed(["key 7"]),
    ),
    "a page of people by their name": lambda session: session.searching.page(Wanted(limit=50, words="hale7")),
    "a page of people by their address": lambda session: session.searching.page(Wanted(limit=50, words="77")),
}


@pytest.mark.parametrize("name", _ACTS)
def test_what_many_wait_for_reads_no_large_table_whole(name: str, filled: Database) -> None:
    plans = _plans(filled, _ACTS[name])
    assert plans
    for statement, plan in plans.items():
        assert not _LARGE.search(plan), f"{statement}\n{plan}"


def test_how_a_send_stands_asks_no_large_table(filled: Database) -> None:
    with filled.reading() as session:
        assert sum(one.people for one in session.following.countings(EDITION)) == _PEOPLE
    assert _plans(filled, lambda session: session.following.countings(EDITION)) == {}


def test_a_claim_goes_on_behind_the_last_row_in_the_order_of_its_index(filled: Database) -> None:
    plans = _plans(filled, lambda session: session.deliveries.claim(EDITION, ME, 1, NOW, 2, 250))
    [plan] = [plan for statement, plan in plans.items() if "SKIP LOCKED" in statement]
    assert "ix_delivery_pending" in plan
    assert "pk_delivery" in plan
    assert "Sort" not in plan, plan
    assert re.search(r"Index Cond: .*ROW\(next_at, .*subscriber", plan), plan
