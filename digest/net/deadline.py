"""Deadline: the moment at which a fetch must have ended, whatever it is doing then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Deadline:
    """So many seconds from now, for everything a fetch does; waiting for others of this program moves it.

    seconds: how long it may take. One thread uses it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; not more than nought once it has passed."""
        return self._end - time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Move the deadline by what the block takes: a queue of this program's own is no fault of a server."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - began
