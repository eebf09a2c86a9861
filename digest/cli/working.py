"""Command: worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import WorkspaceOption, app, finishing_on_signals, say, show_table, when

if TYPE_CHECKING:
    from digest.app import App


@app.command()
def worker(
    workspace: WorkspaceOption = Path(),
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that work on this machine.")] = 1,
    name: Annotated[str, typer.Option(help="What it is called on pages; the machine's name where none is given.")] = "",
) -> None:
    """Collect, draft and send beside other machines, over a database of PostgreSQL that all of them share."""
    import socket

    from digest.app import App, crew, working

    opened = App.open(workspace)
    called = name or socket.gethostname()
    working.may_work(opened)
    with finishing_on_signals(opened.stopping):
        if processes > 1:
            names = [f"{called} {number}" for number in range(1, processes + 1)]
            say(f"{called}: {processes} processes wait for tasks. Ctrl-C ends them.")
            # no process may inherit an open database
            opened.store.close()
            crew.run(workspace, names, opened.stopping, say)
        else:
            say(f"{called} waits for tasks. Ctrl-C ends it.")
            working.work(opened, called, lambda words: say(f"{called}: {words}"))
    say(f"{called} has ended.")


def show_workers(opened: App, zone: str) -> None:
    """Print who works and what waits, where several machines do."""
    from digest.app import workers

    found = workers.shown(opened)
    rows = [(one.name, one.host, when(one.since, zone), one.words, one.seen) for one in found.workers]
    show_table("Workers", ("name", "machine and folder", "since", "doing", "seen"), rows)
    tasks = [(one.what, one.waiting, one.later, one.doing, one.since) for one in found.queue]
    columns = ("what", "waiting", "for later", "being done", "the first waits")
    show_table("Tasks", columns, tasks, columns[1:4])
    for words in found.remarks:
        say(words, "yellow")
