"""Reviewing: a person says under which theme a story of a draft belongs, and the themes learn from it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from digest.domain.errors import NotFound, Refused
from digest.domain.model import OTHER, Content, Edition, Newsletter, Placement, Review, Reviewed, Story
from digest.domain.ports import Clock, Event, Store
from digest.domain.states import SIGNED
from digest.jobs.edition import find
from digest.jobs.keeping import Remade
from digest.jobs.mending import Change, keep_mended, mended, of_stories, own_story_named
from digest.jobs.press import Press
from digest.stages.layout import cut

#: characters of a summary that a rule bears beside the title: a person is to recognise it in digest.toml
RULE_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person wants, with the edition as it will then be; nothing is stored yet."""

    reviewed: Reviewed
    story: Story
    made: Remade
    event: Event

    @property
    def placement(self) -> Placement:
        """Where the story will stand."""
        return next(one for one in self.made.placements if one.story.id == self.reviewed.insight)


def _as_it_is(content: Content) -> Content:
    """Change nothing (Change)."""
    return content


def decision(
    store: Store,
    clock: Clock,
    press: Press,
    edition_id: str,
    story: str,
    who: str,
    theme: str | None = None,
    then: Change = _as_it_is,
) -> Decision:
    """Work out what becomes of an edition where a story is put under a theme, or kept where it stands.

    story: its number in the draft, or a part of its title; theme: the id or the name of one; None keeps it; then: what
    is changed besides in the same step. Raises NotFound for a story or a theme that is not there, Refused where the
    edition can no longer be changed.
    """
    if not who.strip():
        raise Refused("A decision needs a name.", "Say who decides: --as NAME.")
    edition = find(store, edition_id)
    with store.reading() as session:
        found = own_story_named(session.editions.placements(edition_id), story)
    wanted = found.theme if theme is None else theme_named(press.newsletter, theme)
    if wanted == found.theme and edition.state in SIGNED:
        raise Refused(
            f"{edition_id} is approved with “{found.story.lead.title}” where it stands.", "There is nothing to decide."
        )
    now = clock()
    reviewed = Reviewed(
        title=found.story.lead.title,
        summary=found.story.lead.summary,
        theme=wanted,
        review=Review.KEPT if wanted == found.theme else Review.MOVED,
        who=who.strip(),
        at=now,
        insight=found.story.id,
        edition=edition_id,
        before=found.theme,
        checked=found.check,
    )
    event = Event(at=now, who=reviewed.who, what=_told(press.newsletter, reviewed))
    change = of_stories(lambda placements: [_mended(one, reviewed) for one in placements])
    made = mended(store, press, edition_id, lambda content: then(change(content)), event)
    return Decision(reviewed=reviewed, story=found.story, made=made, event=event)


def decide(store: Store, press: Press, wanted: Decision) -> Edition:
    """Store a decision with the edition that it makes: one that was approved is a draft again.

    Raises Refused where somebody else changed the edition first.
    """
    with store.writing() as session:
        keep_mended(session, press, wanted.made, wanted.event)
        session.reviews.add(press.newsletter.id, wanted.reviewed)
    return find(store, wanted.reviewed.edition)


def theme_named(newsletter: Newsletter, words: str) -> str:
    """Return the id of the theme that a person means by its id or its name; OTHER for “other”.

    Raises NotFound with the themes there are.
    """
    wanted = " ".join(words.split()).casefold()
    known = {name.casefold(): theme.id for theme in newsletter.themes for name in (theme.name, theme.id)}
    known |= {OTHER.casefold(): OTHER}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    listed = ", ".join([*(theme.id for theme in newsletter.themes), "other"])
    mend = f"Did you mean “{near[0]}”? " if near else ""
    raise NotFound(f"There is no theme “{words}” in “{newsletter.id}”.", f"{mend}There are: {listed}.")


def theme_names(newsletter: Newsletter) -> dict[str, str]:
    """Return how a newsletter's themes are called, by id, and what belongs under none."""
    return {theme.id: theme.name for theme in newsletter.themes} | {OTHER: "Other"}


def rule_values(story: Story, theme: str) -> dict[str, object]:
    """Return the rule that puts insights like a story under a theme, as digest.toml has it."""
    words = cut(f"{story.lead.title}. {story.lead.summary}".strip(), len(story.lead.title) + RULE_CHARACTERS)
    return {"theme": theme, "like": words}


def _told(newsletter: Newsletter, reviewed: Reviewed) -> str:
    names = theme_names(newsletter)
    where = names.get(reviewed.theme, reviewed.theme)
    if reviewed.review == Review.KEPT:
        return f"kept “{reviewed.title}” under {where}"
    return f"moved “{reviewed.title}” from {names.get(reviewed.before, reviewed.before)} to {where}"


def _mended(placement: Placement, reviewed: Reviewed) -> Placement:
    if placement.story.id != reviewed.insight:
        return placement
    runner_up = reviewed.before if reviewed.review == Review.MOVED else placement.runner_up
    reasons = (f"{reviewed.who} {reviewed.review} it here",)
    place = placement.place if reviewed.review == Review.KEPT else 0
    return replace(placement, theme=reviewed.theme, reasons=reasons, check=False, runner_up=runner_up, place=place)
