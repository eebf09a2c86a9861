"""Commands: the staff's pages, and the link by which somebody gets in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import WorkspaceOption, app, finishing_on_signals, say
from digest.domain.errors import DigestError

if TYPE_CHECKING:
    from digest.app import App

desk = typer.Typer(
    help="Serve the desk, the staff's pages, without the clock; or make a link by which somebody gets in."
)
app.add_typer(desk, name="desk")


@contextmanager
def attended(opened: App) -> Iterator[None]:
    """Serve the desk beside something else, which goes on where it cannot be served."""
    from digest.web.desk.serving import beside
    from digest.web.listening import listening

    try:
        listener = listening(opened.loaded.workspace.desk.listen, "desk")
        _welcome(opened, listener)
    except DigestError as fault:
        say(f"The desk: {fault.what} {fault.mend} Everything else goes on.")
        yield
        return
    with beside(opened, listener, say, alone=False):
        yield


@desk.callback(invoke_without_command=True)
def serve(context: typer.Context, workspace: WorkspaceOption = Path()) -> None:
    """Serve the desk, the staff's pages, without the clock."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App
    from digest.web.desk.serving import beside
    from digest.web.listening import listening

    opened = App.open(workspace)
    listener = listening(opened.loaded.workspace.desk.listen, "desk")
    _welcome(opened, listener)
    say("Ctrl-C ends it.")
    with finishing_on_signals(opened.stopping), beside(opened, listener, say):
        opened.stopping.wait()


@desk.command()
def link(
    address: Annotated[str, typer.Argument(help="Whose account; the only one where none is given.")] = "",
    workspace: WorkspaceOption = Path(),
) -> None:
    """Make a link that works once: for the first account, or for a new pass phrase where one is forgotten."""
    from digest.app import App
    from digest.app.access import LINK_HOURS, link_for

    made, staff = link_for(App.open(workspace), address)
    whose = (
        f"a new pass phrase of {staff.name}, whose other browsers are then logged out" if staff else "the first account"
    )
    say(f"For {whose}. Open this link within {LINK_HOURS} hours; it works once:")
    say(made)


@desk.command("reset-second-factor")
def reset_second_factor(
    address: Annotated[str, typer.Argument(help="Whose account; the only one where none is given.")] = "",
    workspace: WorkspaceOption = Path(),
) -> None:
    """Take away the second factor of somebody who has lost it, and log them out everywhere."""
    from digest.app import App
    from digest.app.staffing import reset_factor

    staff = reset_factor(App.open(workspace), address)
    say(f"{staff.name} has no second factor any more, and logs in with the pass phrase alone.")


def _welcome(opened: App, listener: socket.socket) -> None:
    """Say where the desk is; to who has no account yet, how they get one. Raises DigestError."""
    from digest.app.access import LINK_HOURS, first_link
    from digest.cli.serving import where

    # made before the first page asks for it, since it may not be there
    _ = opened.secret
    here = where(listener)
    address = opened.loaded.workspace.desk.address
    say(f"The desk: {here}{f' for {address}' if address else ''}.")
    made = first_link(opened, address or here.rstrip("/"))
    if made:
        say(f"Nobody has an account yet. Open this link within {LINK_HOURS} hours to make yours: {made}")
