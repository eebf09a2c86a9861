"""What people's rights over what is held of them need of the database (UK GDPR, articles 15 and 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

#: a row of a table, as plain values
Held = Mapping[str, object]


class Rights(Protocol):
    """All that is held of one person, in every table."""

    def subscriber(self, comparable: str) -> str:
        """Return the id of whoever has an address, by its comparable spelling; empty where nobody has it."""
        ...

    def held(self, subscriber: str, comparable: str, key: str) -> dict[str, Sequence[Held]]:
        """Return everything that is held, by table.

        subscriber: empty where there is none; comparable, key: the address's comparable spelling and keyed hash.
        """
        ...

    def erase(self, subscriber: str, comparable: str) -> None:
        """Take away all that tells of somebody. What remains is a row without a name, so that counts stay true."""
        ...

    def ended(self, before: datetime, limit: int) -> list[str]:
        """Return addresses of people who left everything, or whose mail came back, before then."""
        ...

    def forget_replies(self, before: datetime) -> int:
        """Forget what mail servers answered about people of editions before then; return of how many deliveries."""
        ...

    def forget_feedback(self, before: datetime) -> int:
        """Forget single bounces and complaints from before then; return how many there were."""
        ...
