"""Command: the readers' pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import WorkspaceOption, app, finishing_on_signals, say


@app.command()
def serve(
    workspace: WorkspaceOption = Path(),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve.")] = 1,
) -> None:
    """Serve the readers' pages (subscribe, preferences, unsubscribe, archive) without the clock."""
    from digest.app import App
    from digest.web.public.serving import beside, by_workers, listening

    opened = App.open(workspace)
    # made before several processes might make one each
    _ = opened.secret
    listener = listening(opened.loaded.workspace.public.listen)
    host, port = listener.getsockname()[:2]
    say(f"The readers' pages: http://{host}:{port}/ for {opened.loaded.workspace.base_url}. Ctrl-C ends it.")
    with finishing_on_signals(opened.stopping):
        if workers > 1:
            # no process may inherit an open database
            opened.store.close()
            by_workers(workspace, listener, workers, opened.stopping, say)
        else:
            with beside(opened, listener, say):
                opened.stopping.wait()
