"""What is asked of the database to find people: by how their address or name begins, by state, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.domain.model import Subscriber, Subscription, SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which people are looked for."""

    limit: int
    #: how their address, first name or last name begins; anybody where nothing is given
    words: str = ""
    #: with a place on one of these newsletters; also with none where none is named
    newsletters: Sequence[str] = ()
    #: in this state on one of those newsletters
    state: SubscriptionState | None = None
    #: who has paused it at this moment, on one of those newsletters
    paused_at: datetime | None = None
    #: whose address is kept off
    kept_off: bool = False
    #: where the page before ended (Found.further)
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """One of those who were found."""

    subscriber: Subscriber
    places: Sequence[Subscription]
    #: why their address is kept off; empty where it is not
    kept_off: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of people."""

    people: Sequence[Somebody]
    #: where the next page begins; empty where this is the last
    further: str = ""


class Searching(Protocol):
    """Finds people."""

    def page(self, wanted: Wanted) -> Found:
        """Return a page of people, in the order of addresses; then of last names, then of first names.

        A page looks at a bounded number of people, so that it may hold fewer than were wanted although there are more.
        Who was erased is never found.
        """
        ...
