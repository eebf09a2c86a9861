"""Listening: what somebody did on a page, in whatever process, is seen soon by who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from digest.domain.ports import Store

#: seconds after which it is listened again; a look costs some microseconds where nobody has written anything
EVERY_SECONDS = 0.5


def wait(store: Store, stopping: threading.Event, seconds: float) -> None:
    """Wait so many seconds, or until `stopping` is set or somebody rings."""
    with closing(store.bell()) as bell:
        # what was done before is no reason to wake
        bell.changed()
        while seconds > 0 and not stopping.wait(min(EVERY_SECONDS, seconds)) and not bell.changed():
            seconds -= EVERY_SECONDS


def listen(store: Store, stopping: threading.Event, wake: Callable[[], object]) -> None:
    """Wake somebody whenever it rings, until `stopping` is set."""
    with closing(store.bell()) as bell:
        bell.changed()
        while not stopping.wait(EVERY_SECONDS):
            if bell.changed():
                wake()
