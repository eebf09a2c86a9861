"""Commands about what is held of one person: show, erase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import WorkspaceOption, say, show_json, tell_next
from digest.cli.subscribers import subscribers
from digest.domain.errors import NotFound, Refused

AddressArgument = Annotated[str, typer.Argument(help="Their email address.")]


@subscribers.command()
def show(address: AddressArgument, workspace: WorkspaceOption = Path()) -> None:
    """Show everything that is held of a person, as JSON: what they may ask for (UK GDPR, article 15)."""
    from digest.app import App, rights

    shown = rights.show(App.open(workspace), address)
    if not shown.rows:
        raise NotFound(f"Nothing is held of {address}.", "Look at its spelling.")
    show_json({"address": address.strip(), **shown.rows})


@subscribers.command()
def erase(
    address: AddressArgument,
    workspace: WorkspaceOption = Path(),
    mail: Annotated[
        Path | None, typer.Option("--mail", help="A folder of saved messages (.eml): theirs are removed.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the address once more.")] = False,
) -> None:
    """Erase a person for good: a keyed hash stays, so that no file brings them back (UK GDPR, article 17)."""
    from digest.app import App, rights

    opened = App.open(workspace)
    shown = rights.show(opened, address)
    if not shown.rows:
        raise NotFound(f"Nothing is held of {address}.", "Look at its spelling.")
    mails = len(shown.rows.get("delivery", ()))
    say(f"{address} goes from the list, and from the record of {_mails(mails)}. It cannot be undone.")
    if not yes and not _typed(address):
        raise Refused("The address is another. Nothing was changed.", "Run it again.")
    rows = rights.erase(opened, address)
    removed = rights.erase_mail(mail, address) if mail is not None else 0
    say(f"Erased. All that is left of {address} is a hash that keeps it off.")
    if mail is not None:
        say(f"{_mails(removed)} to them removed from {mail}.")
    for file, line in rows:
        say(f"Their row still stands in {file}, line {line}. It is not taken in again; take it out all the same.")
    tell_next("look through exports, saved mail and backups: what you made by hand is yours to erase.")


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count:,} mails"


def _typed(address: str) -> bool:
    typed = typer.prompt("Type the address to go on", default="", show_default=False)
    return str(typed).strip().casefold() == address.strip().casefold()
