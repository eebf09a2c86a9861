"""Audit: what was done on the desk, and by whom, kept in the same transaction as what it tells of.

::

    with store.writing() as session:
        …
        session.audit.note(noted(clock(), who.name, Matter.PEOPLE, "exported 1,204 people", whence=whence))
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.domain.model import NOWHERE, Matter, Noted, Whence
from digest.domain.ports import Store

#: who is written down for what somebody did with a command
COMMAND = "the command line"
#: entries of a page
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A page of what was done."""

    entries: tuple[Noted, ...]
    #: whose deeds may be asked for
    names: tuple[str, ...]
    number: int
    #: there is a page after this one
    more: bool


def noted(at: datetime, who: str, matter: Matter, what: str, about: str = "", *, whence: Whence = NOWHERE) -> Noted:
    """Return what is kept of something that was done.

    what: as it stands after the name: “invited Marcus Webb as editor”; about: what it was done to. Neither may hold a
    subscriber's address: what looks like one is left out.
    """
    return Noted(at=at, who=who, matter=matter, what=what, about=about, remote=whence.remote)


def note(store: Store, entry: Noted) -> None:
    """Keep what was done where that was no commit of its own: a file of settings that was written."""
    with store.writing() as session:
        session.audit.note(entry)


def trail(store: Store, who: str = "", matter: Matter | None = None, number: int = 1) -> Trail:
    """Return a page of what was done, the last first, with the histories of all editions.

    who: of one person by their name; matter: of one kind; number: of the page, from 1 on.
    """
    at = max(1, number)
    with store.reading() as session:
        entries = session.audit.page(who, matter, PAGE + 1, (at - 1) * PAGE)
        names = session.audit.names()
    return Trail(entries=tuple(entries[:PAGE]), names=tuple(names), number=at, more=len(entries) > PAGE)


def forget(store: Store, before: datetime) -> int:
    """Forget what was done before then; return how much. Histories of editions stay."""
    with store.writing() as session:
        return session.audit.forget(before)
