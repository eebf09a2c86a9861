"""Corrected: what an edition that corrects another holds, and who gets it.

::

    the web version   that of the other, made as it was made then, with the note above its introduction
    the mail          the note and the way there; one variant for each segment that got the other
    who gets it       whose delivery of the other was sent, or may have arrived; nobody else

It tells no story of its own, so none counts as told by it; and it is beside the schedule, so it puts off no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from digest.domain.model import (
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Finding,
    Newsletter,
    Recipient,
    Severity,
    Variant,
)
from digest.domain.ports import Entry, Page, Session, Store
from digest.domain.states import PUBLIC
from digest.jobs.press import SLUG_CHARACTERS, WEB_VERSION, Press, blank, corrects_by_mail, rendered, sealed
from digest.stages import layout, waves, words

#: the end of the slugs of what is mailed
CORRECTION = "-correction"
#: people of a page
PAGE = 1_000
#: who got the other edition, or may have
_GOT = (DeliveryState.SENT, DeliveryState.UNKNOWN)


def variants(store: Store, press: Press, edition: Edition) -> list[Variant]:
    """Make the variants of a correction: the web version of what it corrects, and a mail for each segment."""
    with store.reading() as session:
        people: dict[str, int] = {}
        for one in session.deliveries.tally(edition.corrects):
            if one.state in _GOT:
                people[one.segment] = people.get(one.segment, 0) + one.count
        stories = session.editions.lists(edition.corrects).get(WEB_VERSION, ())
    mails = [blank(_slug(segment), segment, count) for segment, count in sorted(people.items())]
    return [as_made_now(store, press, edition, one) for one in (*mails, blank(WEB_VERSION, "", 0, stories))]


def as_made_now(store: Store, press: Press, edition: Edition, variant: Variant) -> Variant:
    """Return a variant of a correction as the press makes it now."""
    with store.reading() as session:
        other = session.editions.get(edition.corrects)
        placements = session.editions.placements(edition.corrects)
        before = _published_before(session, edition)
    assert other is not None, "an edition is never deleted"
    if not variant.is_web_version:
        return corrects_by_mail(press, edition, other, variant)
    # only the note is new: all else is made with the files that made it
    then = press.as_drafted(other) if press.as_drafted else press
    notes = [_note(press, one) for one in (edition, *before)]
    told = "\n\n".join([*notes, *([then.newsletter.correction] if then.newsletter.correction else [])])
    noted = replace(then, newsletter=replace(then.newsletter, correction=told))
    made = rendered(noted, other, placements, variant)
    return replace(made, sha256=sealed(press.newsletter, press.base_url, made))


def findings(edition: Edition) -> tuple[Finding, ...]:
    """Return what must be mended of a correction besides what is of any edition."""
    if not edition.corrects or (edition.written.introduction or "").strip():
        return ()
    return (
        Finding(
            code="correction.empty",
            severity=Severity.MUST_MEND,
            where=edition.id,
            what="The correction says nothing.",
            why="People are mailed for its sake.",
            mend="Write what was wrong, and what is right.",
            about="introduction",
        ),
    )


class Rows:
    """Makes the rows of a correction."""

    def __init__(self, session: Session, newsletter: Newsletter, edition: Edition, now: datetime) -> None:
        """newsletter: as the correction was drafted with."""
        #: nobody waits for their own time of day: what was wrong is told at once
        self.due: dict[str, datetime] = {}
        self.strange = ""
        self._newsletter = newsletter
        self._edition = edition
        self._now = now
        made = [one for one in session.editions.variants(edition.id) if not one.is_web_version]
        self._slugs = {one.segment: one.slug for one in made}
        self._people = sum(one.people for one in made)

    def page(self, session: Session, after: str) -> list[tuple[Recipient, tuple[Delivery, str] | None]]:
        """Return a page of the newsletter's people, each with their delivery and segment; None: it is not for them."""
        people = session.people.page(self._newsletter.id, after, PAGE)
        ids = [one.subscriber.id for one in people]
        wanted = Page(now=self._now, limit=PAGE, subscribers=ids, states=_GOT)
        entries = session.deliveries.entries(self._edition.corrects, wanted) if ids else []
        rows = dict(self._rows(entries))
        return [(one, rows.get(one.subscriber.id)) for one in people]

    def _rows(self, entries: Sequence[Entry]) -> Iterator[tuple[str, tuple[Delivery, str]]]:
        for entry in entries:
            # who joined a segment is no matter: it is decided by what they got
            slug = self._slugs.get(entry.segment, "")
            reason = entry.withheld or ("" if slug else "no approved variant is for them")
            delivery = Delivery(
                edition=self._edition.id,
                subscriber=entry.subscriber,
                state=DeliveryState.SKIPPED if reason else DeliveryState.PENDING,
                variant="" if reason else slug,
                wave=waves.wave(
                    self._newsletter.waves, self._edition.id, entry.subscriber, self._people, is_seed=False
                ),
                reason=reason,
            )
            yield entry.subscriber, (delivery, entry.segment)


def _note(press: Press, edition: Edition) -> str:
    """Return what the web version says of a correction."""
    say = words.speaking(press.brand.language, press.brand.words)
    return layout.corrected_note(edition.written.introduction or "", edition.slot, press.newsletter, say)


def _published_before(session: Session, edition: Edition) -> list[Edition]:
    """Return the corrections of the same edition that everybody can read, the latest first."""
    return [
        one
        for one in session.editions.every(edition.newsletter)
        if one.corrects == edition.corrects and one.id != edition.id and _is_published(one) and one.slot < edition.slot
    ]


def _is_published(edition: Edition) -> bool:
    return edition.state in PUBLIC or (edition.state == EditionState.CANCELLED and edition.planned_at is not None)


def _slug(segment: str) -> str:
    return f"{segment[: SLUG_CHARACTERS - len(CORRECTION)].rstrip('-')}{CORRECTION}"
