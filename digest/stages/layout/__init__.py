"""Layout: which stories a variant shows, in what order, and the words around them.

Deterministic: the same stories, newsletter and slot give the same blocks. Every choice has its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sentencex

from digest.domain.model import OTHER, Block, Insight, Layout, Newsletter, Placement, Source
from digest.stages.layout.strength import is_sure, strength, strongest_first, top_of
from digest.stages.layout.tagging import tagged

#: characters that inboxes show of a subject and of what follows it
SUBJECT_CHARACTERS = 50
PREHEADER_CHARACTERS = 90
#: characters of a summary under a headline; it ends with a whole sentence where one ends in time
SUMMARY_CHARACTERS = 280
#: words a reader reads in a minute, for "4 min read" of the whole email
WORDS_A_MINUTE = 220
#: keys of the months in a catalogue, in their order
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

#: a part of the text that is another for each person; stages/render leaves it, transports/mime fills it
Slot = str
#: gives the program's own words by their key, in the language of the email (stages/words)
Say = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses that stand in every email; each may be a slot that is filled a recipient."""

    web_version: Slot
    subscribe: Slot
    unsubscribe: Slot
    preferences: Slot
    #: what is added to the queries of the links to stories, and to no others
    tags: Mapping[str, str] = field(default_factory=dict)


def choose(placements: Iterable[Placement], newsletter: Newsletter, slot: datetime) -> tuple[Placement, ...]:
    """Decide what goes in, within the limits, in order.

    The strongest stay. Each theme's strongest goes in before a second of another, since who chose
    that theme alone would get nothing.
    """
    kept: list[Placement] = []
    firsts: set[str] = set()
    seen: Counter[str] = Counter()
    for placement in strongest_first(placements, newsletter, slot):
        if seen[placement.theme] < newsletter.maximum_per_theme:
            kept.append(placement)
        if not seen[placement.theme] and placement.theme != OTHER:
            firsts.add(placement.story.id)
        seen[placement.theme] += 1
    kept.sort(key=lambda one: (not one.pinned, one.story.id not in firsts))
    return in_order(kept[: newsletter.maximum_stories], newsletter)


def in_order(placements: Iterable[Placement], newsletter: Newsletter) -> tuple[Placement, ...]:
    """Return stories as they stand in an edition: by theme as configured, newest first."""
    ranks = {theme.id: rank for rank, theme in enumerate(newsletter.themes)}
    return tuple(sorted(placements, key=lambda p: (ranks.get(p.theme, len(ranks)), -_when(p).timestamp(), p.story.id)))


def lay_out(
    placements: Sequence[Placement],
    newsletter: Newsletter,
    *,
    slot: datetime,
    number: int,
    introduction: str,
    correction: str = "",
    brand: dict[str, str],
    links: Links,
    say: Say,
) -> Layout:
    """Make the blocks of one variant from its chosen stories.

    placements: at least one, in order; introduction, correction: staff's texts with their
    placeholders already turned into slots, paragraphs parted by an empty line.
    """
    sources = {source.id: source for source in newsletter.sources}
    ranked = strongest_first(placements, newsletter, slot)
    top = top_of(ranked)
    blocks = [_masthead(placements, newsletter, slot, number, brand["organisation"], links, say)]
    blocks += [*_staffs_words("correction", correction), *_staffs_words("introduction", introduction)]
    blocks.append(
        Block(kind="hero", fields=_story(top, sources, links.tags) | {"theme": _theme_name(top.theme, newsletter, say)})
    )
    blocks += _themes(
        [placement for placement in placements if placement is not top], newsletter, sources, say, links.tags
    )
    blocks.append(_footer(newsletter, links, say))
    return Layout(
        subject=subject_of(top.story.lead.title),
        preheader=_preheader(ranked, top),
        blocks=tuple(blocks),
        stories=tuple(placement.story.id for placement in placements),
        reasons=(_why(top, newsletter, slot),),
    )


def why_top(placements: Sequence[Placement], newsletter: Newsletter, slot: datetime) -> str:
    """Say which of some stories is at the top, and why."""
    return _why(top_of(strongest_first(placements, newsletter, slot)), newsletter, slot)


def _why(top: Placement, newsletter: Newsletter, slot: datetime) -> str:
    reasons = strength(top, newsletter, slot).reasons
    if not top.pinned and not is_sure(top):
        reasons = ("no story stands under a theme for sure", *reasons)
    return f"“{top.story.lead.title}” is at the top: {', '.join(reasons)}."


