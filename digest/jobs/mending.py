"""Mending a draft: a person changes its content. The variants are computed outside, then one commit.

What somebody had approved is a draft again: other bytes want another look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from digest.domain.errors import NotFound, Refused
from digest.domain.model import Content, Edition, Placement, Variant
from digest.domain.ports import Event, Session, Store
from digest.domain.states import OPEN
from digest.jobs import offering
from digest.jobs.edition import as_made_now, find, pressed
from digest.jobs.keeping import Remade, keep
from digest.jobs.press import Press, rendered
from digest.stages import layout

#: given an edition's content, returns it as a person wants it
Change = Callable[[Content], Content]


def mend(store: Store, press: Press, edition_id: str, change: Change, event: Event) -> Edition:
    """Change the stories of a draft, or of an approved edition, which becomes a draft again.

    event: who did what, and when. Raises NotFound, and Refused where it is neither any more,
    or somebody else changed it first.
    """
    made = mended(store, press, edition_id, change, event)
    with store.writing() as session:
        keep_mended(session, press, made, event)
    return find(store, edition_id)


def mended(store: Store, press: Press, edition_id: str, change: Change, event: Event) -> Remade:
    """Compute an edition with changed content; nothing is stored.

    The stories stand in their usual order again, each where a person put it; none is dropped for a limit.
    """
    before = find(store, edition_id)
    if before.state not in OPEN:
        raise Refused(
            f"{edition_id} is {before.state}: its stories can no longer be changed.",
            "Change the next edition: `digest draft` makes it.",
        )
    with store.reading() as session:
        content = session.editions.content(before)
    return remade(store, press, before, change(content), event)


def remade(store: Store, press: Press, before: Edition, content: Content, event: Event) -> Remade:
    """Compute an edition as it is with some content; nothing is stored.

    Where everybody gets the same stories as before, nobody is counted anew: other words are rendered for as many
    people, of whom there may be a million.
    """
    wanted = layout.in_order(content.placements, press.newsletter, content.written.themes)
    now = replace(before, written=content.written)
    with store.reading() as session:
        was = session.editions.content(before)
        placements = session.editions.placements(before.id)
        stored = session.editions.variants(before.id)
    if _gets(was) == _gets(content):
        kept, variants = _rendered_anew(store, press, now, [*wanted, *_earlier(placements)], stored, event.at)
    else:
        # a story of an earlier edition that somebody took out must not come back by that way
        out = {insight.id for one in content.left_out for insight in one.story.insights}
        kept, variants = pressed(store, press, now, wanted, event.at, out)
    return Remade(before=before, content=replace(content, placements=wanted), placements=kept, variants=variants)


def _gets(content: Content) -> object:
    """Return all of a content that decides who gets which stories."""
    stories = {
        one.story.id: (one.theme, one.wording.published, [insight.id for insight in one.story.insights])
        for one in content.placements
    }
    return stories, [one.story.id for one in content.left_out]


def _rendered_anew(
    store: Store,
    press: Press,
    edition: Edition,
    placements: Sequence[Placement],
    stored: Sequence[Variant],
    now: datetime,
) -> tuple[Sequence[Placement], list[Variant]]:
    edition = replace(edition, drafted_at=now)
    if edition.corrects:
        return placements, [as_made_now(store, press, edition, placements, one) for one in stored]
    place = {one.story.id: place for place, one in enumerate(placements)}
    ordered = [replace(one, stories=tuple(sorted(one.stories, key=place.__getitem__))) for one in stored]
    return placements, [rendered(press, edition, placements, one) for one in ordered]


def _earlier(placements: Sequence[Placement]) -> list[Placement]:
    return [one for one in placements if one.first_in]


def of_stories(change: Callable[[Sequence[Placement]], Sequence[Placement]]) -> Change:
    """Return the change of a content that changes its stories alone."""
    return lambda content: replace(content, placements=tuple(change(content.placements)))


def keep_mended(session: Session, press: Press, made: Remade, event: Event) -> None:
    """Keep a changed edition in a transaction that may keep more of the same decision."""
    keep(session, press, made, event, replace(event, what="approval taken back", why=f"changed by {event.who}"))


def story_named(placements: Sequence[Placement], words: str) -> Placement:
    """Return the story that a person means: by its number in the draft, or by a part of its title.

    Raises NotFound with the stories it may be.
    """
    wanted = comparable(words)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(placements):
        return placements[int(wanted) - 1]
    titles = [(number, one.shown.title) for number, one in enumerate(placements, 1)]
    fitting = [(number, title) for number, title in titles if wanted and wanted in comparable(title)]
    if len(fitting) == 1:
        return placements[fitting[0][0] - 1]
    what = f"“{words}” fits {len(fitting)} stories." if fitting else f"There is no story “{words}” in the draft."
    # earlier stories are many, and seldom meant
    own = titles[: len(offering.own(placements))]
    listed = "; ".join(f"{number} “{title}”" for number, title in fitting or own)
    raise NotFound(what, f"Give one of these numbers: {listed}.")


def own_story_named(placements: Sequence[Placement], words: str) -> Placement:
    """Return the story of an edition's own that a person means, as `story_named` does.

    Raises NotFound, and Refused for one that another edition told first.
    """
    found = story_named(placements, words)
    if found.first_in:
        raise Refused(
            f"“{found.shown.title}” is a story of {found.first_in}: it stands as it stood there.",
            "It is here for those who did not get it. `digest exclude` takes it out.",
        )
    return found


def comparable(words: str) -> str:
    """Return what a person typed or reads, without what makes no difference: capitals and white space."""
    return " ".join(words.split()).casefold()
