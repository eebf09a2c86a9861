"""Reasons: why something stands under a theme, in words that a comms person understands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from digest.domain.model import Reviewed, Rule, Theme
from digest.stages.group.languages import name


def match(theme: Theme, category: str, keywords: Sequence[str], akin: int, is_like: bool) -> tuple[str, ...]:
    """Say what speaks for a theme, strongest first; nothing where nothing does.

    category: the source's own; keywords: those found; akin: how many like it staff put there; is_like: its words are
    like the theme's description.
    """
    said = []
    if category:
        said.append(f"its source files it under “{category}”")
    if keywords:
        words = ", ".join(f"“{keyword}”" for keyword in keywords)
        said.append(f"keyword{'s' if len(keywords) > 1 else ''} {words}")
    if akin:
        said.append("like an insight you put here" if akin == 1 else f"like {akin} insights you put here")
    if is_like:
        said.append(f"its words are like the description of {theme.name}")
    return tuple(said)


def nearest(theme: Theme) -> str:
    """Say that nothing in particular speaks for a theme."""
    return f"{theme.name} is the nearest, if not by much"


def other(nearest: Theme, rival: str) -> str:
    """Say why something stands under Other."""
    if rival:
        return f"nearer to “{rival}” than to any theme; the nearest theme is {nearest.name}"
    return f"nothing in it speaks of any theme; the nearest is {nearest.name}"


def staff(reviewed: Reviewed, title: str) -> tuple[str, ...]:
    """Say that staff placed it, or one like it; title: of what stands there."""
    what = "it" if reviewed.title == title else f"“{reviewed.title}”"
    return (f"{reviewed.who or 'you'} {reviewed.review} {what} here",)


def rule(applied: Rule) -> tuple[str, ...]:
    """Say that a rule of the newsletter placed it."""
    holds = []
    if applied.like:
        holds.append(f"insights like “{applied.like}”")
    if applied.words:
        holds.append("insights with " + ", ".join(f"“{word}”" for word in applied.words))
    if applied.source:
        holds.append(f"what comes from {applied.source}")
    return (f"your rule: {' and '.join(holds)} always here",)


def foreign(language: str, own: str) -> str:
    """Say that it is in another language than the newsletter."""
    return f"it is in {name(language)}, and this newsletter is in {name(own)}"


def unread(language: str, known: Collection[str]) -> str:
    """Say that there was nothing to place it by, since its meaning cannot be compared."""
    meanings = " and ".join(name(one) for one in sorted(known))
    return f"the program compares meanings in {meanings} only; keywords in {name(language)} under a theme would help"
