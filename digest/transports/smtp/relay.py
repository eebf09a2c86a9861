"""Relay: one of the servers of a delivery, and how it fares."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, Outcome, Server
from digest.stages.quota import messages_on
from digest.transports.smtp.pacing import Pace, Quota
from digest.transports.smtp.session import Account

#: refusals for now and lost lines in a row after which a server is left alone for a while, where another one serves
TIRED = 10
#: seconds that it is left alone at first and at most; each time twice as long
REST_SECONDS = (60.0, 900.0)


@dataclass(slots=True)
class Relay:
    """A server, and how it fares."""

    account: Account
    #: kept from one delivery to the next
    pace: Pace = field(init=False)
    quota: Quota = field(init=False)
    #: a line to it was made
    served: bool = False
    #: it cannot pipeline, whatever it offers
    lockstep: bool = False
    #: messages that were taken for it, and when the last was
    taken: int = 0
    taken_at: float = 0.0
    #: refusals for now in a row
    tired: int = 0
    resting_until: float = 0.0
    times_rested: int = 0
    #: lines that work
    lines: int = 0
    trouble: ServerTrouble | None = None

    def __post_init__(self) -> None:
        """Set the pace that the server wants."""
        self.pace = Pace(self.server.messages_a_minute)
        self.quota = Quota(lambda now: messages_on(self.server, now.date()), self.account.used)

    @property
    def server(self) -> Server:
        """What digest.toml says of it."""
        return self.account.server

    def begin(self) -> None:
        """Forget what went wrong in the delivery before."""
        self.served = False
        self.taken = self.tired = self.times_rested = 0
        self.resting_until = self.taken_at = 0.0
        self.lines = self.server.connections
        self.trouble = None

    @property
    def rests(self) -> bool:
        """It is left alone now."""
        return time.monotonic() < self.resting_until

    def note(self, outcome: Outcome) -> None:
        """Remember how it answers: one that puts everybody off is left alone for a while."""
        if isinstance(outcome, Accepted):
            self.pace.taken()
        elif isinstance(outcome, Deferred):
            self.pace.refused(time.monotonic())
        self.tired = self.tired + 1 if isinstance(outcome, Deferred) else 0
        if self.tired >= TIRED:
            shortest, longest = REST_SECONDS
            self.resting_until = time.monotonic() + min(longest, shortest * 2**self.times_rested)
            self.times_rested += 1
            self.tired = 0
