"""SMTP: many lines to one server or several (RFC 5321).

replies    what a server answers, read within bounds
wire       one line: every write and answer has its deadline, and it is known what had left
session    greeted, encrypted, logged in
mailing    messages over a session, as few trips as it allows, and what became of each
pool       lines side by side, and what happens when some of them, or all, are lost
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from digest.domain.model import Outcome, Parcel, Server
from digest.domain.ports import Begin
from digest.transports.smtp.pool import DELAYS, Delivery, Relay
from digest.transports.smtp.session import Secrets

__all__ = ["Secrets", "Smtp"]


class Smtp:
    """A way out through mail servers (domain/ports, Transport)."""

    def __init__(
        self,
        servers: Sequence[tuple[Server, Secrets]],
        local_name: str | None = None,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        """servers: each with what proves who we are; local_name: what this machine calls itself; delays: seconds before
        a line that was lost is made again, the first, the second …
        """
        self._servers = servers
        self._local_name = local_name
        self._delays = delays

    def deliver(self, parcels: Iterable[Parcel], begin: Begin) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel; yield what became of each as it becomes known, in any order.

        `parcels` is asked, and `begin` called, by one thread at a time, not always the same. Raises ServerTrouble where
        no server serves; parcels that were not yielded by then were certainly not taken.
        """
        relays = [Relay(server, secrets) for server, secrets in self._servers]
        return Delivery(relays, iter(parcels), begin, self._delays, self._local_name).run()
