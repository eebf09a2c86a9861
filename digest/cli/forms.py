"""Command: the sign-up form for the organisation's own website."""

from __future__ import annotations

from pathlib import Path

from digest.cli.frame import NewsletterOption, WorkspaceOption, app


@app.command()
def form(newsletter: NewsletterOption = None, workspace: WorkspaceOption = Path()) -> None:
    """Print a sign-up form to put on your own website: plain HTML, without any script."""
    from digest.app import App
    from digest.app.pages import needed
    from digest.web.public.embedded import form as written

    opened = App.open(workspace)
    needed(opened.loaded.workspace, "There is no form to print: it would lead nowhere.")
    # as it is: what a terminal would make of it would be no HTML any more
    print(written(opened, opened.newsletter(newsletter)))
