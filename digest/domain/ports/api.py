"""What the API and its webhooks need of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import ApiToken, Replay, Webhook, WebhookCount, WebhookMessage


class ApiTokens(Protocol):
    """Tokens of programs, and the answers that they may ask for again."""

    def add(self, token: ApiToken) -> None:
        """Keep a token, by its hash."""
        ...

    def every(self) -> list[ApiToken]:
        """Return all tokens, the newest first, those that work no more among them."""
        ...

    def by_key(self, key: str) -> ApiToken | None:
        """Return a token by its hash, also where it works no more."""
        ...

    def used(self, token: str, at: datetime) -> None:
        """Record that a token is in use."""
        ...

    def withdraw(self, token: str, at: datetime) -> bool:
        """End a token for good; False where it was withdrawn before, or there is none."""
        ...

    def remove_of(self, staff: str) -> int:
        """Remove all tokens of somebody whose account goes; return how many there were."""
        ...

    def claim(self, token: str, key: str, request: str, at: datetime) -> bool:
        """Keep that a request with an Idempotency-Key is begun; False where the key was used before."""
        ...

    def replay(self, token: str, key: str) -> Replay | None:
        """Return what a key was used for: status 0 where that has not ended."""
        ...

    def keep(self, token: str, key: str, status: int, body: str) -> None:
        """Keep the answer to a request that was begun."""
        ...

    def release(self, token: str, key: str) -> None:
        """Forget a request that came to nothing: its key may be used again."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop the answers from before then."""
        ...


class Webhooks(Protocol):
    """Webhooks, and what they are to be told. What happened is written beside them by triggers, in its own commit."""

    def add(self, webhook: Webhook) -> None:
        """Keep a webhook."""
        ...

    def every(self) -> list[Webhook]:
        """Return all webhooks that are told anything, the oldest first."""
        ...

    def get(self, webhook: str) -> Webhook | None:
        """Return a webhook that is told anything, by its id."""
        ...

    def counts(self) -> dict[str, WebhookCount]:
        """Return how what webhooks are to be told stands, by id; one that has nothing open is missing."""
        ...

    def renew(self, webhook: str, generation: int, both_until: datetime) -> None:
        """Give a webhook its next secret."""
        ...

    def end(self, webhook: str, at: datetime, fault: str = "") -> bool:
        """Tell a webhook no more, and drop what it was not told yet; False where it had ended."""
        ...

    def end_of(self, staff: str, at: datetime) -> int:
        """End all webhooks of somebody whose account goes; return how many were told anything."""
        ...

    def due(self, now: datetime, limit: int) -> list[WebhookMessage]:
        """Return what is to be told now, the oldest first."""
        ...

    def claim(self, message: WebhookMessage, now: datetime, until: datetime) -> bool:
        """Count one more try; False where another process has it. Nobody else tries before `until`."""
        ...

    def told(self, message: WebhookMessage, at: datetime) -> None:
        """Drop what was taken, and record that its webhook works."""
        ...

    def failed(self, message: WebhookMessage, at: datetime, fault: str, again: datetime | None) -> None:
        """Record a try that came to nothing; again: when it is tried next, None where it is given up."""
        ...

    def put_off(self, webhook: str, until: datetime, now: datetime) -> None:
        """Let nothing that is due be tried before then at a webhook that fails."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop what was given up and happened before then."""
        ...

    def addresses(self, subscribers: Sequence[str]) -> dict[str, str]:
        """Return people's addresses by their ids; of who was erased there is none."""
        ...
