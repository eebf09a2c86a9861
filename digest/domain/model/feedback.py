"""What comes back: one message's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What a report says of one address."""

    #: it will never take mail
    HARD = "hard"
    #: it did not take this one
    SOFT = "soft"
    #: its owner reported the mail as spam
    COMPLAINT = "complaint"
    #: nothing that counts: delivered, or away
    NONE = "none"


class What(StrEnum):
    """What kind of message a report was read from."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a report says of one address."""

    address: str
    kind: FeedbackKind
    #: enhanced status code such as 5.1.1 (RFC 3463); empty where there is none
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one message says that came back."""

    what: What
    #: of a bounce or complaint those it tells of; of an unsubscribe the one who asks; each address once
    recipients: tuple[Reported, ...] = ()
    #: of an unsubscribe what its subject says beside the word: the token of the mail whose link was pressed
    token: str = ""
    #: of the mail that it answers or returns, without angle brackets
    message_ids: tuple[str, ...] = ()
    #: the addresses that the message itself came to, a return path with a mark among them
    delivered_to: tuple[str, ...] = ()
    #: SHA-256 (hex) over the message's bytes: the same message again is the same report
    hash: str
