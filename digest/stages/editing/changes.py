"""Changes: what is another between two contents of an edition, as a person would tell it, word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from digest.domain.model import Content, OwnBlock, Placement

_WORDS = re.compile(r"\s+|[^\s]+")
#: fields of a story that are compared word by word -> what they are called
_TEXTS: Mapping[str, str] = {"title": "Title", "summary": "Summary"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One thing that is another, and its words."""

    #: what it is: “Title in Early Years”, “Story added to Leadership”
    what: str
    pieces: tuple[Piece, ...]
    #: id of the story that it is of; empty where it is of none
    story: str = ""


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return what became of a text, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for op, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            found.append(Piece(kind="same", text="".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece(kind="gone", text="".join(old[a:b])))
        if d > c:
            found.append(Piece(kind="new", text="".join(new[c:d])))
    return tuple(found)


def changes(before: Content, after: Content, themes: Mapping[str, str]) -> list[Changed]:
    """Return what is another in `after`; themes: the names of themes, by their ids."""
    return [*_around(before, after), *_stories(before, after, themes), *_blocks(before, after)]


def _around(before: Content, after: Content) -> Iterator[Changed]:
    for field, what in (("subject", "Subject"), ("preheader", "Preview text"), ("introduction", "Introduction")):
        was, now = (getattr(one.written, field) or "" for one in (before, after))
        if was != now:
            yield Changed(what=what, pieces=pieces(was, now))
    if before.written.themes != after.written.themes:
        yield Changed(what="The order of the themes", pieces=())


def _stories(before: Content, after: Content, themes: Mapping[str, str]) -> Iterator[Changed]:
    old, new = ({one.story.id: one for one in content.placements} for content in (before, after))
    for story in old.keys() - new.keys():
        gone = Piece(kind="gone", text=old[story].shown.title)
        yield Changed(what=f"Left out of {_under(old[story], themes)}", pieces=(gone,), story=story)
    for story, placement in new.items():
        if story not in old:
            come = Piece(kind="new", text=placement.shown.title)
            yield Changed(what=f"Story added to {_under(placement, themes)}", pieces=(come,), story=story)
        else:
            yield from _story(old[story], placement, themes)
    yield from _order(before, after, themes)


def _story(old: Placement, new: Placement, themes: Mapping[str, str]) -> Iterator[Changed]:
    story, title = new.story.id, new.shown.title
    for field, what in _TEXTS.items():
        was, now = str(getattr(old.shown, field)), str(getattr(new.shown, field))
        if was != now:
            yield Changed(what=f"{what} in {_under(new, themes)}", pieces=pieces(was, now), story=story)
    if old.wording.alt != new.wording.alt:
        what = f"What the picture of “{title}” shows"
        yield Changed(what=what, pieces=pieces(old.wording.alt, new.wording.alt), story=story)
    if old.wording.published != new.wording.published:
        yield Changed(what=f"The date of “{title}”", pieces=(), story=story)
    if old.theme != new.theme:
        moved = pieces(_under(old, themes), _under(new, themes))
        yield Changed(what=f"Theme of “{title}”", pieces=moved, story=story)
    if old.pinned != new.pinned:
        yield Changed(what=f"“{title}” {'is' if new.pinned else 'is no longer'} the top story", pieces=(), story=story)


def _order(before: Content, after: Content, themes: Mapping[str, str]) -> Iterator[Changed]:
    here = {one.story.id for one in before.placements} & {one.story.id for one in after.placements}
    for theme in dict.fromkeys(one.theme for one in after.placements):
        was, now = (
            [one.story.id for one in content.placements if one.theme == theme and one.story.id in here]
            for content in (before, after)
        )
        if set(was) == set(now) and was != now:
            yield Changed(what=f"The order under {themes.get(theme, 'Other')}", pieces=())


def _blocks(before: Content, after: Content) -> Iterator[Changed]:
    old, new = ({one.id: one for one in content.written.blocks} for content in (before, after))
    for one in old.keys() | new.keys():
        was, now = _text(old.get(one)), _text(new.get(one))
        if was != now:
            kind = (new.get(one) or old[one]).block.kind
            yield Changed(what=f"Your {kind}", pieces=pieces(was, now))


def _text(own: OwnBlock | None) -> str:
    if own is None:
        return ""
    said = {name: value for name, value in asdict(own.block).items() if name not in ("kind", "place")}
    return " · ".join(str(value) for value in said.values() if value)


def _under(placement: Placement, themes: Mapping[str, str]) -> str:
    return themes.get(placement.theme, "Other")
