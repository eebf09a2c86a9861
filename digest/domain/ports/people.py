"""What the jobs need of the database about people: who they are, what they had, who is in which segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import Recipient, Subscriber, Subscription, SubscriptionState
from digest.domain.ports.records import Counted, KeptOff, Remembered, Shared


class People(Protocol):
    """Subscribers, subscriptions, suppressions."""

    def by_address(self, addresses: Sequence[str]) -> dict[str, tuple[Subscriber, list[Subscription]]]:
        """Return known subscribers by the comparable spelling of their address."""
        ...

    def save(
        self,
        comparable: str,
        subscriber: Subscriber,
        suppression_key: str,
        subscriptions: Sequence[Subscription],
        file_row: str | None = None,
    ) -> None:
        """Insert or update a subscriber and what they are subscribed to.

        file_row: hash of the row that said so; what is known of an earlier one stays where none did.
        """
        ...

    def page(self, newsletter: str, after: str, limit: int, remembered: Remembered | None = None) -> list[Recipient]:
        """Return a page of a newsletter's recipients whose ids come after `after`, in the order of ids.

        remembered: which editions and stories they are to be asked about; without it nothing is known of what they had.
        """
        ...

    def had(self, subscribers: Sequence[str], told: Mapping[str, Mapping[str, frozenset[str]]]) -> dict[str, set[str]]:
        """Return which of the stories in question people have had, or may have had; told: as in Remembered."""
        ...

    def one(self, newsletter: str, subscriber: str, remembered: Remembered | None = None) -> Recipient | None:
        """Return one of a newsletter's recipients, by their id, as `page` would."""
        ...

    def kinds(
        self,
        newsletter: str,
        rules: Sequence[Mapping[str, object]],
        remembered: Remembered,
        slots: Sequence[datetime],
        now: datetime,
    ) -> list[tuple[Recipient, int]]:
        """Return somebody of each kind of people who would get mail now, as `one` would, and how many are like them in
        all that decides what they get of an edition.

        rules: of the segments, in their order; slots: of the editions that told an earlier story first. What is not
        committed yet is not seen.
        """
        ...

    def kept_off(self, key: str) -> KeptOff | None:
        """Return why an address is kept off, by its keyed hash; None where it is not."""
        ...

    def suppress(self, key: str, reason: str, at: datetime) -> None:
        """Keep an address off, by its keyed hash; of two reasons the graver one stays."""
        ...

    def suppressed(self, keys: Sequence[str]) -> dict[str, str]:
        """Return which of these keyed hashes are kept off, and why."""
        ...

    def reasons(self) -> dict[str, int]:
        """Count the addresses that are kept off by why."""
        ...

    def field_names(self, newsletter: str) -> list[str]:
        """Return the names of all fields that people of a newsletter have."""
        ...

    def complaints(self, since: datetime) -> int:
        """Count the addresses that are kept off because of a complaint since then."""
        ...

    def set_state(
        self, subscriber: str, newsletter: str, state: SubscriptionState, ended_at: datetime | None = None
    ) -> SubscriptionState:
        """Move a subscription along an arrow; return the state it comes from. ended_at: when they got no more."""
        ...

    def last_import(self, newsletter: str) -> str:
        """Return the hash of the file imported last; empty where there was none."""
        ...

    def imported(self, newsletter: str, content_hash: str, at: datetime, counts: Mapping[str, int]) -> None:
        """Record that a newsletter's file was imported, and what it came to."""
        ...


class Segments(Protocol):
    """Who is in which segment. Rules are without faults."""

    def count(self, newsletter: str, rules: Sequence[Mapping[str, object]], now: datetime) -> Counted:
        """Count who is in each segment, all of them in one look; what is not committed yet is not seen."""
        ...

    def shared(
        self, newsletter: str, rule: Mapping[str, object], others: Sequence[Mapping[str, object]], now: datetime
    ) -> Shared:
        """Count who would get mail now by a rule, and how many of them other rules hold as well; seen as by `count`."""
        ...

    def sample(
        self, newsletter: str, rule: Mapping[str, object], now: datetime, start: str, limit: int
    ) -> list[Recipient]:
        """Return some who would get mail now, in the order of ids from `start` on, and round again from the first."""
        ...

    def unheld(self, newsletter: str, fields: Sequence[str]) -> list[str]:
        """Return those of these fields that nobody of a newsletter has a value of."""
        ...

    def columns(self, newsletter: str) -> list[str]:
        """Return the names of fields that some people of a newsletter have besides the program's own."""
        ...

    def values(self, newsletter: str) -> Mapping[str, Sequence[str]]:
        """Return fields, tags among them, and some values of each, as some people of a newsletter have them."""
        ...
