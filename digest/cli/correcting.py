"""The command that corrects an edition that people have: correct."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import AsOption, EditionArgument, JsonOption, WorkspaceOption, app, say, show_json, tell_next


@app.command()
def correct(
    edition: EditionArgument,
    text: Annotated[str, typer.Argument(help="What was wrong, and what is right.")],
    who: AsOption,
    workspace: WorkspaceOption = Path(),
    at: Annotated[
        str,
        typer.Option("--at", help="When it goes, as 2026-12-03 10:00; as soon as it is approved where none is given."),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Draft a correction: a note on the web version, and a mail to exactly those who got the edition."""
    from digest.app import App
    from digest.app.correcting import correct as draft
    from digest.jobs.planning import audience

    opened = App.open(workspace)
    made = draft(opened, edition, text, who, at)
    with opened.store.reading() as session:
        people = audience(session.editions.variants(made.id))
    if as_json:
        show_json({"edition": made, "people": people})
        return
    say(f"Drafted {made.id}: it corrects {edition}, for {'1 person' if people == 1 else f'{people:,} people'}.", "bold")
    tell_next(f"`digest preview {made.id}` to look at it; approve and send it as any other.")
