"""Layout: which stories a variant shows, in what order, and the words around them.

Deterministic: the same stories, newsletter and slot give the same blocks. Every choice has its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.domain import spoken
from digest.domain.model import NOTHING_WRITTEN, Block, FreeBlock, Layout, Newsletter, Placement, Written
from digest.stages.layout.blocks import MONTHS, Links, Maker, Pictures, Say, paragraphs, staffs_words
from digest.stages.layout.choosing import Choice, choose, fresh, in_full, in_order
from digest.stages.layout.cutting import PREHEADER_CHARACTERS, cut, subject_of, summary_of
from digest.stages.layout.leading import destination, untagged
from digest.stages.layout.strength import is_sure, strength, strongest_first, top_of

__all__ = [
    "MONTHS",
    "Choice",
    "Links",
    "choose",
    "corrected_note",
    "cut",
    "destination",
    "fresh",
    "in_order",
    "lay_out",
    "lay_out_correction",
    "subject_of",
    "summary_of",
    "top",
    "untagged",
    "why",
]

_NO_PICTURES: Pictures = {}


def lay_out(
    placements: Sequence[Placement],
    newsletter: Newsletter,
    *,
    slot: datetime,
    number: int,
    introduction: str,
    correction: str = "",
    free: Sequence[FreeBlock] = (),
    first: Sequence[str] = (),
    written: Written = NOTHING_WRITTEN,
    elsewhere: int = 0,
    brand: Mapping[str, str],
    links: Links,
    say: Say,
    pictures: Pictures = _NO_PICTURES,
) -> Layout:
    """Make the blocks of one variant from its chosen stories.

    placements: at least one; introduction, correction and the texts of free blocks: staff's texts with their
    placeholders already turned into slots, paragraphs parted by an empty line; first: ids of the themes that the
    segment wants before the others; written: what staff wrote for this edition, of which the texts are in the former;
    elsewhere: how many stories of the edition this variant leaves out.
    """
    ranked = strongest_first(placements, newsletter, slot)
    hero = top_of(ranked, first)
    below = [one for one in ranked if one is not hero]
    full = in_full(below, newsletter)
    ordered = [one for one in in_order(placements, newsletter, (*first, *written.themes)) if one is not hero]
    make = Maker(newsletter=newsletter, links=links, say=say, pictures=pictures)
    blocks: list[Block] = [
        make.masthead(placements, slot, number, brand["organisation"]),
        *staffs_words("correction", correction),
        *staffs_words("introduction", f"{introduction}\n\n{_earlier(placements, say)}"),
        *make.free(free, "top"),
        make.hero(hero),
        *make.free(free, "middle"),
        *make.themes([one for one in ordered if one.story.id in full]),
        *make.brief([one for one in ordered if one.story.id not in full]),
        *make.more(elsewhere),
        *make.free(free, "end"),
        make.footer(),
    ]
    return Layout(
        subject=written.subject or subject_of(hero.shown.title),
        preheader=written.preheader or _preheader(below, hero),
        blocks=tuple(blocks),
        stories=tuple(placement.story.id for placement in placements),
        reasons=why(placements, newsletter, slot, first),
    )


def corrected_note(text: str, slot: datetime, newsletter: Newsletter, say: Say) -> str:
    """Return what a web version says of a correction; slot: when it went."""
    local = slot.astimezone(ZoneInfo(newsletter.schedule.timezone))
    on = say("corrected_on", day=local.day, month=say(MONTHS[local.month - 1]))
    return f"{on} {text.strip()}"


def lay_out_correction(
    newsletter: Newsletter,
    *,
    number: int,
    text: str,
    plain: str,
    written: Written,
    organisation: str,
    links: Links,
    say: Say,
) -> Layout:
    """Make the blocks of a mail that corrects an edition.

    number: of the edition that it corrects, whose page is `links.web_version`; text: what it says, with placeholders
    turned into slots; plain: the same as it is said to who has no name, for the line below the subject.
    """
    make = Maker(newsletter=newsletter, links=links, say=say, pictures=_NO_PICTURES)
    title = say("correction_title", number=number)
    fields = {
        "organisation": organisation,
        "newsletter": newsletter.name,
        "title": title,
        "paragraphs": paragraphs(text),
        "link": links.web_version,
    }
    return Layout(
        subject=written.subject or f"{newsletter.name}: {title}",
        preheader=written.preheader or cut(" ".join(plain.split()), PREHEADER_CHARACTERS),
        blocks=(Block(kind="amended", fields=fields), make.footer()),
        stories=(),
    )


def top(
    placements: Sequence[Placement], newsletter: Newsletter, slot: datetime, first: Sequence[str] = ()
) -> Placement:
    """Return the story that stands above the themes; first: ids of the themes that the segment wants before others."""
    return top_of(strongest_first(placements, newsletter, slot), first)


def _earlier(placements: Sequence[Placement], say: Say) -> str:
    return say("catch_up") if any(one.first_in for one in placements) else ""


def why(
    placements: Sequence[Placement], newsletter: Newsletter, slot: datetime, first: Sequence[str] = ()
) -> tuple[str, ...]:
    """Say which of some stories is at the top, which stand in brief, and which themes come first, and why."""
    if not placements:
        return ()
    ranked = strongest_first(placements, newsletter, slot)
    hero = top_of(ranked, first)
    below = [one for one in ranked if one is not hero]
    full = in_full(below, newsletter)
    brief = [f"“{one.shown.title}”" for one in below if one.story.id not in full]
    names = {theme.id: theme.name for theme in newsletter.themes}
    here = {one.theme for one in placements}
    before = [names.get(theme, theme) for theme in first if theme in here]
    reasons = [_why_top(hero, newsletter, slot, first)]
    if before:
        reasons.append(
            f"{spoken.listed(before)} {'stands' if len(before) == 1 else 'stand'} first, as the segment wants it."
        )
    if brief:
        stand = "stands" if len(brief) == 1 else "stand"
        reasons.append(
            f"{spoken.listed(brief)} {stand} in brief: {len(full)} are stronger, or the first of their themes."
        )
    return tuple(reasons)


def _why_top(top: Placement, newsletter: Newsletter, slot: datetime, first: Sequence[str]) -> str:
    reasons = strength(top, newsletter, slot).reasons
    if not top.pinned and not is_sure(top):
        reasons = ("no story stands under a theme for sure", *reasons)
    elif not top.pinned and top.theme in first:
        reasons = ("its theme comes first for the segment", *reasons)
    return f"“{top.shown.title}” is at the top: {', '.join(reasons)}."


def _preheader(below: Sequence[Placement], top: Placement) -> str:
    titles = [placement.shown.title for placement in below]
    return cut(" · ".join(titles) if titles else top.shown.summary, PREHEADER_CHARACTERS)
