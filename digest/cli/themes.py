"""Commands about a newsletter's themes."""

from __future__ import annotations

from pathlib import Path

import typer

from digest.cli.frame import JsonOption, NewsletterOption, WorkspaceOption, app, show_json, show_table, tell_next

themes = typer.Typer(help="Show the themes that stories stand under.")
app.add_typer(themes, name="themes")


@themes.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    workspace: WorkspaceOption = Path(),
    newsletter: NewsletterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each theme: its name, what it is about, and what tells its stories."""
    if context.invoked_subcommand is not None:
        return
    from digest.app import App

    chosen = App.open(workspace).newsletter(newsletter)
    if as_json:
        show_json(chosen.themes)
        return
    rows = [(one.id, one.name, one.description or "–", ", ".join(one.keywords) or "–") for one in chosen.themes]
    show_table(chosen.name, ("theme", "name", "about", "keywords"), rows)
    tell_next("change them in digest.toml under [[newsletters.themes]]; `digest draft --again` heeds that.")
