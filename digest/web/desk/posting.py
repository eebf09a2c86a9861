"""Posting: what is done after a page was answered, so that nobody learns from how long it took.

One thread does it, one after the other: mail servers are slow, and nobody waits for them.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

#: so many may wait; whoever asks beyond that asks again
_MOST = 50
_LOG = logging.getLogger(__name__)


class Posting:
    """Does things beside the pages."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def later(self, do: Callable[[], None]) -> None:
        """Have something done soon."""
        with self._lock:
            if len(self._waiting) >= _MOST:
                _LOG.error("A mail to staff was dropped: %s wait already", _MOST)
                return
            self._waiting.append(do)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="posting", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                do = self._waiting.popleft()
            try:
                do()
            except Exception as fault:
                # what a fault says may hold an address, which is not for a log
                _LOG.error("A mail to staff could not be sent: %s", type(fault).__name__)
