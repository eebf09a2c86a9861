"""Serving: the desk on an address of this machine, alone or beside the clock."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digest.app import App
from digest.web.desk.site import site
from digest.web.listening import END_SECONDS, server

Say = Callable[[str], None]


@contextmanager
def beside(app: App, listener: socket.socket, say: Say, *, alone: bool = True) -> Iterator[None]:
    """Serve in a thread for the length of the block.

    alone: where the desk ends by itself, `app.stopping` is set, since there is nothing else to do.
    """
    serving, ending = server(site(app), app.loaded.workspace.desk.trusted_proxies), threading.Event()

    def serve() -> None:
        try:
            serving.run(sockets=[listener])
        finally:
            if not ending.is_set():
                say("The desk ended by itself.")
                if alone:
                    app.stopping.set()

    thread = threading.Thread(target=serve, name="desk", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        serving.should_exit = True
        thread.join(END_SECONDS + 2)
