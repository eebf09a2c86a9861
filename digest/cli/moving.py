"""Command: copy-to, which moves a workspace's data to PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import JsonOption, WorkspaceOption, app, me, progress_bar, say, show_json, show_table, tell_next


@app.command("copy-to")
def copy_to(
    address: Annotated[
        str, typer.Argument(metavar="URL", help="An empty database: postgresql+psycopg://USER@HOST/NAME.")
    ],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Move all data to PostgreSQL, compare every row, and use that from then on. There is no way back."""
    from digest.app.moving import move

    with progress_bar("Copying and comparing rows") as progress:
        moved = move(workspace, address, me(), progress)
    if as_json:
        rows = [
            {"table": one.name, "rows": one.rows, "nul_left_out": one.cleaned, "sha256": one.sha256}
            for one in moved.tables
        ]
        show_json({"database": moved.name, "tables": rows})
        return
    if moved.tables:
        filled = [
            (one.name, f"{one.rows:,}", f"{one.seconds:.1f}", one.sha256[:12]) for one in moved.tables if one.rows
        ]
        show_table("Moved", ("table", "rows", "seconds", "fingerprint"), filled, ("rows", "seconds"))
        empty = sum(not one.rows for one in moved.tables)
        rows_in_all, seconds = sum(one.rows for one in moved.tables), sum(one.seconds for one in moved.tables)
        say(f"{len(moved.tables)} tables ({empty} of them empty), {rows_in_all:,} rows in {seconds:,.1f} seconds.")
        say("Each row was compared with the one it was made of: all are the same.", "bold")
        _tell_of_nul(sum(one.cleaned for one in moved.tables))
    else:
        say(f"The data are in {moved.name} already: an earlier run ended after it had moved them.")
    say("digest.toml names the new database now. The old file stays as it was, and refuses to be used.")
    tell_next("`digest check`, then `digest run`. The old file may go when a backup of the new database is kept.")


def _tell_of_nul(texts: int) -> None:
    if texts:
        held = "1 text held" if texts == 1 else f"{texts:,} texts held"
        say(f"{held} the character NUL, which PostgreSQL keeps in no text and nobody sees: it was left out.")
