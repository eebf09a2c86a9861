"""Settings: pages change digest.toml through here, and through nothing else.

Each page bears the revision of the file that it was made from (`seen`), and hands it back with what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from digest.app import in_step
from digest.config import FILE, bytes_of, decoded, versions
from digest.domain.errors import ConfigurationError
from digest.domain.model import Matter
from digest.jobs import audit

if TYPE_CHECKING:
    from digest.app import App
    from digest.config.change import Act, Changed
    from digest.config.differences import Difference
    from digest.jobs.staffing import By

#: settings that are named in the line that tells who changed them
_NAMED = 3


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


def change(
    app: App, by: By, revision: str, acts: Iterable[Act], wrong: Mapping[str, str] = MappingProxyType({})
) -> Done:
    """Change settings in somebody's name; from then on the program uses them.

    revision: what the page was made from; wrong: what is known to be wrong with what they typed.
    Raises as config.change.change does.
    """
    # it reads TOML in its own way, which takes a twentieth of a second to load
    from digest.config import change as file

    _in_step(app)
    return _done(app, by, file.change(app.loaded.folder, revision, acts, wrong))


def put_back(app: App, by: By, before: str, after: str) -> Done:
    """Take back, in somebody's name, what led from one revision to another. Raises as config.change.put_back does."""
    from digest.config import change as file

    _in_step(app)
    return _done(app, by, file.put_back(app.loaded.folder, before, after))


def between(app: App, before: str, after: str) -> tuple[Difference, ...]:
    """Return what differs between two revisions, for who asks whether somebody may put it back. Raises Refused."""
    from digest.config import change as file

    return file.between(app.loaded.folder, before, after)


def _done(app: App, by: By, changed: Changed) -> Done:
    """Use what was written, and keep who changed what."""
    at = app.clock()
    if changed.before != changed.after:
        # what was just written is right: it was proven before
        app.reload(lambda _: None)
        # the machines that worked by what it said before go on when they have it, too
        _in_step(app)
        audit.note(app.store, audit.noted(at, by.name, Matter.SETTINGS, _told(changed), FILE, whence=by.whence))
    return Done(who=by.name, at=at, changed=changed)


def _in_step(app: App) -> None:
    """Let what this machine's files say count. Raises Refused where those of another one do."""
    if app.is_shared:
        in_step.lead(app)


def _told(changed: Changed) -> str:
    """Return what was changed, in words that follow a name: “changed brand accent, added to rules of news”."""
    said = list(dict.fromkeys(f"{_verb(one)} {_place(one)}" for one in changed.differences))
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return f"{', '.join(said[:_NAMED])}{more}"


def _verb(difference: Difference) -> str:
    if difference.entry is None or (difference.before is not None and difference.after is not None):
        return "changed"
    return "added to" if difference.before is None else "took out of"


def _place(difference: Difference) -> str:
    at = difference.at
    of = f" of {at[1]}" if at[0] == "newsletters" and len(at) > 2 else ""
    return " ".join(part for part in (at[2:] if of else at) if isinstance(part, str)) + of
