"""Versions: what was changed in the settings, by whom, what they said before, and putting it back.

Whoever edits sees what editors change: sources, themes, rules and segments. All else, mail servers above all, is
shown to admins alone, and so is a whole version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response

from digest.app import changes, settings
from digest.app.changes import Change
from digest.config.change import in_words
from digest.config.differences import Difference
from digest.config.places import Place
from digest.domain.model import Role, Workspace
from digest.web.desk.frame import Desk
from digest.web.desk.guard import NotAllowed
from digest.web.desk.settings import rights

PATH = "/settings/versions"
#: lists of digest.toml -> what one of their entries is called
_ENTRIES = {
    "newsletters": "newsletter",
    "sources": "source",
    "themes": "theme",
    "rules": "rule",
    "segments": "segment",
    "blocks": "block",
    "servers": "mail server",
    "domains": "provider",
    "dkim": "key that signs",
    "hooks": "provider that tells",
}
#: tables and settings of digest.toml -> what their pages call them, where that is another word
_CALLED = {
    "base_url": "address of the public pages",
    "public": "public pages",
    "waves": "how it leaves",
    "tracking": "what links tell",
    "retention": "how long things are kept",
    "returns": "returned mail",
    "server": "mail server",
    "oauth": "sign-in",
}
#: what editors see of a newsletter
_OPEN = ("sources", "themes", "rules", "segments")
#: things that are named of a change, on the list
_NAMED = 3
#: pages that may be turned to
_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A change, as the list shows it."""

    change: Change
    #: what was changed, in words
    words: str
    #: where it is shown in full; empty where its versions are not kept any more
    path: str
    #: whoever looks may put it back
    may_put_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was made another."""

    where: str
    before: str
    after: str


class Versions:
    """The routes of the versions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def every(self, request: Request, page: str = "1") -> Response:
        """Show what was changed, the last first."""
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        found = changes.page(self._app, min(max(1, number), _MOST_PAGES))
        role = self._desk.who(request).role
        shown = [one for one in found.changes if role.may(Role.ADMIN) or _is_open(one.differences)]
        return self._desk.page(
            request,
            "versions",
            rows=[self._row(one, role) for one in shown],
            newer=_page(found.number - 1) if found.number > 1 else "",
            older=_page(found.number + 1) if found.more else "",
            year=self._app.clock().year,
        )

    def one(self, request: Request, before: str, after: str) -> Response:
        """Show one change, with what the settings said before and after."""
        now = settings.seen(self._app)
        differences = settings.between(self._app, before, after)
        role = self._desk.who(request).role
        is_admin = role.may(Role.ADMIN)
        if not is_admin and not _is_open(differences):
            raise NotAllowed(Role.ADMIN)
        workspace = self._app.loaded.workspace
        return self._desk.page(
            request,
            "version",
            lines=list(_lines(workspace, differences)),
            before=before,
            after=after,
            may_put_back=self._may(role, differences),
            whole=changes.text_of(self._app, before) if is_admin else "",
            now=now,
            since=len(settings.between(self._app, before, now)),
        )

    def _row(self, one: Change, role: Role) -> Row:
        is_kept = bool(one.differences)
        path = f"{PATH}/{one.before}/{one.after}" if is_kept else ""
        told = one.what or "changed something"
        words = _words(self._app.loaded.workspace, one.differences) if is_kept else told[:1].upper() + told[1:]
        return Row(change=one, words=words, path=path, may_put_back=is_kept and self._may(role, one.differences))

    def _may(self, role: Role, differences: Sequence[Difference]) -> bool:
        return role.may(rights.least(self._app.loaded.workspace, rights.turned(differences)))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Versions(desk)
    web.get(PATH)(routes.every)
    web.get(f"{PATH}/{{before}}/{{after}}")(routes.one)


def _page(number: int) -> str:
    return f"{PATH}?page={number}" if number > 1 else PATH


def _is_open(differences: Sequence[Difference]) -> bool:
    """Tell whether all of it may be seen by whoever edits; what is not known may not."""
    return bool(differences) and all(one.at[:1] == ("newsletters",) and one.at[2:3] in _PLACES for one in differences)


_PLACES = tuple((name,) for name in _OPEN)


def _words(workspace: Workspace, differences: Sequence[Difference]) -> str:
    """Return in a line what was changed: “Changed source “ours”, name; added rule 1”."""
    said = list(dict.fromkeys(f"{_verb(one)} {_where(workspace, one.at)}" for one in _merged(differences)))
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    words = "; ".join(said[:_NAMED]) + more
    return words[:1].upper() + words[1:]


def _verb(difference: Difference) -> str:
    if difference.in_order:
        return "put in another order:"
    if difference.before is None:
        return "set" if difference.entry is None else "added"
    if difference.after is None:
        return "emptied" if difference.entry is None else "took out"
    return "changed"


def _lines(workspace: Workspace, differences: Sequence[Difference]) -> Iterator[Line]:
    for one in _merged(differences):
        before, after = dict(_settings(one.at, one.before)), dict(_settings(one.at, one.after))
        for at in [*before, *(at for at in after if at not in before)]:
            place = _where(workspace, at)
            where = place[:1].upper() + place[1:] + (", in this order" if one.in_order else "")
            old, new = in_words(before.get(at)), in_words(after.get(at))
            if old != new:
                yield Line(where=where, before=old or "Nothing", after=new or "Nothing")


def _merged(differences: Sequence[Difference]) -> list[Difference]:
    """Return differences in which what went from a position, and what came there, is one thing that was changed."""
    # entries without an id are known by what they say: a block that says something else is another one
    came = {one.at: one for one in differences if one.entry is not None and one.before is None}
    found = []
    for one in differences:
        if one.entry is not None and one.after is None and one.at in came:
            found.append(Difference(at=one.at, before=one.before, after=came.pop(one.at).after))
        elif one.entry is None or one.before is not None or one.at in came:
            found.append(one)
    return found


def _settings(at: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    """Yield what stands at a place, each with its own: a newsletter that came has many, and each has its line."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            # what is called by its id says it already
            if name != "id":
                yield from _settings((*at, str(name)), one)
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value):
            yield from _settings((*at, one.get("id", number)), one)
    elif value is not None:
        yield at, value


def _where(workspace: Workspace, at: Place) -> str:
    """Return a place in words: “source “ours”, address”; its newsletter is named where there are several."""
    names: list[str] = []
    rest = list(at)
    while rest:
        part = rest.pop(0)
        kind = _ENTRIES.get(str(part))
        if kind is None or not rest:
            names.append(_CALLED.get(str(part), str(part).replace("_", " ")))
            continue
        entry = rest.pop(0)
        alone = [one.id for one in workspace.newsletters] == [entry]
        if kind != "newsletter" or not alone or not rest:
            names.append(f"{kind} {entry + 1}" if isinstance(entry, int) else f"{kind} “{entry}”")
    return ", ".join(names)
