"""Changes: what was made another in digest.toml, when and by whom, the last first; and what was changed by hand.

The history notes of each change on a page from which revision to which it led; the texts of both are kept beside the
file (config/versions.py), the 200 that were used last. Where one change does not begin with what the one before it
made, somebody wrote in the file meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.app import settings
from digest.config import FILE, versions
from digest.domain.errors import Refused

if TYPE_CHECKING:
    from digest.app import App
    from digest.config.differences import Difference

#: changes of a page
PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change."""

    #: revisions
    before: str
    after: str
    #: when it was made; of one by hand, when it was seen at the latest
    at: datetime
    #: name of who made it; empty: somebody in the file
    who: str
    #: what, as it stands after a name: “changed brand accent”; empty where nobody knows any more
    what: str
    #: what differs; empty where the versions are not kept any more
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of changes, the last first."""

    changes: tuple[Change, ...]
    number: int
    #: there is a page after this one
    more: bool


def page(app: App, number: int = 1) -> Page:
    """Return a page of the changes; number: from 1 on."""
    at = max(1, number)
    skip = (at - 1) * PAGE
    began, when = settings.seen(app), _written(app)
    with app.store.reading() as session:
        noted = session.audit.settings(PAGE + 1, skip)
        if skip:
            began, when = next(((one.before, one.at) for one in session.audit.settings(1, skip - 1)), (began, when))
    found: list[Change] = []
    for one in noted[:PAGE]:
        if one.after != began:
            found.append(_change(app, one.after, began, when, ""))
        found.append(_change(app, one.before, one.after, one.at, one.who, one.what))
        began, when = one.before, one.at
    return Page(changes=tuple(found), number=at, more=len(noted) > PAGE)


def text_of(app: App, revision: str) -> str:
    """Return what digest.toml said at a revision. Raises Refused where that is not kept any more."""
    found = versions.kept(app.loaded.folder, revision)
    if found is None:
        raise Refused("What the settings said then is not kept any more.", "Only the last 200 versions are.")
    return found


def _change(app: App, before: str, after: str, at: datetime, who: str, what: str = "") -> Change:
    try:
        differences = settings.between(app, before, after)
    except Refused:
        differences = ()
    told = what or (settings.told(differences) if differences else "")
    return Change(before=before, after=after, at=at, who=who, what=told, differences=differences)


def _written(app: App) -> datetime:
    """Return when digest.toml was written last; now, where it is not there at this moment."""
    try:
        return datetime.fromtimestamp((app.loaded.folder / FILE).stat().st_mtime, UTC)
    except OSError:
        return app.clock()
