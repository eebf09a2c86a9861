"""Command: ask those who agreed long ago whether they still want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.frame import (
    JsonOption,
    NewsletterOption,
    WorkspaceOption,
    agreed,
    app,
    how_many_people,
    progress_bar,
    say,
    show_json,
    tell_next,
)

if TYPE_CHECKING:
    from digest.jobs.asking_again import Asked


@app.command("ask-again")
def ask_again(
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do, and change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask people who agreed long ago, by a mail with one button, whether they still want it."""
    from digest.app import App, notices
    from digest.app.pages import needed
    from digest.jobs.asking_again import ask_again as promise

    opened = App.open(workspace)
    needed(opened.loaded.workspace, "Nobody is asked: the mail has a button that would lead nowhere.")
    chosen = opened.newsletter(newsletter)

    def work(*, do: bool) -> Asked:
        with progress_bar("Looking at consent records") as progress:
            return promise(opened.store, opened.clock, chosen, opened.new_id, do=do, progress=progress)

    found = work(do=False)
    if as_json and (dry_run or not yes):
        show_json(found)
        return
    _show(chosen.name, chosen.consent_months, found)
    if dry_run or not found.asked or not (yes or agreed(f"Mail {how_many_people(found.asked)} now?")):
        return
    done = work(do=True)
    say(f"{how_many_people(done.asked)} will be asked.")
    say(f"{notices.send(opened):,} mails have left.")
    tell_next("`digest run` or `digest serve` sends what is left; answers count by themselves.")


def _show(name: str, months: int, found: Asked) -> None:
    say(f"{how_many_people(found.old)} agreed to {name} more than {months} months ago.")
    if found.before:
        say(f"{how_many_people(found.before)} were asked in the last half year.")
    if found.away:
        say(f"{how_many_people(found.away)} are kept off, or take a break.")
    say(f"{how_many_people(found.asked)} would get a mail that asks whether they still want it.")
