"""Rights: what is held of one person in the database, and where staff's own files still name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.jobs import people, rights

if TYPE_CHECKING:
    from digest.app import App


def show(app: App, address: str) -> rights.Shown:
    """Return everything that is held of whoever has an address. Raises DigestError where it is none."""
    return rights.show(app.store, address, app.suppression_key)


def erase(app: App, address: str) -> list[tuple[str, int]]:
    """Erase whoever has an address; return where their rows still stand: (file, line).

    Raises as jobs/rights.erase.
    """
    rights.erase(app.store, app.clock, address, app.suppression_key)
    compared = people.compared(address)
    return [
        (newsletter.subscribers, line)
        for newsletter in app.loaded.workspace.newsletters
        for line in people.lines_of(newsletter, app.loaded.folder, compared, app.clock())
    ]