def subject_of(title: str) -> str:
    """Cut a title for a subject line, between words."""
    return cut(title, SUBJECT_CHARACTERS)


def cut(text: str, characters: int) -> str:
    """Cut a text between words so that it has at most `characters`, an ellipsis included."""
    folded = " ".join(text.split())
    if len(folded) <= characters:
        return folded
    head = folded[: characters - 1]
    if not folded[characters - 1].isspace() and " " in head:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ,;:–—-") + "…"


def summary_of(text: str, characters: int = SUMMARY_CHARACTERS, language: str = "en") -> str:
    """Shorten a summary to whole sentences within `characters`; a too long first sentence is cut between words."""
    folded = " ".join(text.split())
    if len(folded) <= characters:
        return folded
    kept = ""
    for sentence in sentencex.segment(language, folded):
        longer = f"{kept} {sentence.strip()}".strip()
        if len(longer) > characters:
            break
        kept = longer
    return kept or cut(folded, characters)


def _masthead(
    placements: Sequence[Placement],
    newsletter: Newsletter,
    slot: datetime,
    number: int,
    organisation: str,
    links: Links,
    say: Say,
) -> Block:
    local = slot.astimezone(ZoneInfo(newsletter.schedule.timezone))
    return Block(
        kind="masthead",
        fields={
            "organisation": organisation,
            "newsletter": newsletter.name,
            "number": number,
            "date": say("date", day=local.day, month=say(MONTHS[local.month - 1]), year=local.year),
            "minutes": _minutes(placements),
            "stories": len(placements),
            "web_version": links.web_version,
            "unsubscribe": links.unsubscribe,
        },
    )


def _staffs_words(kind: str, text: str) -> list[Block]:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    return [Block(kind=kind, fields={"paragraphs": paragraphs})] if paragraphs else []


def _footer(newsletter: Newsletter, links: Links, say: Say) -> Block:
    return Block(
        kind="footer",
        fields={
            "newsletter": newsletter.name,
            "why": newsletter.why or say("why", newsletter=newsletter.name),
            "subscribe": links.subscribe,
            "unsubscribe": links.unsubscribe,
            "preferences": links.preferences,
        },
    )


def _when(placement: Placement) -> datetime:
    return placement.story.lead.published


def _minutes(placements: Sequence[Placement]) -> int:
    words = sum(
        len(f"{placement.story.lead.title} {summary_of(placement.story.lead.summary)}".split())
        for placement in placements
    )
    return max(1, round(words / WORDS_A_MINUTE))


def _preheader(ranked: Sequence[Placement], top: Placement) -> str:
    titles = [placement.story.lead.title for placement in ranked if placement is not top]
    return (
        cut(" · ".join(titles), PREHEADER_CHARACTERS) if titles else cut(top.story.lead.summary, PREHEADER_CHARACTERS)
    )


def _theme_name(theme: str, newsletter: Newsletter, say: Say) -> str:
    names = {known.id: known.name for known in newsletter.themes}
    return names.get(theme) or say("other_news")


def _themes(
    placements: Sequence[Placement],
    newsletter: Newsletter,
    sources: dict[str, Source],
    say: Say,
    tags: Mapping[str, str],
) -> list[Block]:
    order = list(dict.fromkeys(placement.theme for placement in placements))
    return [
        Block(
            kind="theme",
            fields={
                "name": _theme_name(theme, newsletter, say),
                "stories": [_story(placement, sources, tags) for placement in placements if placement.theme == theme],
            },
        )
        for theme in order
    ]


def _story(placement: Placement, sources: dict[str, Source], tags: Mapping[str, str]) -> dict[str, object]:
    lead = placement.story.lead
    return {
        "title": lead.title,
        "summary": summary_of(lead.summary),
        "link": tagged(_link(lead, sources), tags),
        "source": _name(lead, sources),
        "author": lead.author,
        "also": [
            {"source": _name(other, sources), "link": tagged(_link(other, sources), tags), "title": other.title}
            for other in placement.story.also
        ],
    }


def _link(insight: Insight, sources: dict[str, Source]) -> str:
    source = sources.get(insight.source)
    return insight.link or (source.website if source else "")


def _name(insight: Insight, sources: dict[str, Source]) -> str:
    source = sources.get(insight.source)
    return source.name if source else ""
