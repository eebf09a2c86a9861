"""What readers' own doings need of the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import (
    Asking,
    Claimed,
    Consent,
    DeliveryState,
    Notice,
    NoticeKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)


class Readers(Protocol):
    """Askings, notices, records of consent."""

    def known(self, subscriber: str) -> tuple[Subscriber, list[Subscription]] | None:
        """Return a subscriber with what they are subscribed to, by id."""
        ...

    def keep(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """Keep somebody's name, and what they want of a newsletter they have a place on."""
        ...

    def let_in(self, key: str) -> None:
        """Keep an address off no longer."""
        ...

    def ask(self, askings: Sequence[Asking]) -> None:
        """Keep that people asked."""
        ...

    def is_asked(self) -> bool:
        """Tell whether there is an asking that nobody looked at."""
        ...

    def waiting(self, kinds: Sequence[NoticeKind], recently: datetime, limit: int) -> list[Asking]:
        """Return askings that nobody looked at, the oldest first: of each address and newsletter the last one.

        Addresses that were promised a notice of these kinds after `recently` are left out.
        """
        ...

    def asking(self, asking: str) -> Asking | None:
        """Return an asking by its id."""
        ...

    def handled(self, asking: Asking, at: datetime) -> int:
        """Record that an asking was looked at, and those of the same address and newsletter before it; return how
        many.
        """
        ...

    def confirmed(self, asking: str, at: datetime) -> bool:
        """Record that an asking was confirmed; False where it was before."""
        ...

    def forget_askings(self, before: datetime) -> int:
        """Remove the askings from before then, with the notices that answered them; return how many there were."""
        ...

    def forget_pending(self, joined_by: str, before: datetime) -> int:
        """Remove who came by this way before then and never confirmed, unless they have asked since; return how many
        subscriptions there were.
        """
        ...

    def add_notice(self, notice: Notice) -> None:
        """Promise a mail to one person."""
        ...

    def last_notice(self, subscriber: str, kinds: Sequence[NoticeKind], newsletter: str = "") -> datetime | None:
        """Return when somebody was last promised such a notice; of any newsletter where none is named."""
        ...

    def notices_since(self, kinds: Sequence[NoticeKind], since: datetime) -> int:
        """Count the notices of these kinds that were made since then."""
        ...

    def is_due(self, now: datetime, abandoned: datetime) -> bool:
        """Tell whether a notice is due, or was claimed before `abandoned` and has no answer."""
        ...

    def claim_notices(self, now: datetime, limit: int) -> list[Claimed]:
        """Claim notices that are due, before any network, with how it stands with whom they are for."""
        ...

    def doubt_notices(self, before: datetime, now: datetime) -> int:
        """Say of notices that were claimed before then that nobody knows whether they were mailed; return how many."""
        ...

    def settle_notice(self, notice: str, state: DeliveryState, now: datetime, reply: str = "") -> None:
        """Record what became of a claimed notice."""
        ...

    def put_off(self, notice: str, next_at: datetime, reply: str, *, charged: bool) -> None:
        """Record that a claimed notice was certainly not taken; charged: it was a try of its own."""
        ...

    def active(self, places: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return which of these (newsletter, subscriber) are active places."""
        ...

    def end(self, places: Collection[tuple[str, str]], state: SubscriptionState, at: datetime) -> None:
        """Move active places, as (newsletter, subscriber), to a state."""
        ...

    def record(self, consents: Sequence[Consent]) -> None:
        """Keep records of consent."""
        ...

    def consents(self, subscriber: str) -> list[Consent]:
        """Return the records of what somebody agreed to themself, the oldest first."""
        ...
