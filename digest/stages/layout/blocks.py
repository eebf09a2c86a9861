"""Blocks: the data that templates/blocks/{kind} are handed, a function a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.domain.model import Block, FreeBlock, Insight, Newsletter, Placement, ShownPicture
from digest.stages.layout.cutting import cut, summary_of
from digest.stages.layout.leading import source_of, untagged
from digest.stages.layout.tagging import is_web, tagged

#: words a reader reads in a minute, for "4 min read" of the whole email
WORDS_A_MINUTE = 220
#: characters of a title beside the name of who else tells a story
ALSO_CHARACTERS = 60
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
#: address of an insight's picture -> shape ("hero", "thumbnail") -> the picture as it is shown
Pictures = Mapping[str, Mapping[str, ShownPicture]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses that stand in every email; each may be a slot that is filled a recipient. Empty ones are not shown."""

    web_version: Slot = ""
    subscribe: Slot
    unsubscribe: Slot = ""
    preferences: Slot = ""
    #: what is added to the queries of the links to stories, and to no others
    tags: Mapping[str, str] = field(default_factory=dict)
    #: an insight's id -> the address that counts who follows its link and leads on; none: links lead there at once
    counted: Callable[[str], str] | None = None


@dataclass(slots=True, kw_only=True)
class Maker:
    """Makes the blocks of one newsletter's email, in the order in which they stand."""

    newsletter: Newsletter
    links: Links
    say: Say
    pictures: Pictures
    #: the words of the links to stories so far, and where each led
    said: dict[str, str] = field(default_factory=dict)

    def masthead(self, placements: Sequence[Placement], slot: datetime, number: int, organisation: str) -> Block:
        """Say whose it is, and how much of it there is."""
        local = slot.astimezone(ZoneInfo(self.newsletter.schedule.timezone))
        date = self.say("date", day=local.day, month=self.say(MONTHS[local.month - 1]), year=local.year)
        fields = {
            "organisation": organisation,
            "newsletter": self.newsletter.name,
            "number": number,
            "date": date,
            "minutes": _minutes(placements),
            "stories": len(placements),
            "web_version": self.links.web_version,
            "unsubscribe": self.links.unsubscribe,
        }
        return Block(kind="masthead", fields=fields)

    def hero(self, top: Placement) -> Block:
        """Show the story at the top."""
        return Block(kind="hero", fields=self._story(top, "hero") | {"theme": self._theme_name(top.theme)})

    def themes(self, placements: Sequence[Placement]) -> list[Block]:
        """Show stories with their summaries under their themes; the first of each may have a picture."""
        under: dict[str, list[dict[str, object]]] = {}
        for placement in placements:
            stories = under.setdefault(placement.theme, [])
            stories.append(self._story(placement, "" if stories else "thumbnail"))
        return [
            Block(kind="theme", fields={"name": self._theme_name(theme), "stories": stories})
            for theme, stories in under.items()
        ]

    def brief(self, placements: Sequence[Placement]) -> list[Block]:
        """Show stories by their titles alone."""
        stories = [self._story(one) | {"theme": self._theme_name(one.theme)} for one in placements]
        return [Block(kind="brief", fields={"stories": stories})] if stories else []

    def more(self, elsewhere: int) -> list[Block]:
        """Lead to the web version, where the edition's other stories stand."""
        if not elsewhere or not self.links.web_version:
            return []
        return [Block(kind="more", fields={"count": elsewhere, "link": self.links.web_version})]

    def free(self, blocks: Sequence[FreeBlock], place: str) -> list[Block]:
        """Show what staff themselves put at a place."""
        return [self._free(one) for one in blocks if one.place == place]

    def footer(self) -> Block:
        """Say why it came, who sent it, and how to end it."""
        fields = {
            "newsletter": self.newsletter.name,
            "why": self.newsletter.why or self.say("why", newsletter=self.newsletter.name),
            "subscribe": self.links.subscribe,
            "unsubscribe": self.links.unsubscribe,
            "preferences": self.links.preferences,
        }
        return Block(kind="footer", fields=fields)

    def _free(self, one: FreeBlock) -> Block:
        shown = self.pictures.get(one.picture, {}).get("hero")
        picture = (
            _picture(shown, one.alt)
            if shown or not one.picture
            else {"src": one.picture, "width": FULL_WIDTH, "alt": one.alt}
        )
        told = {name: value for name, value in asdict(one).items() if name not in ("kind", "place", "alt")}
        return Block(kind=one.kind, fields=told | {"paragraphs": paragraphs(one.text), "picture": picture})

    def _story(self, placement: Placement, shape: str = "") -> dict[str, object]:
        lead = placement.shown
        link = self._link(lead)
        source = self._source(lead)
        place = source or _site(untagged(lead, self.newsletter))
        return {
            "title": lead.title,
            "headline": self._distinct(lead.title, place, link),
            "summary": summary_of(lead.summary),
            "link": link,
            "source": source,
            "place": place,
            "author": lead.author,
            "picture": _picture(self.pictures.get(lead.image, {}).get(shape), placement.wording.alt),
            "also": [self._teller(other) for other in placement.story.also],
        }

    def _teller(self, insight: Insight) -> dict[str, object]:
        """Return who else tells a story; name and title together are the words of the link."""
        link = self._link(insight)
        source = self._source(insight)
        place = source or _site(untagged(insight, self.newsletter))
        words = ": ".join(part for part in (place, cut(insight.title, ALSO_CHARACTERS)) if part)
        return {
            "source": source,
            "words": self._distinct(words, "", link),
            "link": link,
            "title": insight.title,
        }

    def _distinct(self, words: str, place: str, link: str) -> str:
        """Return the words of a link: the same ones lead to the same place (WCAG 2.4.4).

        place: what tells a second link of these words from the first; a third is numbered.
        """
        if not link:
            return words
        wanted, number = words, 1
        while self.said.setdefault(wanted, link) != link:
            parts = [part for part in (place, str(number) if number > 1 or not place else "") if part]
            wanted = f"{words} ({', '.join(parts)})"
            number += 1
        return wanted

    def _link(self, insight: Insight) -> str:
        address = untagged(insight, self.newsletter)
        if self.links.counted and is_web(address):
            # the tags are added where it leads on
            return self.links.counted(insight.id)
        return tagged(address, self.links.tags)

    def _source(self, insight: Insight) -> str:
        source = source_of(insight, self.newsletter)
        return source.name if source else ""

    def _theme_name(self, theme: str) -> str:
        names = {known.id: known.name for known in self.newsletter.themes}
        return names.get(theme) or self.say("other_news")


#: px between the edges of a card's text: a picture that nobody measured is shown as wide as that
FULL_WIDTH = 552


def paragraphs(text: str) -> list[str]:
    """Part a text at its empty lines."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def staffs_words(kind: str, text: str) -> list[Block]:
    """Show a text of staff's own, where there is one."""
    parts = paragraphs(text)
    return [Block(kind=kind, fields={"paragraphs": parts})] if parts else []


def _picture(shown: ShownPicture | None, alt: str) -> dict[str, object] | None:
    # a story's picture stands beside its title, which says it all: where staff do not say what it shows, it is
    # decoration to a screen reader
    return {"src": shown.src, "width": shown.width, "height": shown.height, "alt": alt} if shown else None


def _site(link: str) -> str:
    """Return the name of the site that a link leads to, as it stands there."""
    return link.split("/")[2] if link.count("/") >= 2 else ""


def _minutes(placements: Sequence[Placement]) -> int:
    words = sum(
        len(f"{placement.shown.title} {summary_of(placement.shown.summary)}".split()) for placement in placements
    )
    return max(1, round(words / WORDS_A_MINUTE))
