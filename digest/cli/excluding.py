"""Commands about stories that are taken out for good: exclude, include, excluded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.editions import show_placements
from digest.cli.frame import (
    AsOption,
    EditionOption,
    JsonOption,
    NewsletterOption,
    StoryArgument,
    WorkspaceOption,
    app,
    me,
    say,
    show_json,
    show_table,
    tell_next,
    when,
)

TitleArgument = Annotated[str, typer.Argument(help="A part of its title, as `digest excluded` lists it.")]


@app.command()
def exclude(
    story: StoryArgument,
    edition: EditionOption = None,
    workspace: WorkspaceOption = Path(),
    who: AsOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a story out of a draft, and out of every edition to come; an approval is taken back by it."""
    from digest.app import App
    from digest.jobs import excluding

    opened = App.open(workspace)
    wanted = edition or opened.latest()
    title = excluding.exclude(opened.store, opened.clock, opened.press_of(wanted), wanted, story, who or me())
    shown = opened.stored(wanted)
    if as_json:
        show_json({"edition": shown.edition, "story": title, "reasons": shown.reasons})
        return
    show_placements(shown)
    say(f"“{title}” is out, also of what comes later.", "bold")
    say(f"{wanted} is a draft: nobody gets it until it is approved.")
    tell_next(f"`digest include` lets it in again; `digest preview {wanted}` to look at what is left.")


@app.command()
def include(
    title: TitleArgument,
    newsletter: NewsletterOption = None,
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Let a story in again that was taken out: it is new once more."""
    from digest.app import App
    from digest.jobs import excluding

    opened = App.open(workspace)
    found = excluding.include(opened.store, opened.newsletter(newsletter), title)
    if as_json:
        show_json(found)
        return
    say(f"“{found.title}” is new again.", "bold")
    tell_next("`digest draft --again` makes the draft with it; else it comes with the next one.")


@app.command()
def excluded(
    newsletter: NewsletterOption = None, workspace: WorkspaceOption = Path(), as_json: JsonOption = False
) -> None:
    """Show the stories that were taken out for good."""
    from digest.app import App

    opened = App.open(workspace)
    chosen = opened.newsletter(newsletter)
    with opened.store.reading() as session:
        every = session.exclusions.every(chosen.id)
    if as_json:
        show_json(every)
        return
    if not every:
        say("No story was taken out.")
        return
    zone = chosen.schedule.timezone
    rows = [(one.title, one.edition, one.who, when(one.at, zone)) for one in every]
    show_table("Taken out for good", ("title", "edition", "who", "when"), rows)
    tell_next("`digest include TITLE` lets one in again.")
