"""Pace: how often and how many at once a host is asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from digest.domain.errors import FetchError
from digest.net.deadline import Deadline

#: requests to one host at the same time
AT_ONCE = 2
#: seconds between two requests that a robots.txt may ask for; who asks for more is given this
MOST_DELAY = 10.0


@dataclass(slots=True, kw_only=True)
class _Host:
    """One host: who is being served, who waits, and when it was asked last (seconds of the monotonic clock)."""

    served: int = 0
    waiting: deque[threading.Event] = field(default_factory=deque)
    asked: float = float("-inf")
    delay: float = 0.0


class Pace:
    """Gives each request to a host its turn, first come first served. Any number of threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._ended = threading.Event()

    @contextmanager
    def turn(self, host: str, deadline: Deadline) -> Iterator[None]:
        """Wait for the host's turn and hold it for the block; the deadline stands still until it has come.

        Raises FetchError where the pace is ended while it waits.
        """
        with deadline.paused():
            place = self._taken(host)
        try:
            with deadline.paused():
                self._ended.wait(self._until(place))
            if self._ended.is_set():
                raise _stopped(host)
            yield
        finally:
            self._given_back(place)

    def slow(self, host: str, delay: float) -> None:
        """Leave so many seconds between the beginnings of two requests to a host, MOST_DELAY at most."""
        with self._lock:
            self._hosts.setdefault(host, _Host()).delay = min(max(delay, 0.0), MOST_DELAY)

    def end(self) -> None:
        """Let nobody wait any longer: whoever does gets a FetchError."""
        with self._lock:
            self._ended.set()
            for place in self._hosts.values():
                for one in place.waiting:
                    one.set()

    def _taken(self, host: str) -> _Host:
        with self._lock:
            place = self._hosts.setdefault(host, _Host())
            if place.served < AT_ONCE or self._ended.is_set():
                place.served += 1
                return place
            mine = threading.Event()
            place.waiting.append(mine)
        mine.wait()
        return place

    def _given_back(self, place: _Host) -> None:
        with self._lock:
            if place.waiting:
                # the place goes straight to who waited longest: nobody who comes now can be quicker
                place.waiting.popleft().set()
            else:
                place.served -= 1

    def _until(self, place: _Host) -> float:
        """Return the seconds until the host may be asked, and note that it will be asked then."""
        with self._lock:
            now = time.monotonic()
            place.asked = max(now, place.asked + place.delay)
            return place.asked - now


def _stopped(host: str) -> FetchError:
    return FetchError(f"{host} was not asked: collecting was stopped.", "Collect again.")
