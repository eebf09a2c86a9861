"""Lanes: what one mail provider is sent at a time and in a minute, whichever server it goes through.

What a provider takes later is kept back, so that everybody else's goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from digest.domain.model import DomainLimit
from digest.transports.smtp.mailing import Item
from digest.transports.smtp.pacing import Pace

#: seconds after which it is looked again whether a domain's provider is known
_ANSWER_SECONDS = 0.02

#: gives the provider of a domain's mail, None while that is not known yet
ProviderOf = Callable[[str], str | None]


class _Lane:
    def __init__(self, limit: DomainLimit) -> None:
        self.limit = limit
        self.pace = Pace(limit.messages_a_minute)
        self.busy = 0
        self.held: deque[Item] = deque()

    def wait(self, now: float) -> float:
        """Seconds until one may go, as far as time says."""
        return self.pace.wait(now)

    def is_free(self, now: float) -> bool:
        return self.wait(now) <= 0 and not 0 < self.limit.connections <= self.busy

    def go(self, now: float) -> None:
        self.pace.go(now)
        self.busy += 1


class Lanes:
    """The lanes of one delivery; used by one thread at a time."""

    def __init__(self, limits: Mapping[str, DomainLimit], provider_of: ProviderOf) -> None:
        """limits: by provider."""
        self._lanes = {provider: _Lane(limit) for provider, limit in limits.items()}
        self._provider_of = provider_of
        #: those whose provider is not known yet
        self._unknown: deque[Item] = deque()
        self._going: dict[int, _Lane] = {}

    @property
    def held(self) -> int:
        """How many are kept back."""
        return len(self._unknown) + sum(len(lane.held) for lane in self._lanes.values())

    def admits(self, item: Item, now: float) -> bool:
        """Tell whether a message may go now, and count it as going; one that may not is kept back."""
        if not self._lanes:
            return True
        provider = self._provider_of(_domain(item))
        if provider is None:
            self._unknown.append(item)
            return False
        lane = self._lanes.get(provider)
        if lane is None:
            return True
        if lane.held or not lane.is_free(now):
            lane.held.append(item)
            return False
        self._go(item, lane, now)
        return True

    def next(self, now: float) -> Item | None:
        """Return one of those kept back that may go now, counted as going."""
        for _ in range(len(self._unknown)):
            item = self._unknown.popleft()
            if self.admits(item, now):
                return item
        for lane in self._lanes.values():
            if lane.held and lane.is_free(now):
                item = lane.held.popleft()
                self._go(item, lane, now)
                return item
        return None

    def came_back(self, item: Item) -> None:
        """Say that a message is no longer going, whatever became of it."""
        lane = self._going.pop(id(item), None)
        if lane is not None:
            lane.busy -= 1

    def wait(self, now: float) -> float:
        """Return the seconds until one that is kept back may go, as far as time says; nought where none is."""
        if self._unknown:
            return _ANSWER_SECONDS
        return min((lane.wait(now) for lane in self._lanes.values() if lane.held), default=0.0)

    def postponed(self, now: float) -> list[tuple[Item, float, DomainLimit]]:
        """Let go of all that is kept back: each with the seconds until its turn, and the limit that keeps it."""
        found = []
        for lane in self._lanes.values():
            for number, item in enumerate(lane.held):
                found.append((item, lane.wait(now) + number * lane.pace.distance, lane.limit))
            lane.held.clear()
        return found

    def let_go(self) -> list[Item]:
        """Let go of all that is kept back, where nobody is left who could send it; return it."""
        found = [*self._unknown, *(item for lane in self._lanes.values() for item in lane.held)]
        self._unknown.clear()
        for lane in self._lanes.values():
            lane.held.clear()
        return found

    def _go(self, item: Item, lane: _Lane, now: float) -> None:
        lane.go(now)
        self._going[id(item)] = lane


def _domain(item: Item) -> str:
    return item.parcel.envelope_to.rpartition("@")[2].lower()
