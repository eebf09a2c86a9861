"""What the jobs need of the database to know links, and what staff were told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import Claim, LinkAnswer, LinkChecked

#: asks what an address answers, the second being whether it may be a private one; it raises nothing
AskLink = Callable[[str, bool], LinkAnswer]


class Links(Protocol):
    """Addresses that editions lead to, as they were checked."""

    def checked(self, addresses: Sequence[str]) -> dict[str, LinkChecked]:
        """Return what is known of those of these addresses that were ever checked, by address."""
        ...

    def keep(self, checked: Sequence[LinkChecked]) -> None:
        """Keep what addresses answered, in place of what was known of them."""
        ...

    def checked_for(self, edition: str, slot: datetime, at: datetime) -> None:
        """Record that an edition's links were checked before its slot."""
        ...

    def rounds(self, newsletter: str) -> dict[str, datetime]:
        """Return the slot before which the links of an edition were checked, by edition; the last slot of several."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop addresses that were checked last before then."""
        ...


class Tellings(Protocol):
    """What staff were told."""

    def claim(self, claim: Claim, at: datetime) -> bool:
        """Record that somebody is being told something; False where they were, or are just being told."""
        ...

    def release(self, claim: Claim) -> None:
        """Let them be told again: they certainly were not."""
        ...
