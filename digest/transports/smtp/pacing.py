"""Pacing: how fast a server is sent mail, and how much of it in a day.

A rate is kept by an even distance between messages, so that no minute has more than its share, however often the
program is started. Refusals for now stretch the distance by themselves, and what is taken shrinks it again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

#: seconds between messages after the first refusal for now, and at most; each further one doubles them
FIRST_SECONDS, MOST_SECONDS = 0.25, 5.0
#: what is left of them after each message that was taken; below the least there is no distance any more
SHRINKS, LEAST_SECONDS = 0.9, 0.02

DAY = timedelta(days=1)


class Pace:
    """The distance between messages."""

    def __init__(self, a_minute: int = 0) -> None:
        """a_minute: messages at most; 0 for as many as will go."""
        self._usual = 60.0 / a_minute if a_minute else 0.0
        self._slowed = 0.0
        self._next = 0.0

    @property
    def distance(self) -> float:
        """Seconds between two messages as it is now."""
        return max(self._usual, self._slowed)

    def wait(self, now: float) -> float:
        """Return the seconds until the next message may go; now: of a clock that never goes back."""
        return max(0.0, self._next - now)

    def go(self, now: float) -> None:
        """Let one go."""
        self._next = max(now, self._next) + self.distance

    def refused(self, now: float) -> None:
        """Go slower: it was put off."""
        self._slowed = min(MOST_SECONDS, max(FIRST_SECONDS, 2 * self._slowed))
        self._next = max(self._next, now + self._slowed)

    def taken(self) -> None:
        """Go a little faster again."""
        self._slowed = self._slowed * SHRINKS if self._slowed > LEAST_SECONDS else 0.0


class Quota:
    """Messages in any 24 hours."""

    def __init__(self, limit: Callable[[datetime], int], used: Iterable[tuple[datetime, int]] = ()) -> None:
        """limit: of a day, 0 for none; used: what was taken before, by minute, the oldest first."""
        self._limit = limit
        self._used = deque(used)
        self._sum = sum(count for _, count in self._used)

    def is_used_up(self, now: datetime) -> bool:
        """Tell whether no more may go now."""
        limit = self._limit(now)
        if not limit:
            return False
        self._forget(now)
        return 0 < limit <= self._sum

    def again(self, now: datetime) -> datetime:
        """Return when the next may go, where none may now."""
        self._forget(now)
        over = self._sum - self._limit(now) + 1
        for at, count in self._used:
            over -= count
            if over <= 0:
                return at + DAY
        return now

    def use(self, now: datetime) -> None:
        """Count one that goes."""
        minute = now.replace(second=0, microsecond=0)
        self._sum += 1
        if self._used and self._used[-1][0] == minute:
            self._used[-1] = (minute, self._used[-1][1] + 1)
        else:
            self._used.append((minute, 1))

    def _forget(self, now: datetime) -> None:
        while self._used and self._used[0][0] + DAY <= now:
            self._sum -= self._used.popleft()[1]
