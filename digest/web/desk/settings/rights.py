"""Rights: the least role for a change of digest.toml, told from what it makes another.

Pages are guarded by their routes (../roles.py). Putting back is one route for every change there is, so here it is
looked at what it would come to: whoever may make that change on a page may put back what leads there.

::

    newsletters/ID/sources      what the page of a source has; one comes that the web gives; any goes
    newsletters/ID/themes       all
    newsletters/ID/rules        all
    newsletters/ID/segments     that they lose a theme which goes, or have one again which comes back
    everything else             admins
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from digest.config.differences import Difference
from digest.domain.model import Role, Workspace

#: what the page of a source changes: of every source, of what is asked over the web, and of pages alone.
#: Where files lie in the workspace, and what may be asked on private networks, only who may write there says
OF_SOURCES = frozenset({"name", "website", "language"})
OF_THE_WEB = frozenset({"address", "under", "leave_out", "articles"})
OF_PAGES = frozenset({"selectors"})
_MADE = frozenset({"id", "kind"})


def least(workspace: Workspace, changes: Sequence[Difference]) -> Role:
    """Return who may make a change at least. workspace: as it is now, before the change."""
    return Role.EDITOR if all(_is_editors(workspace, one, changes) for one in changes) else Role.ADMIN


def turned(changes: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the change that takes a change back."""
    return tuple(
        Difference(at=one.at, before=one.after, after=one.before, in_order=one.in_order, entry=one.entry)
        for one in changes
    )


def _is_editors(workspace: Workspace, one: Difference, changes: Sequence[Difference]) -> bool:
    if one.at[:1] != ("newsletters",) or len(one.at) < 3:
        return False
    if one.at[2] == "sources":
        return _is_of_a_source(workspace, one)
    if one.at[2] == "segments":
        return _follows_a_theme(one, changes)
    return one.at[2] in ("themes", "rules")


def _is_of_a_source(workspace: Workspace, one: Difference) -> bool:
    if one.in_order:
        return False
    if len(one.at) > 4:
        return one.at[4] in _fields(_kind_of(workspace, one))
    if one.after is None:
        return True
    # one that comes, or the first of a list
    entries = one.after if isinstance(one.after, list) else [one.after]
    return all(isinstance(entry, Mapping) and _is_of_the_web(entry) for entry in entries)


def _is_of_the_web(entry: Mapping[str, Any]) -> bool:
    kind = str(entry.get("kind", ""))
    return kind != "file" and set(entry) <= _MADE | _fields(kind)


def _fields(kind: str) -> frozenset[str]:
    """Return what the page of a source of that kind changes."""
    if kind == "file":
        return OF_SOURCES
    return OF_SOURCES | OF_THE_WEB | (OF_PAGES if kind == "page" else frozenset())


def _kind_of(workspace: Workspace, one: Difference) -> str:
    """Return the kind of the source that a change is of; what is not there any more can be changed by nobody."""
    found = (every for news in workspace.newsletters if news.id == one.at[1] for every in news.sources)
    return next((every.kind for every in found if every.id == one.at[3]), "file")


def _follows_a_theme(one: Difference, changes: Sequence[Difference]) -> bool:
    """Tell whether a segment loses a theme that goes, or has one again that comes back, and nothing else."""
    if len(one.at) != 5 or one.at[4] != "themes":
        return False
    moved = {str(each.at[3]) for each in changes if each.at[:3] == (*one.at[:2], "themes") and each.entry is not None}
    return _without(one.before, moved) == _without(one.after, moved)


def _without(themes: Any, moved: set[str]) -> list[str]:
    return [one for one in themes or [] if one not in moved]
