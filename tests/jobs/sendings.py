"""An edition that is being sent over a real database, with what sends it in the test's hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digest.domain.errors import StoreError
from digest.domain.model import Edition, Letter, Parcel, Waves
from digest.domain.ports import Clock, Session, Watch
from digest.jobs import edition as editions
from digest.jobs.ledger import Ledger, Standing
from digest.jobs.send import Dispatch
from digest.store import tables as t
from digest.store.database import Database
from digest.store.presence import FilePresence
from tests import conftest
from tests.store import conftest as stored

#: nobody gets it before the others
AT_ONCE = Waves(canary_percent=0)


def composed(letters: Iterable[Letter | None], clock: Clock) -> Iterator[Parcel | None]:
    """Compose as little as can be."""
    for letter in letters:
        yield letter and parcel(letter)


def parcel(letter: Letter) -> Parcel:
    return Parcel(
        letter=letter, envelope_from="news@example.org", envelope_to=letter.subscriber.address, content=b"Hello\r\n"
    )


class Sending:
    """A database in which so many people are planned."""

    def __init__(self, folder: Path, people: int) -> None:
        made = stored.Ledger(folder / "digest.db", people)
        self.path, self.store, self.people = made.path, made.store, made.people
        self.workers = folder / "workers"
        self.clock = conftest.Clock(stored.NOW)
        with self.store.writing() as session:
            session.editions.set_planned(stored.EDITION, self.clock())

    @property
    def edition(self) -> Edition:
        return editions.find(self.store, stored.EDITION)

    def dispatch(self, transport: Any, **changes: Any) -> Dispatch:
        """Return what sends it, as another process would."""
        usual = Dispatch(
            store=self.store,
            clock=self.clock,
            presence=FilePresence(self.workers),
            transport=transport,
            compose=composed,
            sleep=lambda seconds: self.clock.forward(seconds=seconds),
            waves=AT_ONCE,
            people=len(self.people),
        )
        return replace(usual, **changes)

    @contextmanager
    def ledger(self, **changes: Any) -> Iterator[Ledger]:
        """Enter a worker, and open its ledger."""
        presence = FilePresence(self.workers)
        with self.store.writing() as session:
            session.deliveries.enter(presence.me(), self.clock())
        numbers = iter(range(1, 10_000))
        usual = {
            "store": self.store,
            "clock": self.clock,
            "journal": presence.journal(),
            "worker": presence.me(),
            "edition": self.edition,
            "until": self.clock.now.replace(year=2027),
            "begun": self.clock(),
            "waves": AT_ONCE,
            "number": lambda: next(numbers),
            "stop": lambda: False,
            "standing": Standing(),
            "is_open": True,
        }
        with Ledger(**(usual | changes)) as made:
            yield made
        presence.leave()

    def query(self, statement: Any) -> list[Any]:
        with self.store._engine.connect() as connection:
            return list(connection.execute(statement))

    def rows(self) -> dict[str, str]:
        """Return the state of each person's row."""
        return {row.subscriber: row.state for row in self.query(sa.select(t.delivery.c.subscriber, t.delivery.c.state))}

    def states(self) -> Counter[str]:
        return Counter(self.rows().values())

    def lease(self) -> Any:
        """Return until when claims are the only worker's own."""
        [row] = self.query(sa.select(t.worker.c.lease))
        return row.lease

    def taken(self) -> int:
        """Return how many messages servers took, as they are counted against what they may."""
        [row] = self.query(sa.select(sa.func.sum(t.usage.c.messages).label("messages")))
        return row.messages or 0


@dataclass
class Watched:
    """A store that notes what each commit held, and whose commits fail while the test says so."""

    store: Database
    fails: Callable[[], bool] = lambda: False
    commits: list[list[tuple[str, Any]]] = field(default_factory=list)
    failures: int = 0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.store.reading() as session:
            yield session

    def writing(self) -> AbstractContextManager[Session]:
        return self._watched(self.store.writing)

    def alongside(self) -> AbstractContextManager[Session]:
        return self._watched(self.store.alongside)

    @contextmanager
    def _watched(self, begin: Callable[[], AbstractContextManager[Session]]) -> Iterator[Session]:
        noted: list[tuple[str, Any]] = []
        with begin() as session:
            yield replace(session, deliveries=_Noting(session.deliveries, noted))  # type: ignore[arg-type]
            if self.fails():
                self.failures += 1
                raise StoreError("The disk is full.")
        self.commits.append(noted)

    def watch(self) -> Watch:
        return self.store.watch()


@dataclass
class _Noting:
    """Deliveries that note which of their methods were called, and with what or for what."""

    real: Any
    noted: list[tuple[str, Any]]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.real, name)

        def call(*arguments: Any) -> Any:
            result = method(*arguments)
            self.noted.append((name, arguments[0] if result is None else result))
            return result

        return call
