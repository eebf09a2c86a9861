"""Rights: what is held of one person in the database, and where staff's own files still name them."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import getaddresses
from pathlib import Path
from typing import TYPE_CHECKING

from digest.domain.errors import DigestError
from digest.jobs import people, rights
from digest.jobs.noting import Note, unnoted

if TYPE_CHECKING:
    from digest.app import App


def show(app: App, address: str) -> rights.Shown:
    """Return everything that is held of whoever has an address. Raises DigestError where it is none."""
    return rights.show(app.store, address, app.suppression_key)


def erase(app: App, address: str, note: Note = unnoted) -> list[tuple[str, int]]:
    """Erase whoever has an address; return where their rows still stand: (file, line).

    note: notes it in the same commit.
    Raises as jobs/rights.erase.
    """
    # what only rehearsals and imports need is loaded where there may be one
    from digest.app import former, rehearsing, uploads

    rights.erase(app.store, app.clock, address, app.suppression_key, note)
    rehearsing.forget_all(app)
    uploads.forget_waiting(app.loaded.folder)
    compared = people.compared(address)
    return [
        (newsletter.subscribers, line)
        for newsletter in (*app.loaded.workspace.newsletters, *former.newsletters(app).values())
        for line in people.lines_of(newsletter, app.loaded.folder, compared, app.clock())
    ]


def erase_mail(folder: Path, address: str) -> int:
    """Remove the saved messages (.eml) to an address from a folder and those in it; return how many there were.

    Raises DigestError where it is no address, or no folder.
    """
    if not folder.is_dir():
        raise DigestError(f"{folder} is no folder.", "Give the one that `digest outbox` wrote messages into.")
    compared = people.compared(address)
    mine = [file for file in sorted(folder.rglob("*.eml")) if compared in _recipients(file)]
    for file in mine:
        file.unlink(missing_ok=True)
    return len(mine)


def _recipients(file: Path) -> set[str]:
    """Return the spellings by which the addresses are compared that a saved message is to."""
    with file.open("rb") as opened:
        head = BytesHeaderParser(policy=default).parse(opened)
    found = set()
    for _, written in getaddresses([str(value) for name in ("To", "Cc") for value in head.get_all(name, [])]):
        try:
            found.add(people.compared(written))
        except DigestError:
            # what is no address is not theirs
            continue
    return found
