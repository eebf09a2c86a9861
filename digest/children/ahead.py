"""Ahead: a child process makes what this one uses, some pieces ahead of it.

Where reading takes as long as writing, both go on at the same time, each on a processor of its own.
"""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from digest.children.limited import Unfinished
from digest.domain.errors import DigestError

#: octets that lie ready at most: a child that is quicker waits
_AHEAD = 1 << 20

T = TypeVar("T")


def ahead(work: Callable[[], Iterable[T]]) -> Iterator[T]:
    """Yield what some work yields: a function of a module, or one with what it is given (functools.partial).

    The work begins at once. The child ends with the iterator, and with this process. Raises Unfinished where it ended
    before, or failed, and what it raises on purpose (DigestError).
    """
    # a fork of this process could inherit a lock that another thread holds; a server without threads forks instead
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe(duplex=False)
    with suppress(OSError, AttributeError):
        # what Linux allows everybody; the usual 64 kB are less than a piece
        fcntl.fcntl(there.fileno(), fcntl.F_SETPIPE_SZ, _AHEAD)
    # this process alone holds the end that could be written to: it is closed when the process ends, however that is
    alive, mine = context.Pipe(duplex=False)
    child = context.Process(target=_make, args=(there, alive, work), daemon=True)
    child.start()
    there.close()
    alive.close()
    return _pieces(here, mine, child)


def _pieces(here: Connection, mine: Connection, child: multiprocessing.process.BaseProcess) -> Iterator[T]:
    try:
        while True:
            try:
                kind, piece = here.recv()
            except EOFError:
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
        mine.close()


def _make(there: Connection, alive: Connection, work: Callable[[], Iterable[object]]) -> None:
    # Ctrl-C is for the program, which then ends its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # what it makes is gone with the next piece: to look for rings of it costs a twentieth of the time
    gc.disable()
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    try:
        for piece in work():
            there.send(("piece", piece))
        there.send(("end", None))
    except DigestError as fault:
        there.send(("raised", fault))
    except Exception as fault:
        there.send(("raised", Unfinished(f"it failed ({type(fault).__name__})")))


def _end_with(alive: Connection) -> None:
    """End this process once the program has ended that uses what it makes."""
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    os._exit(1)
