"""What the jobs need of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.domain.model import (
    Approval,
    Content,
    Edition,
    EditionState,
    Insight,
    Picture,
    Placement,
    Reviewed,
    Shape,
    Step,
    Variant,
)
from digest.domain.ports.api import ApiTokens, Webhooks
from digest.domain.ports.archive import Archive
from digest.domain.ports.attending import Attending
from digest.domain.ports.clicks import Clicks
from digest.domain.ports.desk import Access, Audit, Invitations
from digest.domain.ports.feedback import Feedback
from digest.domain.ports.following import Following
from digest.domain.ports.growth import Growth
from digest.domain.ports.ledger import Deliveries, Usage
from digest.domain.ports.links import Links, Tellings
from digest.domain.ports.people import People, Segments
from digest.domain.ports.readers import Readers
from digest.domain.ports.reading import ReadingLinks
from digest.domain.ports.records import Event, Excluded, PictureAsked, PictureKept, SourceState
from digest.domain.ports.rights import Rights
from digest.domain.ports.roster import Staging
from digest.domain.ports.search import Search
from digest.domain.ports.searching import Searching
from digest.domain.ports.tasks import Tasks
from digest.domain.ports.world import Watch


class Insights(Protocol):
    """Sources' memory and the insights they gave."""

    def states(self) -> dict[str, SourceState]:
        """Return what is remembered of every source that was ever asked, by its id."""
        ...

    def remember(self, states: Sequence[SourceState]) -> None:
        """Keep the states of some sources."""
        ...

    def stored(self, ids: Sequence[str]) -> dict[str, Insight]:
        """Return those of these insights that are stored, by id."""
        ...

    def latest(self, source: str, limit: int) -> list[Insight]:
        """Return a source's insights that were seen last, the latest first."""
        ...

    def since(self, sources: Sequence[str], moment: datetime) -> dict[str, int]:
        """Count the insights of each source that were published since then."""
        ...

    def published(self, sources: Sequence[str], since: datetime, limit: int) -> list[Insight]:
        """Return the sources' insights that were published since then, the newest ones where they are too many."""
        ...

    def add(self, insights: Sequence[Insight]) -> None:
        """Store insights; one that is stored already is corrected, unless it stands in an edition.

        What an edition was made of stays as it was: what its source says now is kept beside it (`said_now`).
        """
        ...

    def said_now(self, ids: Sequence[str], alone_in: str | None = None) -> dict[str, Insight]:
        """Return those of these insights, by id, of which their source says something else now, as it says it.

        alone_in: only those that stand in no edition, or in this one alone.
        """
        ...

    def correct(self, insights: Sequence[Insight]) -> None:
        """Store insights as their sources say them now, whatever they stand in."""
        ...

    def used(self, newsletter: str, since: datetime) -> list[Insight]:
        """Return the insights of the newsletter's editions whose slot is since then, and those taken out since."""
        ...

    def used_addresses(self, newsletter: str) -> set[str]:
        """Return the canonical addresses of all insights that ever stood in an edition, or were taken out."""
        ...

    def unused(self, newsletter: str, sources: Sequence[str]) -> list[Insight]:
        """Return the sources' insights that stand in no edition of the newsletter and are not out, oldest first."""
        ...


