"""Ahead: a child process makes what this one uses, some pieces ahead of it.

Where reading takes as long as writing, both go on at the same time, each on a processor of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from digest.children.limited import Unfinished
from digest.domain.errors import DigestError

#: pieces that lie ready at most: a child that is quicker waits
_AHEAD = 4
#: seconds between two looks whether the child is still there
_LOOK_SECONDS = 1.0

T = TypeVar("T")


def ahead(work: Callable[..., Iterable[T]], *given: object) -> Iterator[T]:
    """Yield what some work yields: a function of a module, and what it is given.

    Raises Unfinished where its process ended or it failed, and what it raises on purpose (DigestError). The child ends
    with the iterator.
    """
    # a fork of this process could inherit a lock that another thread holds; a server without threads forks instead
    context = multiprocessing.get_context("forkserver")
    pieces: Any = context.Queue(_AHEAD)
    # this process alone holds the end that could be written to: it is closed when the process ends, however that is
    there, here = context.Pipe(duplex=False)
    child = context.Process(target=_make, args=(pieces, there, work, given), daemon=True)
    child.start()
    there.close()
    try:
        while True:
            try:
                kind, piece = pieces.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if child.is_alive():
                    continue
                raise Unfinished("its process was ended") from None
            if kind == "end":
                return
            if kind == "raised":
                raise piece
            yield piece
    finally:
        child.kill()
        child.join()
        here.close()
        pieces.close()


def _make(pieces: Any, alive: Connection, work: Callable[..., Iterable[object]], given: tuple[object, ...]) -> None:
    # Ctrl-C is for the program, which then ends its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # it holds both ends of the queue, so that it would wait for ever for a program that was killed
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    try:
        for piece in work(*given):
            pieces.put(("piece", piece))
        pieces.put(("end", None))
    except DigestError as fault:
        pieces.put(("raised", fault))
    except Exception as fault:
        pieces.put(("raised", Unfinished(f"it failed ({type(fault).__name__})")))


def _end_with(alive: Connection) -> None:
    """End this process once the program has ended that uses what it makes."""
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    os._exit(1)
