"""The command that says why somebody gets an edition or not: why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.editions import LatestArgument
from digest.cli.frame import JsonOption, NewsletterOption, WorkspaceOption, app, say, show_json, tell_next
from digest.domain.states import NEVER_SENT


@app.command()
def why(
    address: Annotated[str, typer.Argument(help="Whose email address.")],
    edition: LatestArgument = None,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in a sentence why somebody gets an edition or not."""
    from digest.app import App
    from digest.jobs import edition as editions
    from digest.jobs.why import explain

    opened = App.open(workspace)
    wanted = edition or opened.latest(opened.newsletter(newsletter).id)
    found = editions.find(opened.store, wanted)
    # what nobody gets may never have been drafted, and what it would have been drafted with plays no part
    drafted = opened.newsletter(found.newsletter) if found.state in NEVER_SENT else opened.as_drafted(found).newsletter
    told = explain(opened.store, opened.clock, drafted, found, address, opened.suppression_key)
    if as_json:
        show_json({"address": address, "edition": wanted, **asdict(told)})
        return
    say(told.sentence, "bold")
    for fact in told.facts:
        say(f"  {fact}")
    if told.mend:
        tell_next(told.mend)
