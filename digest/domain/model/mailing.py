"""What becomes of a mailing: deliveries, letters, parcels, outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digest.domain.model.people import Subscriber


class DeliveryState(StrEnum):
    """See domain/states.py."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


#: the reason of who gets a variant that is not their whole list
NEAREST = "their own list of stories was too rare to sign: they get the nearest that was"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The promise of one edition to one subscriber: it exists before the mail does."""

    edition: str
    subscriber: str
    state: DeliveryState
    #: slug of the variant; empty for who is skipped
    variant: str = ""
    #: 0 staff seeds, 1 canary, 2 the rest
    wave: int = 2
    #: why it is skipped, failed or unknown
    reason: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One claimed delivery with all that is needed to write it to the wire."""

    delivery: Delivery
    subscriber: Subscriber
    #: which of its worker's claims it is of
    claim: int = 0

    @property
    def attempts(self) -> int:
        """How often it was tried before."""
        return self.delivery.attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The exact bytes of one letter and its envelope (RFC 5321)."""

    letter: Letter
    envelope_from: str
    envelope_to: str
    content: bytes
    #: no line of it begins with a dot, so that a transport need not look for one (RFC 5321 4.5.2)
    dotless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritable:
    """A letter that no message can be made of."""

    letter: Letter
    #: in words
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The server took responsibility: 2xx after the end of the message."""

    reply: str
    #: the url of the server, where there is one
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The server refuses for good: 5xx."""

    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Certainly not taken, and may be tried again: 4xx, or the connection was lost before the
    last octets of the body were written. `charged` is False where the fault was not the delivery's.
    """

    reply: str
    charged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """Nobody can say: the body was written and no answer came."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The ledger said no just before the body: paused, unsubscribed or suppressed meanwhile."""

    reason: str
    #: its turn comes again: the edition was paused, another worker has it now, or its provider takes it later
    postponed: bool = False
    #: in so many seconds
    after_seconds: float = 0


Outcome = Accepted | Rejected | Deferred | InDoubt | Withheld
