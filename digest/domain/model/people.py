"""People: subscribers and what they are subscribed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.domain import traits

#: fields of rules that are a subscription's; all others are a subscriber's
SUBSCRIPTION_FIELDS = ("themes", "cadence", "consent_source", "consent_at", "joined_at")


class SubscriptionState(StrEnum):
    """See domain/states.py."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class SuppressionReason(StrEnum):
    """Why an address is kept off, from what its owner may take back to what stands for ever."""

    LEFT = "left"
    HARD_BOUNCE = "hard bounce"
    #: keeps an address off for good, and says why without saying whose
    ERASED = "erased"
    #: no confirmation ends it
    COMPLAINT = "complaint"


#: every reason to keep an address off, the graver the later
GRAVITY: tuple[str, ...] = tuple(SuppressionReason)


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

    @property
    def traits(self) -> str:
        """What rules compare of them (domain/traits.py); a file's column never hides what is the program's own."""
        own = [("address", self.address), ("first_name", self.first_name), ("last_name", self.last_name)]
        known = {name for name, _ in own} | {"tags", *SUBSCRIPTION_FIELDS}
        besides = [(name, value) for name, value in sorted(self.fields.items()) if traits.folded(name) not in known]
        return traits.written([*own, *(("tags", tag) for tag in self.tags), *besides])


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
    #: when they came onto the list, and in words how: the name of a file, "sign-up form"
    joined_at: datetime | None = None
    joined_by: str = ""

    @property
    def traits(self) -> str:
        """What rules compare of it (domain/traits.py), days as 2026-11-24."""
        days = [("consent_at", self.consent_at), ("joined_at", self.joined_at)]
        return traits.written(
            [
                ("cadence", self.cadence),
                *(("themes", theme) for theme in self.themes),
                ("consent_source", self.consent_source),
                *((name, f"{moment:%Y-%m-%d}") for name, moment in days if moment is not None),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A subscriber with the subscription in question, and what planning needs to know besides."""

    subscriber: Subscriber
    subscription: Subscription
    suppressed: bool = False
    #: the slot of the last edition of this newsletter that was promised to them
    last_slot: datetime | None = None
    #: editions before that one that they did not get, and of which it could tell nothing
    missed: frozenset[str] = frozenset()
    #: stories they have had, or may have had
    had: frozenset[str] = frozenset()
    #: the subscriber's traits and the subscription's as they lie in the database; None where nobody read them
    stored_traits: tuple[str, str] | None = None

    @property
    def traits(self) -> tuple[str, str]:
        """What rules compare: the subscriber's traits and the subscription's."""
        return self.stored_traits or (self.subscriber.traits, self.subscription.traits)
