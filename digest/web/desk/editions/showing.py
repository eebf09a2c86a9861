"""Showing: what the page of an edition shows, as values: its templates decide nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.app import App
from digest.domain.model import (
    OTHER,
    Edition,
    Finding,
    Newsletter,
    OwnBlock,
    Placement,
    Severity,
    ShownPicture,
    Story,
    Variant,
)
from digest.domain.states import OPEN
from digest.jobs import editing, waiting
from digest.jobs.editing import History
from digest.jobs.press import first_themes, shown_pictures
from digest.jobs.reviewing import theme_names
from digest.stages import layout
from digest.stages.review.seen import on_small_phone
from digest.web.desk.editions.looking import Looked
from digest.web.desk.spoken import at_time, initials, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A segment of the edition, with the people who get it."""

    id: str
    name: str
    people: int
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A story of the edition, as it stands in the list."""

    id: str
    title: str
    summary: str
    alt: str
    #: the date that staff gave it, as 2026-11-24; empty where they gave none
    published: str
    #: where it is from, since when it is known, and why it stands here
    about: str
    link: str
    theme: str
    theme_name: str
    pinned: bool
    #: address of its small picture; empty where it has none
    picture: str
    has_picture: bool
    #: what its source says, where staff say it otherwise
    published_title: str = ""
    #: somebody should look: how close the other theme was, and which it is
    check: str = ""
    other_theme: str = ""
    other_theme_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A theme with its stories."""

    id: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The line by which it lies among other mail."""

    sender: str
    initials: str
    time: str
    subject: str
    preheader: str
    #: what a small phone shows of the subject; empty where it shows all
    cut: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """All that the page of an edition shows."""

    edition: Edition
    newsletter: Newsletter
    #: "No. 42 · Tue 24 Nov, 08:00"
    title: str
    #: "Tue 24 Nov, 08:00"
    slot: str
    people: int
    tabs: tuple[Tab, ...]
    segment: str
    changeable: bool
    top: Row | None
    headings: tuple[Heading, ...]
    left_out: tuple[Row, ...]
    late: tuple[Row, ...]
    blocks: tuple[OwnBlock, ...]
    inbox: Inbox
    introduction: str
    #: variants of the segment, the one for most people first
    variants: tuple[Variant, ...]
    #: how many findings there are; None while they are looked for
    must_mend: int | None
    look_at: int | None
    history: History
    #: for what it waits: its approval, its time, its hours for mail
    waits: tuple[str, ...]
    themes: Mapping[str, str]

    @property
    def is_checked(self) -> bool:
        """Tell whether all is known that is wrong with it."""
        return self.must_mend is not None

    def row(self, story: str) -> Row | None:
        """Return a story of the page by its id."""
        rows = [*([self.top] if self.top else []), *(row for one in self.headings for row in one.rows)]
        return next((row for row in rows if row.id == story), None)


def screen(app: App, looked: Looked, segment: str = "") -> Screen:
    """Return what the page of an edition shows for a segment; the first one where none is named."""
    shown = looked.preview
    edition = shown.edition
    newsletter = app.newsletter_of(edition)
    tabs = _tabs(newsletter, shown.variants, segment)
    chosen = next((tab.id for tab in tabs if tab.current), "")
    mine = tuple(one for one in shown.variants if one.segment == chosen)
    rows = _Rows(app, newsletter, edition, shown.placements)
    top = _top(newsletter, edition, shown.placements, chosen)
    with app.store.reading() as session:
        left_out = session.editions.left_out(edition.id)
    changeable = edition.state in OPEN
    findings = looked.check.findings()
    return Screen(
        edition=edition,
        newsletter=newsletter,
        title=f"No. {edition.number} · {when(edition.slot, newsletter.schedule.timezone)}",
        slot=when(edition.slot, newsletter.schedule.timezone),
        people=sum(one.people for one in shown.variants),
        tabs=tabs,
        segment=chosen,
        changeable=changeable,
        top=rows.of(top) if top else None,
        headings=rows.headings([one for one in shown.placements if one is not top]),
        left_out=tuple(rows.of(one) for one in left_out),
        late=tuple(rows.late(one) for one in looked.late),
        blocks=edition.written.blocks,
        inbox=_inbox(app, newsletter, edition, mine),
        introduction=newsletter.introduction if edition.written.introduction is None else edition.written.introduction,
        variants=mine,
        must_mend=_many(findings, Severity.MUST_MEND),
        look_at=_many(findings, Severity.LOOK_AT),
        history=editing.history(app.store, edition.id),
        waits=tuple(waiting.sentences(newsletter, edition, app.clock())),
        themes=theme_names(newsletter),
    )


class _Rows:
    """Makes the rows of one edition."""

    def __init__(self, app: App, newsletter: Newsletter, edition: Edition, placements: Sequence[Placement]) -> None:
        self._newsletter = newsletter
        self._names = theme_names(newsletter)
        self._sources = {source.id: source.name or source.id for source in newsletter.sources}
        self._edition = edition
        self._zone = newsletter.schedule.timezone
        press = app.press(newsletter)
        self._pictures: Mapping[str, Mapping[str, ShownPicture]] = shown_pictures(press, edition, placements)

    def of(self, placement: Placement) -> Row:
        """Return the row of a story of the edition."""
        told, lead = placement.shown, placement.story.lead
        shapes = self._pictures.get(lead.image, {})
        other = placement.runner_up if placement.check else ""
        return Row(
            id=placement.story.id,
            title=told.title,
            summary=told.summary,
            alt=placement.wording.alt,
            published=f"{placement.wording.published:%Y-%m-%d}" if placement.wording.published else "",
            about=" · ".join(part for part in (self._from(placement.story), *placement.reasons[:1]) if part),
            link=lead.link,
            theme=placement.theme,
            theme_name=self._names.get(placement.theme, placement.theme),
            pinned=placement.pinned,
            picture=_name(shapes.get("thumbnail") or shapes.get("hero")),
            has_picture=bool(shapes),
            published_title=lead.title if placement.wording.title else "",
            check=placement.reasons[-1] if placement.check else "",
            other_theme=other,
            other_theme_name=self._names.get(other, other),
        )

    def late(self, story: Story) -> Row:
        """Return the row of a story that is on offer."""
        return self.of(Placement(story=story, theme=OTHER, reasons=()))

    def headings(self, placements: Sequence[Placement]) -> tuple[Heading, ...]:
        """Return stories under their themes, in their order."""
        under: dict[str, list[Row]] = {}
        for one in placements:
            under.setdefault(one.theme, []).append(self.of(one))
        return tuple(
            Heading(id=theme, name=self._names.get(theme, theme), rows=tuple(rows)) for theme, rows in under.items()
        )

    def _from(self, story: Story) -> str:
        seen = f"{self._sources.get(story.lead.source, story.lead.source)}, {when(story.lead.first_seen, self._zone)}"
        others = len({one.source for one in story.also} - {story.lead.source})
        return f"{seen}, also at {others} more" if others else seen


def _many(findings: Sequence[Finding] | None, severity: Severity) -> int | None:
    return None if findings is None else sum(one.severity == severity for one in findings)


def _tabs(newsletter: Newsletter, variants: Sequence[Variant], segment: str) -> tuple[Tab, ...]:
    people: Counter[str] = Counter()
    for one in variants:
        people[one.segment] += one.people
    here = [one for one in newsletter.segments if one.id in people]
    chosen = segment if any(one.id == segment for one in here) else here[0].id if here else ""
    return tuple(Tab(id=one.id, name=one.name, people=people[one.id], current=one.id == chosen) for one in here)


def _top(newsletter: Newsletter, edition: Edition, placements: Sequence[Placement], segment: str) -> Placement | None:
    if not placements:
        return None
    return layout.top(placements, newsletter, edition.slot, first_themes(newsletter, segment))


def _inbox(app: App, newsletter: Newsletter, edition: Edition, variants: Sequence[Variant]) -> Inbox:
    subject = variants[0].subject if variants else ""
    return Inbox(
        sender=newsletter.sender.name,
        initials=initials(newsletter.sender.name),
        time=at_time(edition.slot, newsletter.schedule.timezone),
        subject=subject,
        preheader=variants[0].preheader if variants else "",
        cut=on_small_phone(subject),
    )


def _name(shown: ShownPicture | None) -> str:
    """Return the name of a picture from the address by which it stands in an email."""
    if shown is None:
        return ""
    return shown.src.removeprefix("cid:").partition("@")[0].rpartition("/")[2]
