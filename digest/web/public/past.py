"""Past: what pages of the archive show, ready for their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.app import App
from digest.domain.model import OTHER, Newsletter, Shape
from digest.domain.ports import PastStory, Session
from digest.stages import pictured
from digest.stages.layout import cutting

#: the last part of the address of stories whose theme is no more; no theme has it as its id
OTHER_ADDRESS = "other"
_OTHER_NAME = "Other"
#: stories of each theme on the archive's first page
_EACH = 2
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as a page shows it."""

    title: str
    #: where its title leads; empty for nowhere
    link: str
    summary: str
    at: datetime
    day: str
    number: int
    #: path of the web version of the edition it stood in
    edition: str
    #: path of its picture; empty where it has none
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A theme with its stories."""

    #: last part of its address
    id: str
    name: str
    count: int
    stories: tuple[Told, ...] = ()


def shelves(session: Session, newsletter: Newsletter) -> list[Shelf]:
    """Return the themes that have stories, in the order of digest.toml, the rest as one at the end."""
    counts = session.archive.counts(newsletter.id, ids(newsletter))
    named = {**{one.id: one.name for one in newsletter.themes}, OTHER: _OTHER_NAME}
    return [
        Shelf(id=OTHER_ADDRESS if theme == OTHER else theme, name=name, count=counts[theme])
        for theme, name in named.items()
        if theme in counts
    ]


def newest(app: App, session: Session, newsletter: Newsletter, found: Sequence[Shelf]) -> list[Shelf]:
    """Return shelves with the newest stories of each, the first one that has a picture with it."""
    each = [session.archive.stories(newsletter.id, ids(newsletter), theme_of(shelf.id), _EACH) for shelf in found]
    pictures = _pictures(app, session, [one for stories in each for one in stories])
    return [
        Shelf(id=shelf.id, name=shelf.name, count=shelf.count, stories=_told(newsletter, stories, pictures))
        for shelf, stories in zip(found, each, strict=True)
    ]


def _told(newsletter: Newsletter, stories: Sequence[PastStory], pictures: Mapping[str, str]) -> tuple[Told, ...]:
    first = next((one.insight.id for one in stories if one.insight.id in pictures), "")
    return tuple(told(newsletter, one, pictures[first] if one.insight.id == first else "") for one in stories)


def told(newsletter: Newsletter, story: PastStory, picture: str = "") -> Told:
    """Return a story as a page shows it."""
    insight = story.insight
    return Told(
        title=insight.title,
        link=leads_to(newsletter, story),
        summary=cutting.summary_of(insight.summary),
        at=story.edition.slot,
        day=day(newsletter, story.edition.slot),
        number=story.edition.number,
        edition=f"/e/{story.edition.id}",
        picture=f"/{pictured.FOLDER}/{picture}" if picture else "",
    )


def leads_to(newsletter: Newsletter, story: PastStory) -> str:
    """Return where a story is to be read, without what an email adds for statistics; empty where that is not known."""
    source = next((one for one in newsletter.sources if one.id == story.insight.source), None)
    link = story.insight.link or (source.website if source else "")
    return link if link.lower().startswith(_WEB) else ""


def day(newsletter: Newsletter, moment: datetime) -> str:
    """Write a day as it is where the newsletter is at home: 24 November 2026."""
    local = moment.astimezone(ZoneInfo(newsletter.schedule.timezone))
    return f"{local.day} {local:%B %Y}"


def ids(newsletter: Newsletter) -> list[str]:
    """Return the ids of the newsletter's themes of today."""
    return [one.id for one in newsletter.themes]


def theme_of(address: str) -> str:
    """Return the theme that a part of an address names."""
    return OTHER if address == OTHER_ADDRESS else address


def _pictures(app: App, session: Session, stories: Sequence[PastStory]) -> Mapping[str, str]:
    """Return the names of the small pictures of stories, by the story's id: those that stood in its edition."""
    if app.loaded.workspace.brand.pictures == "none":
        return {}
    shown = [one for one in stories if one.insight.image]
    editions = {one.edition.id: one.edition for one in shown}
    names: dict[str, Mapping[str, Mapping[Shape, str]]] = {}
    for edition, addresses in session.archive.pictured(editions).items():
        kept = session.pictures.names(addresses, editions[edition].drafted_at)
        names[edition] = pictured.telling(kept, addresses)
    found = {one.insight.id: names[one.edition.id].get(one.insight.image, {}) for one in shown}
    return {story: shapes[Shape.THUMBNAIL] for story, shapes in found.items() if Shape.THUMBNAIL in shapes}
