"""Turns: the newsletters of one process mail one after the other, so that what a server takes a minute is kept.

Whoever waits for the canary, for a retry or for somebody's morning lets the others mail meanwhile; and who mails for
long gives way for a while, so that one newsletter with many readers holds up none with few.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from digest.domain.model import Outcome, Parcel
from digest.domain.ports import Begin, Known, Transport, unheard

#: seconds after which somebody who waits gets their turn
SECONDS = 30.0
#: seconds after which who waits looks whether the program is told to stop
_LOOK_SECONDS = 0.5


class Turns:
    """Who mails now, and who waits for it, the first one first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """monotonic: seconds of a clock that never goes back."""
        self.monotonic = monotonic
        self._changed = threading.Condition()
        self._queue: deque[Turn] = deque()

    @contextmanager
    def turn(self, stop: Callable[[], bool]) -> Iterator[Turn]:
        """Wait for a turn, and have it for the length of the block; where `stop` says so, there is no waiting."""
        mine = Turn(self, stop)
        mine.take()
        try:
            yield mine
        finally:
            mine.give_back()

    @property
    def waiting(self) -> int:
        """How many wait for the one who has it."""
        return max(0, len(self._queue) - 1)

    def enter(self, turn: Turn, stop: Callable[[], bool]) -> None:
        """Wait until it is somebody's turn, or the program is to stop."""
        with self._changed:
            self._queue.append(turn)
            while self._queue[0] is not turn and not stop():
                self._changed.wait(_LOOK_SECONDS)

    def leave(self, turn: Turn) -> None:
        """Let the next one have it."""
        with self._changed:
            if turn in self._queue:
                self._queue.remove(turn)
            self._changed.notify_all()


class Turn:
    """One newsletter's turn."""

    def __init__(self, turns: Turns, stop: Callable[[], bool]) -> None:
        self._turns = turns
        self._stop = stop
        self._since = 0.0

    def take(self) -> None:
        """Wait for it."""
        self._turns.enter(self, self._stop)
        self._since = self._turns.monotonic()

    def give_back(self) -> None:
        """Let the next one have it."""
        self._turns.leave(self)

    def is_over(self) -> bool:
        """Tell whether somebody waits, and this one had it for long enough."""
        return self._turns.waiting > 0 and self._turns.monotonic() - self._since >= SECONDS

    def aside(self, wait: Callable[[float], None]) -> Callable[[float], None]:
        """Return what waits so many seconds and lets the others mail meanwhile; wait: how."""

        def waiting(seconds: float) -> None:
            self.give_back()
            try:
                wait(seconds)
            finally:
                self.take()

        return waiting


class WayOut:
    """A way out that knows what the servers took up to now: others may have mailed since the turn before."""

    def __init__(self, made: Callable[[], Transport]) -> None:
        """made: makes it, with what is written down by then."""
        self._made = made
        # what it cannot be made of is told before anything is under way
        made()

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        """Send each parcel (domain/ports, Transport)."""
        return self._made().deliver(parcels, begin, known)
