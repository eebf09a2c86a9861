"""Settings: pages change digest.toml through here, and through nothing else.

Each page bears the revision of the file that it was made from (`seen`), and hands it back with what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.config import FILE, bytes_of, decoded, versions
from digest.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from digest.app import App
    from digest.config.change import Act, Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What somebody changed, and when; `put_back` takes it back."""

    who: str
    at: datetime
    changed: Changed


def seen(app: App) -> str:
    """Return the revision of digest.toml that a page is made from; what the file says by now is read first."""
    folder = app.loaded.folder
    with suppress(ConfigurationError):
        if decoded(bytes_of(folder / FILE)) != app.loaded.files[FILE]:
            # where it has a fault, the page shows what holds until that is mended
            app.reload(lambda _: None)
    text = app.loaded.files[FILE]
    # a full disk does not keep anybody from looking: saving will say it
    with suppress(OSError):
        return versions.keep(folder, text)
    return versions.revision_of(text)


def fault(app: App) -> ConfigurationError | None:
    """Return what is wrong with digest.toml as it lies there; None where nothing is: what it says holds."""
    from digest import config

    try:
        config.parse(decoded(bytes_of(app.loaded.folder / FILE)))
    except ConfigurationError as found:
        return found
    return None


def change(app: App, who: str, revision: str, acts: Iterable[Act]) -> Done:
    """Change settings in somebody's name; from then on the program uses them.

    who: their name; revision: what the page was made from. Raises as config.change.change does.
    """
    # it reads TOML in its own way, which takes a twentieth of a second to load
    from digest.config import change as file

    return _done(app, who, file.change(app.loaded.folder, revision, acts))


def put_back(app: App, who: str, before: str, after: str) -> Done:
    """Take back, in somebody's name, what led from one revision to another. Raises as config.change.put_back does."""
    from digest.config import change as file

    return _done(app, who, file.put_back(app.loaded.folder, before, after))


def _done(app: App, who: str, changed: Changed) -> Done:
    """Use what was written. It is the one place where it is known who changed what: a record of it begins here."""
    if changed.before != changed.after:
        # what was just written is right: it was proven before
        app.reload(lambda _: None)
    return Done(who=who, at=app.clock(), changed=changed)
