"""Places: where stories stand among each other, under which theme, and whether at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.domain.model import Content, Placement


def placed_at(content: Content, story: str, before: str) -> Content:
    """Return a content with a story put before another one of its theme; before: empty for the end of the theme.

    All stories of the theme stand from then on where they stand now. Where either is not there, nothing changes.
    """
    mine = next((one for one in content.placements if one.story.id == story), None)
    if mine is None:
        return content
    order = [one.story.id for one in content.placements if one.theme == mine.theme and one.story.id != story]
    order.insert(order.index(before) if before in order else len(order), story)
    places = {one: place for place, one in enumerate(order, 1)}
    kept = [replace(one, place=places.get(one.story.id, one.place)) for one in content.placements]
    return replace(content, placements=_in_places(kept, mine.theme))


def moved_theme(order: Sequence[str], theme: str, by: int) -> tuple[str, ...]:
    """Return the order of themes with one moved down by so many; up where that is less than 0."""
    rest = [one for one in order if one != theme]
    at = min(max(list(order).index(theme) + by, 0), len(rest))
    return (*rest[:at], theme, *rest[at:])


def without(content: Content, out: Placement) -> Content:
    """Return a content with a story left out: one of its own, or one that another edition told first."""
    kept = tuple(one for one in content.placements if one.story.id != out.story.id)
    return replace(content, placements=kept, left_out=(*content.left_out, replace(out, pinned=False)))


def put_back(content: Content, story: str) -> Content:
    """Return a content with a story in it again that was left out."""
    back = tuple(one for one in content.left_out if one.story.id == story)
    # a story of an earlier edition comes by itself where it is no longer out
    own = tuple(one for one in back if not one.first_in)
    kept = tuple(one for one in content.left_out if one.story.id != story)
    return replace(content, placements=(*content.placements, *own), left_out=kept)


def _in_places(placements: Sequence[Placement], theme: str) -> tuple[Placement, ...]:
    """Return stories with those of one theme in their places, and all others where they are."""
    ordered = iter(sorted((one for one in placements if one.theme == theme), key=lambda one: one.place))
    return tuple(next(ordered) if one.theme == theme else one for one in placements)
