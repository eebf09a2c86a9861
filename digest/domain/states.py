"""The state machines as one table, and move(), the only way along an arrow.

Every arrow has its reason beside it; what is not in the table cannot happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from digest.domain.errors import Refused
from digest.domain.model import DeliveryState, EditionState, SubscriptionState

E, D, S = EditionState, DeliveryState, SubscriptionState

#: an edition in one of these leaves its insights new
NEVER_SENT = (E.DISCARDED, E.SKIPPED, E.MISSED, E.CANCELLED)

#: what people signed, and what has not begun to leave
SIGNED = (E.APPROVED, E.HOLDING)
#: what can still be changed
OPEN = (E.DRAFT, *SIGNED)
#: what still has something before it
UNDER_WAY = (*OPEN, E.SENDING, E.PAUSED)

#: everybody may read these: people have them, or get them now
PUBLIC = (E.SENDING, E.PAUSED, E.SENT)
#: people have these: one that was cancelled may have been stopped half-way
MAILED = (*PUBLIC, E.CANCELLED)

EDITION: Mapping[EditionState, Mapping[EditionState, str]] = MappingProxyType(
    {
        E.DRAFT: {
            E.APPROVED: "a person signed the bytes that were on the screen",
            E.DISCARDED: "a person threw it away; its stories are new again",
            E.SKIPPED: "too little news",
            E.MISSED: "the slot is long past",
        },
        E.APPROVED: {
            E.HOLDING: "the minutes before anything leaves have begun",
            E.DRAFT: "a person took the approval back, or the bytes changed",
            E.CANCELLED: "a person decided that it does not go out",
        },
        E.HOLDING: {
            E.SENDING: "the holding time is over and people are being planned",
            E.APPROVED: "a person pressed undo",
        },
        E.SENDING: {
            E.SENT: "everybody is planned and nobody is pending or claimed",
            E.PAUSED: "a person, or trouble with the server, paused it",
            E.CANCELLED: "a person stopped the rest",
        },
        E.PAUSED: {
            E.SENDING: "a person resumed it",
            E.CANCELLED: "a person stopped the rest",
        },
        E.SENT: {E.SENDING: "a person retries or resends"},
        E.DISCARDED: {},
        E.SKIPPED: {},
        E.MISSED: {},
        E.CANCELLED: {},
    }
)

DELIVERY: Mapping[DeliveryState, Mapping[DeliveryState, str]] = MappingProxyType(
    {
        D.PENDING: {
            D.CLAIMED: "a worker took it",
            D.SKIPPED: "unsubscribed, suppressed, paused or cancelled before its turn",
        },
        D.CLAIMED: {
            D.SENT: "the server took responsibility",
            D.FAILED: "the server refused for good, or for too long",
            D.UNKNOWN: "the body was begun and no answer is known",
            D.SKIPPED: "unsubscribed or suppressed before its body was begun",
            D.PENDING: "certainly not taken by the server",
        },
        D.UNKNOWN: {
            D.SENT: "evidence: the relay's log",
            D.FAILED: "evidence: a bounce",
            D.PENDING: "a person decided to send it again",
        },
        D.FAILED: {D.PENDING: "a person retries a temporary refusal"},
        D.SENT: {},
        D.SKIPPED: {},
    }
)

SUBSCRIPTION: Mapping[SubscriptionState, Mapping[SubscriptionState, str]] = MappingProxyType(
    {
        S.PENDING: {S.ACTIVE: "confirmed, or imported with a consent record", S.ERASED: "asked to be erased"},
        S.ACTIVE: {
            S.UNSUBSCRIBED: "asked to get no more",
            S.BOUNCED: "the address does not exist",
            S.COMPLAINED: "reported it as spam",
            S.ERASED: "asked to be erased",
        },
        S.UNSUBSCRIBED: {S.PENDING: "asks again and must confirm again", S.ERASED: "asked to be erased"},
        S.BOUNCED: {S.PENDING: "asks again and must confirm again", S.ERASED: "asked to be erased"},
        S.COMPLAINED: {S.ERASED: "asked to be erased"},
        S.ERASED: {},
    }
)

#: one table a machine; move() looks a state up in the table of its own type, since two machines
#: may use the same word ("pending")
MOVES: Mapping[type, Mapping[Any, Mapping[Any, str]]] = MappingProxyType(
    {EditionState: EDITION, DeliveryState: DELIVERY, SubscriptionState: SUBSCRIPTION}
)

State = TypeVar("State", EditionState, DeliveryState, SubscriptionState)


def may_move(now: State, then: State) -> bool:
    """Tell whether there is an arrow from `now` to `then`."""
    return then in MOVES[type(now)][now]


def move(now: State, then: State) -> State:
    """Return `then` if there is an arrow to it from `now`.

    Raises Refused, naming what is possible instead.
    """
    if may_move(now, then):
        return then
    possible = ", ".join(MOVES[type(now)][now]) or "nothing: it is final"
    raise Refused(f"What is {now} cannot become {then}.", f"Possible from {now}: {possible}.")
