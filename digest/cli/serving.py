"""Command: the readers' pages."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import WorkspaceOption, app, finishing_on_signals, say
from digest.domain.errors import Refused

if TYPE_CHECKING:
    from digest.app import App


@contextmanager
def served(opened: App) -> Iterator[None]:
    """Serve the readers' pages beside something else, which goes on where they cannot be served."""
    from digest.web.listening import listening
    from digest.web.public.serving import beside

    if not opened.loaded.workspace.base_url:
        # said by `digest check`: that is how they want it
        yield
        return
    try:
        listener = listening(opened.loaded.workspace.public.listen)
    except Refused as fault:
        say(f"{fault.what} {fault.mend} Everything else goes on.")
        yield
        return
    say(f"The readers' pages: {where(listener)} for {opened.loaded.workspace.base_url}.")
    with beside(opened, listener, say, alone=False):
        yield


@app.command()
def serve(
    workspace: WorkspaceOption = Path(),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve.")] = 1,
) -> None:
    """Serve the readers' pages (subscribe, preferences, unsubscribe, archive) without the clock."""
    from digest.app import App
    from digest.app.pages import needed
    from digest.web.listening import listening
    from digest.web.public.serving import beside, by_workers

    opened = App.open(workspace)
    needed(opened.loaded.workspace, "Nothing is served.")
    # made before several processes might make one each
    _ = opened.secret
    listener = listening(opened.loaded.workspace.public.listen)
    say(f"The readers' pages: {where(listener)} for {opened.loaded.workspace.base_url}. Ctrl-C ends it.")
    with finishing_on_signals(opened.stopping):
        if workers > 1:
            # no process may inherit an open database
            opened.store.close()
            by_workers(workspace, listener, workers, opened.stopping, say)
        else:
            with beside(opened, listener, say):
                opened.stopping.wait()


def where(listener: socket.socket) -> str:
    """Return the address at which somebody listens."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
