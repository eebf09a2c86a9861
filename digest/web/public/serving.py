"""Serving: the public pages on an address of this machine, and the mail that they promise.

One process serves; with more workers each is a process of its own that listens on the same socket, and the first one
keeps them alive.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn

from digest.app import App, notices
from digest.config.public import place
from digest.domain.errors import DigestError, Refused
from digest.web.public.bounds import Bounded
from digest.web.public.site import site

Say = Callable[[str], None]

#: seconds between two looks for mail that another process promised
_LOOK_SECONDS = 2.0
#: seconds that a mail server which does not serve is left alone
_REST_SECONDS = 60.0
#: connections that may wait to be taken
_BACKLOG = 1_024
#: requests at the same time; more are told to come again
_MOST_AT_ONCE = 1_000
#: seconds for the requests that are being answered when the program ends
_END_SECONDS = 10


def listening(listen: str) -> socket.socket:
    """Return a socket that listens on an address such as 127.0.0.1:8025; port 0 takes a free one.

    Raises Refused where that is another program's.
    """
    found = place(listen)
    assert found is not None, "digest.toml was checked"
    family = socket.AF_INET6 if ":" in found[0] else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(found)
    except OSError as fault:
        made.close()
        raise Refused(
            f"The pages cannot be served at {listen}: {fault.strerror}.",
            "End the other program that listens there, or write another address under [public] in digest.toml.",
        ) from fault
    made.listen(_BACKLOG)
    return made


@contextmanager
def beside(app: App, listener: socket.socket, say: Say) -> Iterator[None]:
    """Serve in threads for the length of the block."""
    promised = threading.Event()
    with site(app, promised.set) as web:
        server = _server(app, web)
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True)
        mailing = threading.Thread(target=_mail, args=(app, promised, server, say), name="notices", daemon=True)
        serving.start()
        mailing.start()
        try:
            yield
        finally:
            server.should_exit = True
            promised.set()
            serving.join(_END_SECONDS + 1)
            mailing.join(_END_SECONDS + 1)


def by_workers(folder: Path, listener: socket.socket, count: int, stopping: threading.Event, say: Say) -> None:
    """Serve by so many processes until `stopping` is set, and send the mail they promise from this one.

    It must be called before this process has threads.
    """
    workers: list[BaseProcess] = [_worker(folder, listener) for _ in range(count)]
    app = App.open(folder)
    app.stopping = stopping
    watching = threading.Thread(target=_mail, args=(app, threading.Event(), None, say), name="notices", daemon=True)
    watching.start()
    while not stopping.wait(1.0):
        for number, worker in enumerate(workers):
            if not worker.is_alive():
                say(f"A process that serves pages ended ({worker.exitcode}); another takes its place.")
                workers[number] = _worker(folder, listener)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(_END_SECONDS + 1)
    watching.join(_END_SECONDS + 1)


def _worker(folder: Path, listener: socket.socket) -> BaseProcess:
    made = multiprocessing.get_context("fork").Process(target=_serve, args=(folder, listener, os.getpid()), daemon=True)
    made.start()
    return made


def _serve(folder: Path, listener: socket.socket, parent: int) -> None:
    """Serve in a process of its own until it is told to end, or the one that keeps it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = App.open(folder)
    with site(app, lambda: None) as web:
        server = _server(app, web)

        def orphaned() -> None:
            while not server.should_exit and os.getppid() == parent:
                app.wait(1.0)
            server.should_exit = True

        threading.Thread(target=orphaned, daemon=True).start()
        server.run(sockets=[listener])


def _server(app: App, web: object) -> uvicorn.Server:
    trusted = list(app.loaded.workspace.public.trusted_proxies)
    settings = uvicorn.Config(
        Bounded(web),  # type: ignore[arg-type]
        http="httptools",
        loop="uvloop",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_END_SECONDS,
    )
    return uvicorn.Server(settings)


def _mail(app: App, promised: threading.Event, server: uvicorn.Server | None, say: Say) -> None:
    """Send what was promised, until the pages end."""
    said = ""
    while not app.stopping.is_set() and not (server is not None and server.should_exit):
        promised.wait(_LOOK_SECONDS)
        promised.clear()
        try:
            notices.send(app)
        except DigestError as fault:
            words = f"Mail that readers wait for: {fault.what} {fault.mend}".rstrip()
            if words != said:
                say(words)
            said = words
            app.wait(_REST_SECONDS)
        except Exception as fault:
            # a fault of the program: the pages must outlive it
            say(f"Mail that readers wait for: an unexpected fault, {type(fault).__name__}. It is tried again.")
            app.wait(_REST_SECONDS)
        else:
            said = ""
