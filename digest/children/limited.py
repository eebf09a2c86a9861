"""Limited: work that may take for ever, or all memory, is done by a child process that is ended then.

What the work raises on purpose (DigestError) comes back as it is; everything else that goes wrong is Unfinished, and
the next piece of work finds a new child.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as Late
from functools import cached_property
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool
from pebble.concurrent import process

from digest.domain.errors import DigestError

#: seconds and bytes that one piece of work may take
MOST_SECONDS = 10.0
MOST_MEMORY = 1024 * 1024 * 1024

T = TypeVar("T")


class Unfinished(Exception):
    """A piece of work came to no end; `why` says what it did, as in “it took too much memory”."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Children:
    """A few child processes; they start with the first piece of work and end with `close`. Threads may share them."""

    def __init__(
        self,
        preloaded: Sequence[str],
        workers: int = 2,
        seconds: float = MOST_SECONDS,
        *,
        patience: float | None = None,
        prepare: Callable[..., None] | None = None,
        given: tuple[object, ...] = (),
    ) -> None:
        """preloaded: modules that each child finds loaded, where these are the program's first children; patience:
        seconds after which a result is no longer waited for and other children take over, for work that is always
        short; prepare: a function of a module that each child calls when it starts, with what is `given`.
        """
        self._preloaded = preloaded
        self._workers = workers
        self._seconds = seconds
        self._patience = patience
        self._first = (MOST_MEMORY, prepare, given)
        self._changing = threading.Lock()
        self._closed = False

    @cached_property
    def _pool(self) -> ProcessPool:
        # a fork of this process could inherit a lock that another thread holds; a server without threads forks instead
        context = multiprocessing.get_context("forkserver")
        # each child would load the program's first module for itself
        context.set_forkserver_preload(["digest.children.forked", "__main__", *self._preloaded])
        return ProcessPool(max_workers=self._workers, initializer=_begin, initargs=self._first, context=context)

    def done(self, work: Callable[..., T], *given: object) -> T:
        """Have a piece of work done: a function of a module, and what it is given.

        Raises Unfinished where it took too long or too much memory or broke, and what it raises on purpose.
        """
        return self.start(work, *given)()

    def start(self, work: Callable[..., T], *given: object) -> Callable[[], T]:
        """Hand out a piece of work; return what waits for its result, and raises as `done` does."""
        with self._changing:
            if self._closed:
                raise Unfinished("the program was ending")
            pool = self._pool
            try:
                future = pool.schedule(work, args=given, timeout=self._seconds)
            except RuntimeError:
                # whoever kills all children at once leaves a pool that takes no work
                self._leave(pool)
                pool = self._pool
                future = pool.schedule(work, args=given, timeout=self._seconds)

        def result() -> T:
            if self.__dict__.get("_pool") is not pool and not future.done():
                raise Unfinished("its process was ended")
            try:
                return future.result(self._patience)
            except Late:
                # a child that was killed while it held the line that all share leaves the others without work
                if not future.done():
                    with self._changing:
                        self._leave(pool)
                raise

        return lambda: _explained(result, self._seconds)

    def close(self) -> None:
        """Have the children end; nothing is done from then on.

        Their end is awaited in a thread of its own, which the program waits for before it ends itself: whoever has all
        answers need not.
        """
        with self._changing:
            self._closed = True
            if "_pool" in self.__dict__:
                self._leave(self._pool)

    def _leave(self, pool: ProcessPool) -> None:
        """Have the children of a pool end; the next piece of work finds others."""
        if self.__dict__.get("_pool") is pool:
            del self._pool
            pool.stop()
            threading.Thread(target=pool.join, name="end of the children").start()


def done_once(work: Callable[..., T], *given: object, seconds: float = MOST_SECONDS) -> T:
    """Have one piece of work done in a child of its own: for a program that needs one and ends.

    Raises as Children.done does.
    """
    # this process has no threads yet, so that it may fork: nothing is loaded a second time
    start = process(timeout=seconds, mp_context=multiprocessing.get_context("fork"))(_limited)
    result: Callable[[], T] = start(work, *given).result
    return _explained(result, seconds)


def _limited(work: Callable[..., T], *given: object) -> T:
    _limit(MOST_MEMORY)
    return work(*given)


def _begin(memory: int, prepare: Callable[..., None] | None, given: tuple[object, ...]) -> None:
    _limit(memory)
    if prepare is not None:
        prepare(*given)


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Ctrl-C is for the program, which then ends its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _explained(result: Callable[[], T], seconds: float) -> T:
    try:
        return result()
    except (DigestError, Unfinished):
        raise
    except Late as fault:
        raise Unfinished(f"it took more than {seconds:.0f} seconds") from fault
    except (MemoryError, ProcessExpired) as fault:
        raise Unfinished("it took too much memory") from fault
    except Exception as fault:
        raise Unfinished(f"it failed ({type(fault).__name__})") from fault
