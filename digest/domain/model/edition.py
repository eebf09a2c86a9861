"""An edition: stories, where they stand, and what people get of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.domain.model.source import Insight


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
    #: id of the edition it stood in first; empty: it is this edition's own
    first_in: str = ""


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
