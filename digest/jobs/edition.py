"""Edition: draft, look, take back, discard (approvals.py: approve). All is computed outside; each step is one commit.

Two people, or a person and the clock, may do this at once: every commit names the very draft it was
computed from, and the loser drops its work.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import ApprovalTakenBack, NotFound, Refused
from digest.domain.model import (
    NOTHING_WRITTEN,
    Content,
    Edition,
    EditionState,
    Insight,
    Newsletter,
    Placement,
    Story,
    Variant,
    Written,
)
from digest.domain.ports import Clock, Event, Session, Store
from digest.domain.states import OPEN, SIGNED
from digest.jobs import corrected, grouping, offering
from digest.jobs.keeping import Remade, advance, keep, store_remade, withdraw
from digest.jobs.press import Press, rendered, variants
from digest.stages import dedupe, layout, slots

#: how far back the words of what was mailed are held against what is new; addresses are for ever
REMEMBERED = timedelta(days=60)

#: why bytes are others than before where nobody changed the content
CHANGED = "digest.toml or a template changed, and with it the email"


#: told the stories that go in; asks for their pictures and keeps them
GatherPictures = Callable[[Sequence[Placement]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What drafting came to. `edition` is None where there was too little news and nothing was recorded."""

    edition: Edition | None
    #: False where the slot had its edition already
    created: bool
    #: new stories that were there to choose from
    stories: int
    note: str = ""
    #: stories that wait for the next edition, each with why
    waiting: Sequence[tuple[Placement, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """An edition as the present configuration and templates make it."""

    edition: Edition
    variants: Sequence[Variant]
    #: they make other bytes than were stored, and the draft now holds these
    renewed: bool = False


def _no_pictures(chosen: Sequence[Placement]) -> None:
    """Ask for nothing."""


def draft(
    store: Store,
    clock: Clock,
    press: Press,
    slot: datetime,
    *,
    again: bool = False,
    record: bool = False,
    gather_pictures: GatherPictures = _no_pictures,
    special: bool = False,
    written: Written = NOTHING_WRITTEN,
) -> Drafted:
    """Make the edition of a slot from what is new.

    again: make an existing draft anew; record: keep an edition that is skipped for too little news,
    as the clock does; special: its time is beside the schedule, and a person wants it, so one story is enough; written:
    what staff wrote for it already. Raises Refused where `again` is wanted of what is no draft any more.
    """
    newsletter = press.newsletter
    with store.reading() as session:
        existing = session.editions.at_slot(newsletter.id, slot)
        number = session.editions.next_number(newsletter.id)
    if existing and not again:
        return Drafted(edition=existing, created=False, stories=0)
    _is_a_draft(existing)
    first = existing or _first(press, slot, number, clock(), special=special, written=written)
    edition = replace(first, revision=press.revision, drafted_at=clock(), note="")
    new, told = new_stories(store, press, slot, existing)
    new, corrected = _as_said_now(store, edition, new)
    before = _content_of(store, existing)
    placed = _as_decided(before, grouping.placed(store, clock, press, new))
    choice = layout.choose(placed, newsletter, slot)
    chosen = choice.kept
    if len(chosen) < _fewest(newsletter, edition):
        return _skipped(store, press, edition, len(chosen), record=record, edition_stands=existing is not None)
    gather_pictures(chosen)
    # it shows what was kept by the time it bears
    edition = replace(edition, drafted_at=clock())
    placements, made = pressed(store, press, edition, chosen, edition.drafted_at)
    content = replace(before, placements=tuple(chosen), left_out=_still_out(before, placements))
    made_anew = Remade(before=existing or edition, content=content, placements=placements, variants=made)
    with store.writing() as session:
        created = _store_draft(session, press, made_anew, edition, told, is_new=existing is None)
        session.insights.correct(corrected if created else ())
        kept = session.editions.at_slot(newsletter.id, slot)
    return Drafted(edition=kept, created=created, stories=len(chosen), waiting=choice.waiting)


def _is_a_draft(existing: Edition | None) -> None:
    if existing and existing.state != EditionState.DRAFT:
        raise Refused(f"{existing.id} is {existing.state} and cannot be drafted again.", "Draft the next one.")


def _store_draft(
    session: Session,
    press: Press,
    made: Remade,
    edition: Edition,
    told: Sequence[tuple[str, str]],
    *,
    is_new: bool,
) -> bool:
    """Store a draft; False where somebody else made the edition of its slot, or changed it, first."""
    session.editions.keep_revision(press.revision, edition.drafted_at, press.files)
    if is_new:
        return session.editions.add(edition, made.placements, made.variants, told)
    event = _drafted_again(edition.drafted_at)
    if not store_remade(session, press, made, event, told):
        return False
    # a first signature of two is under other bytes now
    session.editions.end_approvals(edition.id, event, made.variants)
    return True


def _fewest(newsletter: Newsletter, edition: Edition) -> int:
    # a person who wants one beside the schedule has something to tell
    return 1 if edition.special else newsletter.minimum_stories


def _first(press: Press, slot: datetime, number: int, now: datetime, *, special: bool, written: Written) -> Edition:
    return Edition(
        id=slots.edition_id(press.newsletter, slot),
        newsletter=press.newsletter.id,
        slot=slot,
        number=number,
        state=EditionState.DRAFT,
        revision=press.revision,
        drafted_at=now,
        special=special,
        written=written,
    )


def _as_said_now(store: Store, edition: Edition, stories: Sequence[Story]) -> tuple[tuple[Story, ...], list[Insight]]:
    """Return stories of a new draft as their sources tell them now, and the insights that are corrected by that."""
    with store.reading() as session:
        now = session.insights.said_now([one.id for story in stories for one in story.insights], edition.id)
    told = [
        replace(one, lead=now.get(one.id, one.lead), also=tuple(now.get(other.id, other) for other in one.also))
        for one in stories
    ]
    return tuple(told), list(now.values())


def _content_of(store: Store, existing: Edition | None) -> Content:
    if existing is None:
        return Content(placements=())
    with store.reading() as session:
        return session.editions.content(existing)


def _as_decided(before: Content, placed: Sequence[Placement]) -> Sequence[Placement]:
    """Return stories as people decided about them in the draft before."""
    # what told a story first may be told first by another source now
    known = {insight.id: one for one in before.placements for insight in one.story.insights}
    return [_as_before(one, next((known[i.id] for i in one.story.insights if i.id in known), None)) for one in placed]


def _as_before(placement: Placement, before: Placement | None) -> Placement:
    if before is None:
        return placement
    place = before.place if before.theme == placement.theme else 0
    return replace(placement, pinned=before.pinned, place=place, wording=before.wording)


def _still_out(before: Content, placements: Sequence[Placement]) -> tuple[Placement, ...]:
    # what was let in again is no longer out
    here = {insight.id for one in placements for insight in one.story.insights}
    return tuple(one for one in before.left_out if here.isdisjoint(insight.id for insight in one.story.insights))


def take_back(store: Store, clock: Clock, edition: Edition, who: str, why: str) -> None:
    """Make an approved edition a draft again, also in the minutes before it leaves; or take back the first of two
    approvals.

    Raises Refused where it is not approved, or has begun to leave.
    """
    event = Event(at=clock(), who=who, what="approval taken back", why=why)
    with store.writing() as session:
        if edition.state == EditionState.DRAFT and session.editions.end_approvals(edition.id, event):
            session.editions.tell(edition.id, event)
            return
        withdraw(session, edition, event)


def hold(store: Store, clock: Clock, edition: Edition) -> bool:
    """Begin the minutes before an approved edition leaves; False where somebody else moved it first."""
    with store.writing() as session:
        event = Event(at=clock(), who="digest", what="holding")
        return session.editions.move(edition, EditionState.HOLDING, event)


def discard(store: Store, clock: Clock, edition: Edition, who: str) -> None:
    """Throw a draft away; its stories are new again.

    Raises Refused where it is no draft.
    """
    with store.writing() as session:
        advance(session, edition, EditionState.DISCARDED, Event(at=clock(), who=who, what="discarded"))


def current(store: Store, clock: Clock, press: Press, edition_id: str) -> Current:
    """Return an edition and its variants as the present configuration and templates make them.

    Where they make other bytes than are stored, a draft is kept with the new ones, and an approved
    edition loses its approval: ApprovalTakenBack says so. What is being sent or was sent stays as it is.
    """
    edition = find(store, edition_id)
    with store.reading() as session:
        stored = session.editions.variants(edition.id)
        placements = session.editions.placements(edition.id)
    if edition.state not in OPEN or edition.revision == press.revision:
        return Current(edition=edition, variants=stored)
    if all(as_made_now(store, press, edition, placements, one).sha256 == one.sha256 for one in stored):
        return Current(edition=edition, variants=stored)
    event = _drafted_again(clock())
    kept, made = pressed(store, press, edition, offering.own(placements), event.at)
    content = _content_of(store, edition)
    with store.writing() as session:
        taken_back = Event(at=event.at, who="digest", what="approval taken back", why=CHANGED)
        remade = Remade(before=edition, content=content, placements=kept, variants=made, turn=None)
        keep(session, press, remade, event, taken_back)
    if edition.state in SIGNED:
        raise ApprovalTakenBack(
            f"{edition.id} is a draft again: {CHANGED}.",
            f"Look at it (`digest preview {edition.id}`), then approve it again.",
        )
    return Current(edition=find(store, edition_id), variants=made, renewed=True)


def find(store: Store, edition_id: str) -> Edition:
    """Return an edition by its id.

    Raises NotFound, naming the latest ones.
    """
    with store.reading() as session:
        edition = session.editions.get(edition_id)
        latest = [one.id for one in session.editions.every()[:5]]
    if edition is None:
        known = f"The latest are: {', '.join(latest)}." if latest else "There is none yet: run `digest draft`."
        raise NotFound(f"There is no edition “{edition_id}”.", known)
    return edition


def as_made_now(
    store: Store, press: Press, edition: Edition, placements: Sequence[Placement], variant: Variant
) -> Variant:
    """Return a variant as the press makes it now of the same stories."""
    if edition.corrects:
        return corrected.as_made_now(store, press, edition, variant)
    return rendered(press, edition, placements, variant)


def pressed(
    store: Store,
    press: Press,
    edition: Edition,
    chosen: Sequence[Placement],
    now: datetime,
    out: Container[str] = (),
) -> tuple[Sequence[Placement], list[Variant]]:
    """Make the variants of an edition that is drafted now, for the newsletter's people as they are now.

    chosen: its own stories; out: earlier stories that are not to be in it. Returns its stories, with the earlier ones
    that somebody gets, and the variants.
    """
    if edition.corrects:
        return (), corrected.variants(store, press, replace(edition, drafted_at=now))
    newsletter = press.newsletter
    ids = {one.story.id for one in chosen}
    with store.reading() as session:
        earlier = offering.earlier(session, newsletter, edition)
        besides = [one for one in earlier if one.story.id not in ids and one.story.id not in out]
        offer = offering.offer(session, newsletter, edition, [*chosen, *besides])
        known = offering.remembered(session, newsletter, edition, offer)
        people = offering.kinds(session, newsletter, offer, known, now)
    return variants(press, replace(edition, drafted_at=now), offer, people, now)


def new_stories(
    store: Store, press: Press, slot: datetime, existing: Edition | None
) -> tuple[tuple[Story, ...], list[tuple[str, str]]]:
    """Return the stories that an edition could hold, its own with them; and (insight, story) of those that only tell
    again what was told.
    """
    newsletter = press.newsletter
    with store.reading() as session:
        pool = session.insights.unused(newsletter.id, [source.id for source in newsletter.sources])
        own: list[Insight] = []
        if existing is not None:
            own = [
                one for place in offering.own(session.editions.placements(existing.id)) for one in place.story.insights
            ]
        told = session.insights.used(newsletter.id, slot - REMEMBERED)
        addresses = session.insights.used_addresses(newsletter.id)
    mine = {one.id for one in own}
    addresses -= {one.canonical for one in own}
    stories = layout.fresh(dedupe.stories([*pool, *own]), newsletter, slot)
    new, again = dedupe.parted(stories, [one for one in told if one.id not in mine], addresses)
    return new, [(insight.id, story.id) for story in again for insight in story.insights]


def _drafted_again(now: datetime) -> Event:
    return Event(at=now, who="digest", what="drafted again")


def _skipped(
    store: Store, press: Press, edition: Edition, stories: int, *, record: bool, edition_stands: bool
) -> Drafted:
    newsletter = press.newsletter
    word = "story" if stories == 1 else "stories"
    note = f"Skipped: {stories} new {word}, {newsletter.minimum_stories} needed. They wait for the next edition."
    if edition_stands:
        raise Refused(f"There is too little news to draft {edition.id} anew.", "The draft stands as it was.")
    if not record:
        return Drafted(edition=None, created=False, stories=stories, note=note)
    skipped = replace(edition, state=EditionState.SKIPPED, note=note)
    with store.writing() as session:
        session.editions.keep_revision(press.revision, edition.drafted_at, press.files)
        created = session.editions.add(skipped, (), ())
    return Drafted(edition=skipped, created=created, stories=stories, note=note)
