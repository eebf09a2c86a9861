"""The command about what a send came to: report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import EditionArgument, JsonOption, WorkspaceOption, app, say, show_json, show_table, tell_next
from digest.domain.errors import Refused

if TYPE_CHECKING:
    from digest.jobs.report import Report


@app.command()
def report(
    edition: EditionArgument,
    workspace: WorkspaceOption = Path(),
    save: Annotated[
        Path | None, typer.Option(help="Write it into this file: a ZIP of a page to print, JSON, and the messages.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a send came to: the whole result in a sentence, why some have it not, and the editions before it."""
    from digest.app import App
    from digest.app.report import look
    from digest.web.report import as_data, saved

    opened = App.open(workspace)
    found = look(opened, edition)
    if save is not None:
        if save.exists():
            raise Refused(f"{save} is there already, and is not written over.", "Name a file that is not there.")
        save.write_bytes(saved(opened, edition))
    if as_json:
        show_json(as_data(found))
        return
    _show(found)
    if save is not None:
        say(f"Wrote the report into {save}: a page to print, its numbers, and the messages as they were signed.")
    else:
        tell_next(f"`digest report {edition} --save FILE.zip` keeps it; `digest deliveries {edition}` names everybody.")


def _show(found: Report) -> None:
    say(found.sentence, "bold")
    rows = [
        (one.counts_as.replace("_", " "), f"{one.people:,}", one.reason, one.now) for one in found.following.reasons
    ]
    if rows:
        show_table("Not sent, and why", ("outcome", "people", "reason", "what happens now"), rows, ("people",))
    numbers = ("sent", "refused or came back", "left the list", "clicks")
    beside = [
        (one.edition, one.number, f"{one.sent:,}", f"{one.bounced:,}", f"{one.left:,}", f"{one.clicks:,}")
        for one in found.editions
    ]
    show_table("The last editions", ("edition", "no.", *numbers), beside, ("no.", *numbers))
    if any(count for _, count in found.by_theme):
        show_table(
            "Clicks by theme", ("theme", "clicks"), [(name, f"{n:,}") for name, n in found.by_theme], ("clicks",)
        )
    signed = " and ".join(one.who for one in found.approvals)
    matches = "match" if found.matches else "do not match"
    say(f"Approved by {signed}; the bytes sent {matches} what was approved." if signed else "No approval is recorded.")
