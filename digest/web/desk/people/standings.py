"""Standings: how people stand, in words."""

from __future__ import annotations

from collections.abc import Mapping

from digest.domain.model import Cadence, DeliveryState, SubscriptionState, SuppressionReason

#: state of a subscription -> its words, tone and shape on a pill
STATES: Mapping[SubscriptionState, tuple[str, str, str]] = {
    SubscriptionState.ACTIVE: ("Gets it", "ok", "tick"),
    SubscriptionState.PENDING: ("Waits", "warn", "clock"),
    SubscriptionState.UNSUBSCRIBED: ("Left", "quiet", "none"),
    SubscriptionState.BOUNCED: ("Mail came back", "stop", "octagon"),
    SubscriptionState.COMPLAINED: ("Reported as spam", "stop", "octagon"),
}
#: who paused it for now, and whose address is kept off, as something to look for
PAUSED, KEPT_AWAY = "paused", "kept-off"
#: how people stand, as something to look for: a state, or one of those two
WANTED: Mapping[str, str] = {
    SubscriptionState.ACTIVE: "Get it",
    PAUSED: "Paused it",
    SubscriptionState.PENDING: "Wait for a consent record or to confirm",
    SubscriptionState.UNSUBSCRIBED: "Left",
    SubscriptionState.BOUNCED: "Mail came back",
    SubscriptionState.COMPLAINED: "Reported it as spam",
    KEPT_AWAY: "Are kept off",
}
#: why an address is kept off, and what ends it
KEPT_OFF: Mapping[str, str] = {
    SuppressionReason.LEFT: "They left. Only they can end that, by signing up and confirming it.",
    SuppressionReason.HARD_BOUNCE: "Mail came back. Only they can end that, by signing up and confirming it.",
    SuppressionReason.ERASED: "They were erased. Only they can end that, by signing up and confirming it.",
    SuppressionReason.COMPLAINT: "They reported mail as spam. Nothing ends that.",
}
#: … of many people
KEPT_OFF_FOR: Mapping[str, str] = {
    SuppressionReason.LEFT: "left the list before",
    SuppressionReason.HARD_BOUNCE: "mail came back",
    SuppressionReason.ERASED: "asked to be erased",
    SuppressionReason.COMPLAINT: "reported as spam",
}
CADENCES: Mapping[Cadence, str] = {
    Cadence.WEEKLY: "Weekly",
    Cadence.FORTNIGHTLY: "Every two weeks",
    Cadence.MONTHLY: "Once a month",
}
#: state of a delivery -> its words, tone and shape on a pill
DELIVERIES: Mapping[DeliveryState, tuple[str, str, str]] = {
    DeliveryState.SENT: ("Sent", "ok", "tick"),
    DeliveryState.SKIPPED: ("Skipped", "quiet", "chevron-right"),
    DeliveryState.PENDING: ("Waiting", "info", "clock"),
    DeliveryState.CLAIMED: ("Waiting", "info", "clock"),
    DeliveryState.FAILED: ("Refused", "stop", "octagon"),
    DeliveryState.UNKNOWN: ("Unknown", "warn", "triangle"),
}
