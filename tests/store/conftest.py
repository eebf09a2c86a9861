"""A real database with a newsletter's people and an edition that is being sent."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.domain.model import (
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Letter,
    Subscriber,
    Subscription,
    SubscriptionState,
    Variant,
)
from digest.domain.ports import Result, Worker
from digest.store import tables as t
from digest.store.database import Database
from tests.conftest import migrated

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LEASE = NOW + timedelta(minutes=15)
EDITION = "insights-2026-11-24"
ME = Worker(id="me", host="here", boot="boot", pid=1)
OTHER = Worker(id="other", host="here", boot="boot", pid=2)


def edition(identifier: str = EDITION, state: EditionState = EditionState.SENDING, slot: datetime = NOW) -> Edition:
    return Edition(id=identifier, newsletter="insights", slot=slot, number=1, state=state, revision="r", drafted_at=NOW)


def subscription(**changes: object) -> Subscription:
    usual: dict[str, object] = {"state": SubscriptionState.ACTIVE, "consent_source": "form", "consent_at": NOW}
    return Subscription(newsletter="insights", **{**usual, **changes})  # type: ignore[arg-type]


class Ledger:
    """A database with so many people planned, each a transaction."""

    def __init__(self, path: Path, people: int) -> None:
        self.path = path
        self.store = Database.open(migrated(path))
        self.people = [f"person{number:04}" for number in range(people)]
        variant = Variant(
            slug="all", segment="all", subject="", preheader="", html="", text="", sha256="", stories=(), people=people
        )
        with self.store.writing() as session:
            session.editions.keep_revision("r", NOW, {})
            session.editions.add(edition(), (), [variant])
            for person in self.people:
                subscriber = Subscriber(id=person, address=f"{person}@example.org")
                session.people.save(subscriber.address, subscriber, f"key of {person}", [subscription()])
            rows = [
                Delivery(edition=EDITION, subscriber=person, state=DeliveryState.PENDING, variant="all")
                for person in self.people
            ]
            session.deliveries.plan([(row, "all") for row in rows], NOW)

        self._numbers = itertools.count(1)
        self._known: set[str] = set()

    @property
    def where(self) -> str:
        """Where another process finds the database."""
        address = self.store._engine.url
        return str(self.path) if address.get_backend_name() == "sqlite" else address.render_as_string()

    def claim(self, worker: Worker = ME, limit: int = 500, wave: int = 2) -> list[Letter]:
        with self.store.alongside() as session:
            if worker.id not in self._known:
                session.deliveries.enter(worker, LEASE)
                self._known.add(worker.id)
            return session.deliveries.claim(EDITION, worker, next(self._numbers), NOW, wave, limit)

    def withheld(self, worker: Worker = ME, now: datetime = NOW) -> dict[str, str]:
        with self.store.reading() as session:
            return session.deliveries.withheld(EDITION, worker, now)

    def settle(self, letter: Letter, state: DeliveryState, worker: Worker = ME) -> None:
        delivery = Delivery(edition=EDITION, subscriber=letter.subscriber.id, state=state, variant="all")
        with self.store.writing() as session:
            session.deliveries.settle([Result(delivery=delivery, at=NOW, claim=letter.claim)], worker)

    def states(self) -> list[str]:
        """Return the state of each person's row."""
        with self.store._engine.connect() as connection:
            return list(connection.execute(sa.select(t.delivery.c.state).order_by(t.delivery.c.subscriber)).scalars())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "digest.db", people=3)
    yield made
    made.store.close()
