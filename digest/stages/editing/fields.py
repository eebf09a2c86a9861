"""Fields: what people type of an edition, one text at a time, and who typed over whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from digest.domain.model import FREE_BLOCKS, Content, OwnBlock, Placement

#: characters that each field may have
MOST: Mapping[str, int] = {
    "subject": 150,
    "preheader": 200,
    "introduction": 4_000,
    "title": 300,
    "summary": 2_000,
    "alt": 300,
    "text": 4_000,
    "link": 2_000,
    "picture": 2_000,
}
#: of the fields of a block that are not named above
_MOST_OF_A_LINE = 300
_IN_LINES = ("introduction", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Somebody else typed in a field while this person did."""

    #: its path
    field: str
    #: what was there when this person began, what is there now, and what they typed
    before: str
    theirs: str
    yours: str


def value(content: Content, field: str) -> str | None:
    """Return what a field says now, as a form shows it; None where what it is of is not there."""
    kind, _, rest = field.partition("/")
    owner, _, name = rest.partition("/")
    if kind == "story":
        story = _story(content, owner)
        return None if story is None else _told(story, name)
    if kind == "block":
        found = next((one.block for one in content.written.blocks if one.id == owner), None)
        return None if found is None else str(getattr(found, name))
    return str(getattr(content.written, field) or "")


def clashes(seen: Content, now: Content, typed: Mapping[str, str]) -> list[Clash]:
    """Return the fields in which somebody else typed since a person saw them, and other words than theirs."""
    found = []
    for field, yours in typed.items():
        before, theirs = value(seen, field) or "", value(now, field) or ""
        if theirs not in (before, yours):
            found.append(Clash(field=field, before=before, theirs=theirs, yours=yours))
    return found


def written(content: Content, typed: Mapping[str, str]) -> Content:
    """Return a content with what a person typed; fields of what is not there are passed over."""
    for field, text in typed.items():
        kind, _, rest = field.partition("/")
        owner, _, name = rest.partition("/")
        if kind == "story":
            stories = tuple(_worded(one, name, text) if one.story.id == owner else one for one in content.placements)
            content = replace(content, placements=stories)
        elif kind == "block":
            blocks = tuple(_block(one, name, text) if one.id == owner else one for one in content.written.blocks)
            content = replace(content, written=replace(content.written, blocks=blocks))
        else:
            # no introduction is one, too: the newsletter's own stands until somebody says so
            content = replace(content, written=replace(content.written, **_said(field, text)))
    return content


def faults(content: Content, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what was typed: field -> a sentence that says what to do."""
    found = {field: _fault(content, field, text.strip()) for field, text in typed.items()}
    return {field: fault for field, fault in found.items() if fault}


def _fault(content: Content, field: str, text: str) -> str:
    name = field.rpartition("/")[2]
    most = MOST.get(name, _MOST_OF_A_LINE)
    if len(text) > most:
        return f"{len(text):,} characters. It may have {most:,}."
    if name not in _IN_LINES and ("\n" in text or "\r" in text):
        return "Write it in one line."
    if name == "published" and text and _day(text) is None:
        return "Write the date as 2026-11-24."
    if name in ("link", "picture") and text and not text.startswith(("https://", "http://", "mailto:")):
        return "An address begins with https://."
    return _needed(content, field, name, text)


def _needed(content: Content, field: str, name: str, text: str) -> str:
    if text or not field.startswith("block/"):
        return ""
    owner = field.split("/")[1]
    kind = next((one.block.kind for one in content.written.blocks if one.id == owner), "")
    return "This cannot be empty." if name in FREE_BLOCKS.get(kind, ()) else ""


def _story(content: Content, story: str) -> Placement | None:
    return next((one for one in content.placements if one.story.id == story), None)


def _told(story: Placement, name: str) -> str:
    if name == "published":
        return f"{story.wording.published:%Y-%m-%d}" if story.wording.published else ""
    if name == "theme":
        return story.theme
    return story.wording.alt if name == "alt" else str(getattr(story.shown, name))


def _worded(story: Placement, name: str, text: str) -> Placement:
    made: Any = " ".join(text.split())
    if name == "published":
        made = _day(made)
    elif name != "alt" and made == " ".join(str(getattr(story.story.lead, name)).split()):
        # typed as it was published: what its source corrects stays right here, too
        made = ""
    return replace(story, wording=replace(story.wording, **{name: made}))


def _said(field: str, text: str) -> dict[str, Any]:
    if field == "introduction":
        return {field: text.strip().replace("\r\n", "\n")}
    return {field: " ".join(text.split())}


def _block(own: OwnBlock, name: str, text: str) -> OwnBlock:
    made: Any = text.strip().replace("\r\n", "\n") if name in _IN_LINES else " ".join(text.split())
    return replace(own, block=replace(own.block, **{name: made}))


def _day(text: str) -> datetime | None:
    try:
        # noon is the same day everywhere from Iceland to Japan
        return datetime.combine(date.fromisoformat(text), time(12), UTC)
    except ValueError:
        return None
