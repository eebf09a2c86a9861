"""Serving: the public pages on an address of this machine, and the mail that they promise.

One process serves; with more workers each is a process of its own that listens on the same socket, one more sends the
mail, and the first one keeps them alive. That one has no threads and no open database while it makes the others: what a
process inherits of either is broken in it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from digest.app import App, notices
from digest.domain.errors import DigestError
from digest.jobs import readers
from digest.web.listening import END_SECONDS, server
from digest.web.public.site import site

Say = Callable[[str], None]

#: seconds between two looks for mail that another process promised
_LOOK_SECONDS = 2.0
#: seconds that a mail server which does not serve is left alone
_REST_SECONDS = 60.0
#: askings are forgotten so often, in seconds
_FORGET_SECONDS = 86_400.0
#: a process that ended sooner than so many seconds after it began is not made again before they are over
_TOO_SOON = 3.0


@contextmanager
def beside(app: App, listener: socket.socket, say: Say, *, alone: bool = True) -> Iterator[None]:
    """Serve in threads for the length of the block.

    alone: where the pages end by themselves, `app.stopping` is set, since there is nothing else to do.
    """
    promised, ending = threading.Event(), threading.Event()
    with site(app, promised.set) as web:
        serving = server(web, app.loaded.workspace.public.trusted_proxies)

        def serve() -> None:
            try:
                serving.run(sockets=[listener])
            finally:
                if not ending.is_set():
                    say("The readers' pages ended by themselves.")
                    if alone:
                        app.stopping.set()

        threads = [
            threading.Thread(target=serve, name="pages", daemon=True),
            threading.Thread(target=_mail, args=(app, promised, ending, say), name="notices", daemon=True),
        ]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            serving.should_exit = True
            ending.set()
            promised.set()
            until = time.monotonic() + END_SECONDS + 2
            for one in threads:
                one.join(max(0.0, until - time.monotonic()))


def by_workers(folder: Path, listener: socket.socket, count: int, stopping: threading.Event, say: Say) -> None:
    """Serve by so many processes until `stopping` is set, and send the mail they promise from one more.

    It must be called by a process that has no threads and no open database.
    """
    mailing = _Kept("sends the mail of readers", _mail_alone, (folder, stopping, os.getpid(), say))
    kept = [_Kept("serves pages", _serve, (folder, stopping, os.getpid(), listener)) for _ in range(count)]
    while not stopping.wait(0.2):
        for one in (mailing, *kept):
            one.tend(say)
    until = time.monotonic() + END_SECONDS + 2
    for one in (mailing, *kept):
        one.end()
    for one in (mailing, *kept):
        one.gone(until)


class _Kept:
    """A process that is made again where it ends."""

    def __init__(self, does: str, work: Callable[..., None], values: tuple[object, ...]) -> None:
        self._does, self._work, self._values = does, work, values
        self._process: BaseProcess | None = None
        self._again = 0.0
        self._begin()

    def _begin(self) -> None:
        made = multiprocessing.get_context("fork").Process(target=self._work, args=self._values, daemon=True)
        made.start()
        self._process, self._again = made, time.monotonic() + _TOO_SOON

    def tend(self, say: Say) -> None:
        """Make it again where it has ended; where it does so at once, not at once."""
        if self._process is not None and not self._process.is_alive():
            say(f"The process that {self._does} ended ({self._process.exitcode}); another takes its place.")
            self._process.join()
            self._process = None
        if self._process is None and time.monotonic() >= self._again:
            self._begin()

    def end(self) -> None:
        """Tell it to end."""
        if self._process is not None:
            self._process.terminate()

    def gone(self, until: float) -> None:
        """Wait for its end, on the monotonic clock; then do not ask any more."""
        if self._process is not None:
            self._process.join(max(0.0, until - time.monotonic()))
            if self._process.is_alive():
                self._process.kill()
                self._process.join()


def _serve(folder: Path, stopping: threading.Event, parent: int, listener: socket.socket) -> None:
    """Serve in a process of its own until it is told to end, or the one that keeps it is gone."""
    app = _alone(folder, stopping)
    with site(app, lambda: None) as web:
        serving = server(web, app.loaded.workspace.public.trusted_proxies)

        def end() -> None:
            serving.should_exit = True

        _until_orphaned(parent, stopping, end)
        serving.run(sockets=[listener])


def _mail_alone(folder: Path, stopping: threading.Event, parent: int, say: Say) -> None:
    """Send mail in a process of its own until it is told to end, or the one that keeps it is gone."""
    app = _alone(folder, stopping)
    _until_orphaned(parent, stopping, stopping.set)
    _mail(app, threading.Event(), stopping, say)


def _alone(folder: Path, stopping: threading.Event) -> App:
    # Ctrl-C goes to all processes of a terminal: the one that keeps them says when they end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    app = App.open(folder)
    app.stopping = stopping
    return app


def _until_orphaned(parent: int, stopping: threading.Event, end: Callable[[], None]) -> None:
    def watch() -> None:
        while os.getppid() == parent and not stopping.wait(0.5):
            pass
        end()

    threading.Thread(target=watch, name="orphan", daemon=True).start()


def _mail(app: App, promised: threading.Event, ending: threading.Event, say: Say) -> None:
    """Send what was promised, and forget what is old, until the pages end."""
    said, forget_at = "", time.monotonic()
    while not ending.is_set():
        promised.wait(_LOOK_SECONDS)
        promised.clear()
        try:
            notices.send(app)
            if time.monotonic() >= forget_at:
                readers.forget(app.store, app.clock)
                forget_at = time.monotonic() + _FORGET_SECONDS
        except DigestError as fault:
            words = f"Mail that readers wait for: {fault.what} {fault.mend}".rstrip()
            if words != said:
                say(words)
            said = words
            ending.wait(_REST_SECONDS)
        except Exception as fault:
            # a fault of the program: the pages must outlive it
            say(f"Mail that readers wait for: an unexpected fault, {type(fault).__name__}. It is tried again.")
            ending.wait(_REST_SECONDS)
        else:
            said = ""
