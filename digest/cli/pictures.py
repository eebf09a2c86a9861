"""Commands about pictures: pictures export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, say, show_json, tell_next

pictures = typer.Typer(help="Write the pictures of the emails as files.", no_args_is_help=True)
app.add_typer(pictures, name="pictures")


@pictures.callback()
def group() -> None:
    """Write the pictures of the emails as files."""


@pictures.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write them to; what is there already is kept.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write the pictures of all editions into a folder, to be put on the website that emails link to."""
    from digest.app import App
    from digest.app.pictures import export as write

    opened = App.open(workspace)
    files = write(opened, folder)
    if as_json:
        show_json(files)
        return
    number = "1 picture lies" if len(files) == 1 else f"{len(files)} pictures lie"
    say(f"{number} in {folder}.")
    settings = opened.loaded.workspace
    if settings.brand.pictures == "linked":
        tell_next(f"put them on your website, so that they are found at {settings.base_url}/pictures/.")
    else:
        say(f"No email needs them there: pictures are {settings.brand.pictures} under [brand] in digest.toml.")
