"""SMTP: many lines to one server or several (RFC 5321).

replies    what a server answers, read within bounds
wire       one line: every write and answer has its deadline, and it is known what had left
session    greeted, encrypted, logged in
mailing    messages over a session, as few trips as it allows, and what became of each
pacing     how fast, and how many in a day
relay      one of the servers, and how it fares
lanes      what one mail provider is sent at a time and in a minute
pool       lines side by side, and what happens when some of them, or all, are lost
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from digest.domain.model import DomainLimit, Outcome, Parcel
from digest.domain.ports import Begin, Clock, Known, unheard
from digest.transports.smtp.lanes import Lanes, ProviderOf
from digest.transports.smtp.pacing import DAY
from digest.transports.smtp.pool import DELAYS, Delivery
from digest.transports.smtp.relay import Relay
from digest.transports.smtp.session import Account, Passing, Secrets

__all__ = ["DAY", "Account", "Passing", "Secrets", "Smtp"]


def _now() -> datetime:
    return datetime.now(UTC)


class Smtp:
    """A way out through mail servers (domain/ports, Transport)."""

    def __init__(
        self,
        accounts: Sequence[Account],
        local_name: str | None = None,
        delays: Sequence[float] = DELAYS,
        clock: Clock = _now,
        limits: Mapping[str, DomainLimit] | None = None,
        provider_of: ProviderOf = str,
    ) -> None:
        """accounts: one or more; local_name: what this machine calls itself; delays: seconds before a line that was
        lost is made again, the first, the second …; limits: by provider; provider_of: gives that of a domain.
        """
        self._relays = [Relay(account) for account in accounts]
        self._local_name = local_name
        self._delays = delays
        self._clock = clock
        self._lanes = Lanes(limits or {}, provider_of)

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel; yield what became of each as it becomes known, in any order. None: none is ready yet.

        `parcels` is asked by one thread at a time, not always the same; `begin` and `known` by several at once. Raises
        ServerTrouble where no server serves, and OutOfQuota where all have taken what they may today; parcels that
        were not yielded by then were certainly not taken.
        """
        for relay in self._relays:
            relay.begin()
        return Delivery(
            self._relays, iter(parcels), begin, self._clock, self._lanes, known, self._delays, self._local_name
        ).run()
