"""An edition: stories, where they stand, and what people get of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from digest.domain.model.settings import FreeBlock
from digest.domain.model.source import DateFrom, Insight


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One or more insights that tell the same. Its id is its lead's."""

    lead: Insight
    also: tuple[Insight, ...] = ()

    @property
    def id(self) -> str:
        """The lead's id."""
        return self.lead.id

    @property
    def insights(self) -> tuple[Insight, ...]:
        """The lead, then the others."""
        return (self.lead, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What staff wrote of a story in one edition. What is empty stands as its source has it."""

    title: str = ""
    summary: str = ""
    #: what its picture shows, for those who do not see it
    alt: str = ""
    published: datetime | None = None


#: nobody wrote anything
AS_PUBLISHED = Wording()


def worded(insight: Insight, wording: Wording) -> Insight:
    """Return an insight as staff word it."""
    if wording == AS_PUBLISHED:
        return insight
    return replace(
        insight,
        title=wording.title or insight.title,
        summary=wording.summary or insight.summary,
        published=wording.published or insight.published,
        date_from=DateFrom.STATED if wording.published else insight.date_from,
    )


#: the theme of what belongs nowhere
OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A story under a theme, and why it stands there."""

    story: Story
    #: a theme's id, or OTHER
    theme: str
    #: in words a comms person understands, strongest first
    reasons: tuple[str, ...]
    #: how strongly it belongs there; only the order matters
    score: float = 0.0
    #: somebody should look: the runner-up was close
    check: bool = False
    runner_up: str = ""
    #: a person wants it at the top
    pinned: bool = False
    #: where a person wants it under its theme, from 1 on; 0: by its date, below those
    place: int = 0
    wording: Wording = AS_PUBLISHED
    #: id of the edition it stood in first; empty: it is this edition's own
    first_in: str = ""

    @property
    def shown(self) -> Insight:
        """Its lead as readers see it, in staff's words where there are any."""
        return worded(self.story.lead, self.wording)


class Review(StrEnum):
    """What a person did about the theme of an insight."""

    #: it was put there by hand
    MOVED = "moved"
    #: it was looked at by itself and kept there
    KEPT = "kept"
    #: it stood there in an edition that was approved
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What a person decided about an insight: where it belongs."""

    title: str
    summary: str
    #: a theme's id, or OTHER
    theme: str
    review: Review = Review.KEPT
    who: str = ""
    at: datetime | None = None
    #: ids of the insight and of the edition it stood in
    insight: str = ""
    edition: str = ""
    #: the theme it stood under before, and whether it was marked "check this" there
    before: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Data for templates/blocks/{kind}.mjml.j2 and .txt.j2."""

    kind: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What goes into one variant, in order, and why it is so."""

    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    #: ids of the stories in the order in which they stand
    stories: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    #: what a page says of itself to those who show a link to it (Open Graph); empty in an email
    open_graph: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one group of people gets of an edition."""

    #: a slug, unique in the edition
    slug: str
    segment: str
    subject: str
    preheader: str
    html: str
    text: str
    #: SHA-256 (hex) over subject, HTML and text
    sha256: str
    stories: tuple[str, ...]
    #: how many people it was made for
    people: int = 0

    @property
    def is_web_version(self) -> bool:
        """Tell whether it is the page that anybody may read: made for no segment, mailed to nobody."""
        return not self.segment


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBlock:
    """Something of staff's own in one edition. Its id tells it from others of the edition."""

    id: str
    block: FreeBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What staff wrote for one edition beside its stories."""

    #: empty: they are worked out of the stories of each variant
    subject: str = ""
    preheader: str = ""
    #: None: the newsletter's own
    introduction: str | None = None
    #: ids of themes in the order in which they stand; those that it lacks come after, as usual
    themes: tuple[str, ...] = ()
    blocks: tuple[OwnBlock, ...] = ()


#: nobody wrote anything
NOTHING_WRITTEN = Written()


class EditionState(StrEnum):
    """See domain/states.py."""

    DRAFT = "draft"
    APPROVED = "approved"
    HOLDING = "holding"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    DISCARDED = "discarded"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One mailing of one newsletter. (newsletter, slot) is its identity."""

    id: str
    newsletter: str
    slot: datetime
    number: int
    state: EditionState
    #: hash of the configuration and templates it was drafted with
    revision: str
    drafted_at: datetime
    #: why it is in its state, where that needs saying
    note: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    planned_at: datetime | None = None
    #: how many times its content was changed by people: forms say which content they were filled in before
    step: int = 0
    written: Written = NOTHING_WRITTEN
    #: it goes at a time that a person chose beside the schedule
    special: bool = False
    #: id of the edition that it corrects (jobs/corrected.py); empty for one that tells stories
    corrects: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All of an edition that people decide about: what they change, undo and see in its history."""

    #: its own stories, in their order
    placements: tuple[Placement, ...]
    #: stories that somebody left out
    left_out: tuple[Placement, ...] = ()
    written: Written = NOTHING_WRITTEN


class Turn(StrEnum):
    """How a step changed the content of an edition."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of an edition's content. Number 0 is the content before the first change."""

    number: int
    turn: Turn
    at: datetime
    who: str
    #: what was done, in words that follow a name
    what: str
    #: the number of the step that was undone or done again
    of: int = 0
