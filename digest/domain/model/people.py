"""People: subscribers and what they are subscribed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SubscriptionState(StrEnum):
    """See domain/states.py."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Cadence(StrEnum):
    """How often somebody wants a newsletter at most."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An address with name, fields, tags."""

    id: str
    address: str
    first_name: str = ""
    last_name: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscriber's place on one newsletter."""

    newsletter: str
    state: SubscriptionState
    #: chosen themes; none chosen means all
    themes: tuple[str, ...] = ()
    cadence: Cadence = Cadence.WEEKLY
    #: where the consent was given, and when: without both nobody is mailed
    consent_source: str = ""
    consent_at: datetime | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A subscriber with the subscription in question, and what planning needs to know besides."""

    subscriber: Subscriber
    subscription: Subscription
    suppressed: bool = False
    #: the slot of the last edition of this newsletter that was promised to them
    last_slot: datetime | None = None
    #: stories they have had, or may have had
    had: frozenset[str] = frozenset()