class Editions(Protocol):
    """Editions with their stories, variants and history."""

    def add(
        self,
        edition: Edition,
        placements: Sequence[Placement],
        variants: Sequence[Variant],
        told: Sequence[tuple[str, str]] = (),
    ) -> bool:
        """Insert an edition; False where its (newsletter, slot) is taken already.

        told: (insight, story) pairs of insights that only tell again what stood in an edition before.
        """
        ...

    def redraft(
        self,
        before: Edition,
        edition: Edition,
        placements: Sequence[Placement],
        variants: Sequence[Variant],
        event: Event,
        told: Sequence[tuple[str, str]] = (),
        left_out: Sequence[Placement] = (),
    ) -> bool:
        """Replace a draft's content, variants and revision; False where it no longer is the draft `before`.

        event: what its history says of that; told: as in add; what was told so before stays. left_out: stories that
        somebody left out.
        """
        ...

    def get(self, edition: str) -> Edition | None:
        """Return an edition by its id."""
        ...

    def at_slot(self, newsletter: str, slot: datetime) -> Edition | None:
        """Return the edition of a slot."""
        ...

    def every(self, newsletter: str | None = None) -> list[Edition]:
        """Return all editions, the latest slot first."""
        ...

    def next_number(self, newsletter: str) -> int:
        """Return the number the next edition bears."""
        ...

    def placements(self, edition: str) -> list[Placement]:
        """Return an edition's stories in their order."""
        ...

    def left_out(self, edition: str) -> list[Placement]:
        """Return the stories that somebody left out of an edition."""
        ...

    def content(self, edition: Edition) -> Content:
        """Return all of an edition that people decide about."""
        ...

    def keep_step(self, edition: str, step: Step, content: Content) -> None:
        """Record a change of an edition's content, with the content as it is then."""
        ...

    def steps(self, edition: str) -> list[Step]:
        """Return the changes of an edition's content, first to last; empty where there was none."""
        ...

    def content_at(self, edition: str, step: int) -> Content | None:
        """Return the content after a step, by its number; None where it is not known."""
        ...

    def variants(self, edition: str) -> list[Variant]:
        """Return an edition's variants."""
        ...

    def audience(self, edition: str) -> tuple[int, int]:
        """Return for how many people an edition's variants were made, and how many stories it has of its own."""
        ...

    def lists(self, edition: str) -> dict[str, tuple[str, ...]]:
        """Return the ids of the stories of each of an edition's variants, by its slug."""
        ...

    def telling(self, newsletter: str, insights: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return (edition, story, insight) for each of these insights that an edition told as part of a story.

        Also where the story stood in another edition first.
        """
        ...

    def move(self, edition: Edition, state: EditionState, event: Event) -> bool:
        """Move an edition along an arrow; False where it no longer is in the state that `edition` bears."""
        ...

    def tell(self, edition: str, event: Event) -> None:
        """Add to an edition's history what moves it along no arrow."""
        ...

    def sign(
        self,
        edition: str,
        who: str,
        at: datetime,
        signed: Sequence[tuple[str, str, int]],
        *,
        complete: bool = True,
    ) -> None:
        """Record an approval: (slug, SHA-256, people) of every variant; complete: it is not the first of two."""
        ...

    def approvals(self, edition: str) -> list[Approval]:
        """Return all approvals of an edition, first to last, those that were taken back among them."""
        ...

    def end_approvals(self, edition: str, event: Event, of_other_than: Sequence[Variant] | None = None) -> int:
        """Take back the approvals that stand, as `event` says; return how many.

        of_other_than: only those that signed anything but exactly these variants.
        """
        ...

    def signed(self, edition: str) -> list[tuple[str, str]]:
        """Return (slug, SHA-256) of every variant as signed last."""
        ...

    def set_planned(self, edition: str, at: datetime) -> None:
        """Record that everybody is planned."""
        ...

    def history(self, edition: str) -> list[Event]:
        """Return an edition's steps, first to last."""
        ...

    def keep_revision(self, revision: str, at: datetime, files: Mapping[str, str]) -> None:
        """Store the text of digest.toml and of the templates under their hash, once."""
        ...

    def running_since(self, newsletter: str, now: datetime) -> datetime:
        """Return when the clock first looked at a newsletter; `now` where it never did."""
        ...

    def revision(self, revision: str) -> Mapping[str, str]:
        """Return the files of a revision; empty where it is not known."""
        ...


class Reviews(Protocol):
    """What staff decided about the themes of insights, a newsletter at a time."""

    def add(self, newsletter: str, reviewed: Reviewed) -> None:
        """Record a decision that was made by hand."""
        ...

    def turn(self, edition: str, at: datetime, *, withdrawn: bool) -> None:
        """Withdraw what was decided in a step of an edition, by its time, or let it count again."""
        ...

    def by_hand(self, newsletter: str) -> list[Reviewed]:
        """Return the decisions that were made by hand, first to last."""
        ...

    def left(self, newsletter: str, limit: int) -> list[Reviewed]:
        """Return the last stories that stood in approved editions and that nobody decided about by hand."""
        ...


class Vectors(Protocol):
    """Vectors that an encoder made before, by the SHA-256 (hex) of their texts."""

    def recall(self, encoder: str, texts: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors that are known of these texts."""
        ...

    def keep(self, encoder: str, made: Mapping[str, bytes], needed: Sequence[str], at: datetime) -> None:
        """Keep vectors, and remember which of the old ones were needed."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop the vectors that nobody needed since then."""
        ...


class Exclusions(Protocol):
    """What a newsletter's editions never hold again."""

    def add(self, newsletter: str, insights: Sequence[str], excluded: Excluded) -> None:
        """Take a story out: its insights are used up, as if they had stood in an edition."""
        ...

    def every(self, newsletter: str) -> list[Excluded]:
        """Return the stories that are out, the last one first."""
        ...

    def remove(self, newsletter: str, story: str) -> bool:
        """Let a story in again; False where it is not out any more."""
        ...


class Pictures(Protocol):
    """Pictures of stories, by the address that gave them, and what asking for them came to."""

    def asked(self, addresses: Sequence[str]) -> dict[str, PictureAsked]:
        """Return what is remembered of those of these addresses that were asked, by the address."""
        ...

    def keep(self, asked: Sequence[PictureAsked], kept: Sequence[PictureKept]) -> None:
        """Remember that addresses were asked, and keep what they gave; what is kept already stays as it is."""
        ...

    def names(self, addresses: Sequence[str], by: datetime) -> dict[str, dict[Shape, str]]:
        """Return the names of the pictures that were kept by then, by address and shape."""
        ...

    def named(self, names: Sequence[str]) -> dict[str, Picture]:
        """Return those of these pictures that are kept, by name."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop what was asked for before then and stands in no edition that people may get or got."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """One transaction's view of the store."""

    insights: Insights
    editions: Editions
    people: People
    deliveries: Deliveries
    reviews: Reviews
    vectors: Vectors
    pictures: Pictures
    exclusions: Exclusions
    usage: Usage
    readers: Readers
    rights: Rights
    growth: Growth
    segments: Segments
    feedback: Feedback
    archive: Archive
    clicks: Clicks
    access: Access
    invitations: Invitations
    audit: Audit
    reading: ReadingLinks
    following: Following
    links: Links
    tellings: Tellings
    search: Search
    api_tokens: ApiTokens
    webhooks: Webhooks
    searching: Searching
    tasks: Tasks
    attending: Attending


class Store(Protocol):
    """The database. Commits happen at the end of a `writing` block and nowhere else."""

    def reading(self) -> AbstractContextManager[Session]:
        """Open a consistent view."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """Open a transaction; commit at the end, roll back on any exception."""
        ...

    def alongside(self) -> AbstractContextManager[Session]:
        """Open a transaction as `writing` does, beside which others of its kind may run, and none of `writing`.

        It is for what many workers do at once, and whose rows are their own, or are decided by their keys: to claim, to
        settle, to plan a page.
        """
        ...

    def scrub(self) -> None:
        """Let go of what was overwritten or removed and still lies in files beside the database."""
        ...

    def staging(self) -> AbstractContextManager[Staging]:
        """Hold the rows of a file beside the database, until the end of the block."""
        ...

    def watch(self) -> Watch:
        """Return what tells whether anybody changes whom mail may go to."""
        ...

    def bell(self) -> Watch:
        """Return what tells whether somebody did what the clock should look at soon."""
        ...
