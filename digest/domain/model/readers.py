"""What readers do themselves: ask for a newsletter, consent to it, and the mail that each of them gets for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.domain.model.mailing import DeliveryState
from digest.domain.model.people import Cadence, Subscriber, SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody asked for a newsletter on the website; whoever holds the address must confirm it."""

    id: str
    newsletter: str
    #: the comparable spelling of the address, and the address as it was typed
    comparable: str
    address: str
    first_name: str = ""
    last_name: str = ""
    themes: tuple[str, ...] = ()
    cadence: Cadence = Cadence.WEEKLY
    #: the words that they agreed to, as they stood on the page
    words: str = ""
    #: the network address that asked
    remote: str = ""
    at: datetime


class Agreed(StrEnum):
    """What a record of consent says."""

    GIVEN = "given"
    #: they said once more that they want it
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A record of consent, or of its end (UK GDPR, article 7(1)). It is never changed."""

    subscriber: str
    newsletter: str
    at: datetime
    what: Agreed
    #: by which way, in words: "sign-up form", "one click in the email"
    how: str
    #: the words that they agreed to
    words: str = ""
    #: the network address that asked, where there was one
    remote: str = ""


class NoticeKind(StrEnum):
    """What is mailed to one person because of what they did."""

    #: confirm that it was you who asked
    CONFIRM = "confirm"
    #: you asked, and get it already
    KNOWN = "known"
    #: it begins
    WELCOME = "welcome"
    #: do you still want it?
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail to one person: a row that exists before the mail does, like a delivery."""

    id: str
    kind: NoticeKind
    newsletter: str
    subscriber: Subscriber
    #: id of the asking that it answers; empty where there is none
    asking: str = ""
    state: DeliveryState = DeliveryState.PENDING
    made_at: datetime
    attempts: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notice that is to be mailed now, and how it stands with whom it is for."""

    notice: Notice
    #: of their subscription; None where they have none any more
    state: SubscriptionState | None
    #: why the address is kept off; empty where it is not
    kept_off: str = ""
