"""Excluding: a person takes a story out of a draft, and out of every edition to come, or lets it in again."""

from __future__ import annotations

from digest.domain.errors import NotFound, Refused
from digest.domain.model import Newsletter
from digest.domain.ports import Clock, Event, Excluded, Store
from digest.jobs import offering
from digest.jobs.edition import find
from digest.jobs.mending import comparable, mend, story_named
from digest.jobs.press import Press
from digest.stages import editing


def exclude(store: Store, clock: Clock, press: Press, edition_id: str, words: str, who: str) -> str:
    """Take a story out of a draft for good, with all who tell it; return its title.

    words: its number or a part of its title; who: the name that is recorded. Raises NotFound, and Refused where it is
    the only one, where the edition can no longer be changed, or where somebody else changed it first.
    """
    if not who.strip():
        raise Refused("A decision needs a name.", "Say who decides: --as NAME.")
    find(store, edition_id)
    with store.reading() as session:
        placements = session.editions.placements(edition_id)
        wanted = story_named(placements, words)
    title = wanted.shown.title
    if offering.own(placements) == [wanted]:
        raise Refused(f"“{title}” is the only story of {edition_id}.", "`digest discard` throws the draft away.")
    event = Event(at=clock(), who=who.strip(), what=f"excluded “{title}”")
    mend(store, press, edition_id, lambda content: editing.without(content, wanted), event)
    return title


def include(store: Store, newsletter: Newsletter, words: str) -> Excluded:
    """Let a story in again that was taken out: it is new once more.

    words: a part of its title. Raises NotFound, with the stories it may be.
    """
    with store.reading() as session:
        every = session.exclusions.every(newsletter.id)
    wanted = comparable(words)
    fitting = [one for one in every if wanted and wanted in comparable(one.title)]
    if len(fitting) != 1:
        what = f"“{words}” fits {len(fitting)} stories." if fitting else f"No excluded story is called “{words}”."
        listed = "; ".join(f"“{one.title}”" for one in fitting or every)
        raise NotFound(what, f"These are out: {listed}." if listed else "None is out.")
    with store.writing() as session:
        if not session.exclusions.remove(newsletter.id, fitting[0].story):
            raise NotFound(f"“{fitting[0].title}” is not out any more.", "Somebody else let it in.")
    return fitting[0]
