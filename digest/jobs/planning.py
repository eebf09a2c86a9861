"""Planning: a row for everybody, written while those who have theirs are mailed already."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from types import TracebackType

from digest.domain.errors import Refused
from digest.domain.model import (
    NEAREST,
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Newsletter,
    Recipient,
    Variant,
)
from digest.domain.ports import Clock, Event, Session, Store
from digest.jobs import corrected, offering, wanting
from digest.jobs.again import again
from digest.jobs.keeping import withdraw
from digest.stages import segment, waves

#: people of a page
PAGE = 1_000
#: what the history of an edition says when it begins to be sent
SENDING = "sending"
_OTHER = "what is stored is not what was signed"


def begin(store: Store, clock: Clock, edition: Edition, who: str) -> Edition:
    """Move an approved edition to sending, if what is stored still is what was signed.

    Raises Refused for one that is not approved, and for one that is not what was signed, which is a draft then.
    """
    now = clock()
    with store.writing() as session:
        variants = session.editions.variants(edition.id)
        stored = sorted((variant.slug, variant.sha256) for variant in variants)
        signed = stored == session.editions.signed(edition.id)
        if edition.state == EditionState.APPROVED:
            follow = EditionState.HOLDING if signed else EditionState.DRAFT
            why = "" if signed else _OTHER
            session.editions.move(edition, follow, Event(at=now, who=who, what=str(follow), why=why))
            edition = there(session.editions.get(edition.id))
        if edition.state == EditionState.HOLDING and not signed:
            withdraw(session, edition, Event(at=now, who=who, what="approval taken back", why=_OTHER))
            edition = there(session.editions.get(edition.id))
        if edition.state == EditionState.HOLDING:
            session.editions.move(edition, EditionState.SENDING, Event(at=now, who=who, what=SENDING))
            wanting.to_be_sent(session, edition, audience(variants))
            edition = there(session.editions.get(edition.id))
    if edition.state != EditionState.SENDING:
        raise Refused(f"{edition.id} is {edition.state} and cannot be sent.", _what_instead(edition))
    return edition


def plan(store: Store, clock: Clock, newsletter: Newsletter, edition: Edition, stop: Callable[[], bool]) -> None:
    """Write down everybody's delivery of an edition that is being sent, a page a commit, then say that all are planned.

    Idempotent: stopped half-way, it is run again.
    """
    now = clock()
    with store.reading() as session:
        work = rows(session, newsletter, edition, now)
    after: str | None = ""
    while after is not None and not stop():
        after = again(partial(_page, store, clock, edition.id, work, now, after))


def _page(
    store: Store, clock: Clock, edition: str, work: Rows | corrected.Rows, now: datetime, after: str
) -> str | None:
    """Plan a page of people; return the last one's id, None where there is nothing more to plan."""
    # beside workers that claim, but one page of an edition at a time: after the last one nobody is added
    with store.alongside() as session:
        session.deliveries.plan_alone(edition)
        found = there(session.editions.get(edition))
        if found.state != EditionState.SENDING or found.planned_at is not None:
            # another process planned it to the end, or a person paused it
            return None
        people = work.page(session, after)
        if not people:
            session.editions.set_planned(edition, clock())
            return None
        session.deliveries.plan([row for _, row in people if row is not None], now)
    return people[-1][0].subscriber.id


class Planner:
    """Plans in a thread, for the length of a `with` block."""

    def __init__(self, work: Callable[[Callable[[], bool]], None]) -> None:
        """work: is given what tells it to stop."""
        self._work = work
        self._ending = False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="planning", daemon=True)

    @property
    def failed(self) -> bool:
        """It ended with an error, which leaving the block raises."""
        return self._fault is not None

    def __enter__(self) -> Planner:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        """End after the page that is being written."""
        self._ending = True
        self._thread.join()
        if fault is None and self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            self._work(lambda: self._ending)
        except BaseException as fault:  # whatever it is, it is for who sends
            self._fault = fault


def rows(session: Session, newsletter: Newsletter, edition: Edition, now: datetime) -> Rows | corrected.Rows:
    """Return what makes the rows of an edition; newsletter: as it was drafted with."""
    made = corrected.Rows if edition.corrects else Rows
    return made(session, newsletter, edition, now)


class Rows:
    """Makes the rows of an edition."""

    def __init__(self, session: Session, newsletter: Newsletter, edition: Edition, now: datetime) -> None:
        """newsletter: as the edition was drafted with."""
        placements = session.editions.placements(edition.id)
        offer = offering.offer(session, newsletter, edition, placements)
        self._waves = newsletter.waves
        self._newsletter = newsletter.id
        self._edition = edition
        self._variants = session.editions.variants(edition.id)
        self._people = audience(self._variants)
        self._sharing = segment.Sharing(newsletter, offer, now)
        self._fitting: dict[tuple[str, tuple[str, ...], frozenset[str]], Variant | None] = {}
        seeds = [one for one in newsletter.segments if one.id == newsletter.waves.seeds]
        self._is_seed = segment.predicate(seeds[0].rule) if seeds else lambda recipient: False
        #: what a page of people is to be read with
        self.remembered = offering.remembered(session, newsletter, edition, offer)

    def page(self, session: Session, after: str) -> list[tuple[Recipient, tuple[Delivery, str] | None]]:
        """Return a page of the newsletter's people, each with their delivery and segment."""
        people = session.people.page(self._newsletter, after, PAGE, self.remembered)
        return [(one, self.row(one)) for one in people]

    def row(self, recipient: Recipient) -> tuple[Delivery, str]:
        """Return one person's delivery, and their segment."""
        share = self._sharing.of(recipient)
        variant = None if share.reason else self._variant(share)
        subscriber = recipient.subscriber.id
        delivery = Delivery(
            edition=self._edition.id,
            subscriber=subscriber,
            state=DeliveryState.PENDING if variant else DeliveryState.SKIPPED,
            variant=variant.slug if variant else "",
            wave=waves.wave(self._waves, self._edition.id, subscriber, self._people, is_seed=self._is_seed(recipient)),
            reason=share.reason or _why(share, variant),
        )
        return delivery, share.segment

    def _variant(self, share: segment.Share) -> Variant | None:
        key = share.segment, share.stories, share.may
        if key not in self._fitting:
            self._fitting[key] = segment.fitting(share, self._variants)
        return self._fitting[key]


def _why(share: segment.Share, variant: Variant | None) -> str:
    if variant is None:
        return "no approved variant holds only what is new to them"
    return "" if variant.stories == share.stories else NEAREST


def audience(variants: Iterable[Variant]) -> int:
    """Return how many people the variants of an edition were approved for; the web version is nobody's mail."""
    return sum(variant.people for variant in variants if not variant.is_web_version)


def there(edition: Edition | None) -> Edition:
    """Return an edition that was there before."""
    assert edition is not None, "an edition is never deleted"
    return edition


def _what_instead(edition: Edition) -> str:
    return {
        EditionState.DRAFT: f"Look at it with `digest preview {edition.id}`, then approve it.",
        EditionState.SENT: "It went out already; nobody gets it twice.",
        EditionState.PAUSED: f"`digest send {edition.id}` lets it go on.",
    }.get(edition.state, "Draft the next one.")
