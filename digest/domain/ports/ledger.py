"""What sending needs of the database: the ledger, and what mail servers took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import Delivery, DeliveryState, Letter
from digest.domain.ports.records import Early, Entry, Holder, Named, Page, Result, Tally, Worker


class Deliveries(Protocol):
    """The ledger."""

    def plan_alone(self, edition: str) -> None:
        """Wait until nobody else plans an edition, and let nobody until the end of the transaction."""
        ...

    def plan(self, rows: Sequence[tuple[Delivery, str]], now: datetime) -> None:
        """Insert (delivery, segment) rows; one that exists already stays as it is."""
        ...

    def claim(self, edition: str, worker: Worker, number: int, now: datetime, wave: int, limit: int) -> list[Letter]:
        """Claim up to `limit` due deliveries of the waves up to `wave` of an edition that is sending.

        number: of the claim; a worker gives each another.
        """
        ...

    def withheld(self, edition: str, worker: Worker, now: datetime, claim: int | None = None) -> dict[str, str]:
        """Return which of a worker's claimed deliveries may not be begun any more, and why, by subscriber.

        claim: look at that one alone.
        """
        ...

    def settle(self, results: Sequence[Result], worker: Worker) -> None:
        """Record what became of deliveries that this worker claimed.

        A row that was swept to unknown meanwhile may still become sent or failed: the answer is evidence.
        """
        ...

    def holders(self, edition: str) -> list[Holder]:
        """Return the workers that hold claims of an edition."""
        ...

    def holding(self) -> set[str]:
        """Return the ids of all workers that hold claims of any edition."""
        ...

    def held(self, edition: str, worker: Worker) -> list[Letter]:
        """Return the letters of an edition that a worker holds claims of."""
        ...

    def enter(self, worker: Worker, lease: datetime) -> None:
        """Write a worker down, so that it may claim."""
        ...

    def renew(self, worker: Worker, lease: datetime, written: int) -> None:
        """Write down until when a worker's claims are its own, and how many records its journal has."""
        ...

    def early(self, edition: str) -> Early:
        """Return how far the waves are that come before the rest."""
        ...

    def open(self, edition: str, wave: int = 2) -> tuple[int, datetime | None]:
        """Return how many are pending or claimed, and when the next pending one of the waves up to `wave` is due."""
        ...

    def tally(self, edition: str) -> list[Tally]:
        """Count an edition's deliveries by segment, state and reason."""
        ...

    def named(self, edition: str, states: Sequence[DeliveryState]) -> list[Named]:
        """Return an edition's deliveries in these states, by address."""
        ...

    def entries(self, edition: str, page: Page) -> list[Entry]:
        """Return a page of an edition's deliveries, in the order of their subscribers' ids."""
        ...

    def free(self, edition: str, subscribers: Sequence[str], now: datetime) -> int:
        """Let what is unknown or failed wait for another first try, as a person decided; return how many do."""
        ...


class Usage(Protocol):
    """How many messages each mail server took, by minute."""

    def add(self, taken: Mapping[str, int], at: datetime) -> None:
        """Add what servers took in the minute of `at`."""
        ...

    def since(self, server: str, then: datetime) -> list[tuple[datetime, int]]:
        """Return what a server took in each minute from `then` on, the oldest first."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop what is older."""
        ...
