"""Together: many who wait for one commit share it.

A commit costs one write to the disk, whatever it holds. Under load as many callers as came while the last one was
written go into the next; a single caller waits for nobody. A task that cannot be done fails its own caller alone.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Generic, Self, TypeVar

from digest.domain.errors import DigestError

Task = TypeVar("Task")
Answer = TypeVar("Answer")
#: callers of one commit
_MOST = 500


class Together(Generic[Task, Answer]):
    """Gathers the tasks of many threads and does them in one call, for the length of a `with` block."""

    def __init__(self, work: Callable[[Sequence[Task]], Sequence[Answer]]) -> None:
        """work: does some tasks, all or none, and gives an answer for each."""
        self._work = work
        self._tasks: queue.SimpleQueue[tuple[Task, Future[Answer]] | None] = queue.SimpleQueue()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="together", daemon=True)

    def __call__(self, task: Task) -> Answer:
        """Do a task with those of others; return its answer. Raises what doing it raised."""
        done: Future[Answer] = Future()
        self._tasks.put((task, done))
        if self._ended:
            self._refuse()
        return done.result()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tasks.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._tasks.get()) is not None:
            waiting = [first]
            while len(waiting) < _MOST and not self._tasks.empty():
                another = self._tasks.get()
                if another is None:
                    # the end is for after these
                    self._tasks.put(None)
                    break
                waiting.append(another)
            self._do(waiting)
        self._ended = True
        self._refuse()

    def _refuse(self) -> None:
        """Answer those who came too late, so that nobody waits for what has ended."""
        while True:
            try:
                late = self._tasks.get_nowait()
            except queue.Empty:
                return
            if late is not None:
                late[1].set_exception(RuntimeError("this has ended"))

    def _do(self, waiting: Sequence[tuple[Task, Future[Answer]]]) -> None:
        try:
            answers = self._work([task for task, _ in waiting])
        except Exception as fault:  # it is for those who wait
            if len(waiting) > 1 and not isinstance(fault, DigestError):
                # one of them is at fault: the others must not pay for it
                for one in waiting:
                    self._do([one])
                return
            for _, done in waiting:
                done.set_exception(fault)
            return
        for (_, done), answer in zip(waiting, answers, strict=True):
            done.set_result(answer)
