"""Beside: what takes long is worked out beside the page, which shows the last answer until the new one comes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from digest.domain.errors import DigestError

#: seconds for which a page waits: what is quick stands on it at once
PATIENCE = 0.06
#: seconds for which an answer counts that took longer than that; what is quick is worked out each time
_FRESH = 30.0
#: answers that are remembered, and those that are worked out at the same time
_MOST, _AT_ONCE = 200, 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What is known."""

    #: None where nothing is known yet
    value: T | None = None
    #: another answer is on its way
    moves: bool = False
    #: why there is none
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    answer: Answer[T]
    at: float
    took: float


class Beside(Generic[T]):
    """Answers by what was asked."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept[T]] = OrderedDict()
        self._under_way: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()
        self._room = threading.Semaphore(_AT_ONCE)

    def ask(self, key: Hashable, make: Callable[[], T]) -> Answer[T]:
        """Return what is known under a key; `make` is called where that is nothing, or old."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.took > PATIENCE and time.monotonic() - kept.at < _FRESH:
                return kept.answer
            ready = self._under_way.get(key)
            if ready is None:
                ready = self._under_way[key] = threading.Event()
                threading.Thread(target=self._make, args=(key, make), name="beside", daemon=True).start()
        if ready.wait(PATIENCE):
            with self._lock:
                return self._kept[key].answer
        return replace(kept.answer, moves=True) if kept is not None else Answer(moves=True)

    def _make(self, key: Hashable, make: Callable[[], T]) -> None:
        begun = time.monotonic()
        answer: Answer[T] = Answer(trouble="This could not be worked out now.")
        try:
            with self._room:
                answer = Answer(make())
        except DigestError as fault:
            answer = Answer(trouble=f"{fault.what} {fault.mend}".strip())
        finally:
            with self._lock:
                now = time.monotonic()
                self._kept[key] = _Kept(answer, now, now - begun)
                self._kept.move_to_end(key)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
                self._under_way.pop(key).set()
