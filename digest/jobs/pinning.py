"""Pinning: a person wants one story of a draft at its top, or no longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.domain.errors import NotFound, Refused
from digest.domain.model import Placement
from digest.domain.ports import Clock, Event, Store
from digest.jobs.edition import find
from digest.jobs.mending import mend, of_stories, own_story_named
from digest.jobs.press import Press


def pin(store: Store, clock: Clock, press: Press, edition_id: str, words: str, who: str) -> str:
    """Set a story at the top of a draft, in place of one that was pinned before; return its title.

    words: its number or a part of its title; who: the name that is recorded.
    Raises NotFound, and Refused where it stands there already or the edition can no longer be changed.
    """
    wanted = _named(store, edition_id, words)
    if wanted.pinned:
        raise Refused(f"“{wanted.shown.title}” is pinned already.", "`digest unpin` lets it go.")

    def change(placements: Sequence[Placement]) -> Sequence[Placement]:
        if all(one.story.id != wanted.story.id for one in placements):
            raise NotFound(f"“{wanted.shown.title}” is in the draft no more.", "Look at the draft again.")
        return [replace(one, pinned=one.story.id == wanted.story.id) for one in placements]

    what = f"pinned “{wanted.shown.title}” to the top"
    mend(store, press, edition_id, of_stories(change), Event(at=clock(), who=who, what=what))
    return wanted.shown.title


def unpin(store: Store, clock: Clock, press: Press, edition_id: str, words: str, who: str) -> str:
    """Let a pinned story go, so that the strongest is at the top; return its title.

    Raises NotFound, and Refused where it is not pinned or the edition can no longer be changed.
    """
    wanted = _named(store, edition_id, words)
    if not wanted.pinned:
        raise Refused(f"“{wanted.shown.title}” is not pinned.", "`digest pin` sets a story at the top.")
    what = f"unpinned “{wanted.shown.title}”"
    event = Event(at=clock(), who=who, what=what)
    change = of_stories(lambda placements: [replace(one, pinned=False) for one in placements])
    mend(store, press, edition_id, change, event)
    return wanted.shown.title


def _named(store: Store, edition_id: str, words: str) -> Placement:
    find(store, edition_id)
    with store.reading() as session:
        return own_story_named(session.editions.placements(edition_id), words)
