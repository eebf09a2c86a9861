"""Rehearsing: the whole send of an edition into a mail server of the program's own. The database is only read.

::

    who        as planning would have it, page after page                         jobs/rehearsal
    messages   composed and signed as those of a send
    handed     over SMTP, by the transport of a send, to a server that passes nothing on and counts by itself
    told       who would get what, who would not and why, and what that server counted

No ledger knows of it: whoever is rehearsed counts as mailed nowhere.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from digest.domain.errors import Refused
from digest.domain.model import (
    Accepted,
    DeliveryState,
    Edition,
    Letter,
    Newsletter,
    Outcome,
    Parcel,
    Received,
    Rehearsal,
    Rejected,
    SampleMessage,
    Share,
    Unwritable,
    Variant,
    Withheld,
)
from digest.domain.ports import Clock, Progress, Store, Transport
from digest.domain.states import OPEN
from digest.jobs import edition as editions
from digest.jobs.planning import audience
from digest.jobs.press import Press
from digest.jobs.rehearsal import would_get
from digest.jobs.send import Compose

#: messages that are kept besides the first of each variant and segment, and at most
FEW, MOST_KEPT = 5, 40
#: answers and faults that are told apart
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsing:
    """What rehearsing needs of the world."""

    store: Store
    clock: Clock
    #: as the edition was drafted with
    newsletter: Newsletter
    compose: Compose
    #: reaches a server that passes nothing on, and nothing else
    transport: Transport
    #: has that server keep the message to an address under a number; done when it returns
    keep: Callable[[int, str], None]
    #: ends that server, and returns what it counted
    received: Callable[[], Received]
    #: a key of the workspace signs the messages
    signed: bool
    #: as Rehearsal says
    list_changed: bool
    progress: Progress
    stop: Callable[[], bool]


def checked(store: Store, press: Press, edition_id: str) -> tuple[Edition, dict[str, Variant]]:
    """Return an edition that may be rehearsed, and its variants by their slugs; nothing is changed.

    Raises NotFound, and Refused where it has begun to leave, or a send would make other bytes of it.
    """
    edition = editions.find(store, edition_id)
    if edition.state not in OPEN:
        raise Refused(
            f"{edition_id} is {edition.state}: there is nothing left to rehearse.",
            "Rehearse an edition before it leaves.",
        )
    with store.reading() as session:
        variants = session.editions.variants(edition_id)
        placements = session.editions.placements(edition_id)
    if edition.revision != press.revision:
        made = [editions.as_made_now(store, press, edition, placements, one) for one in variants]
        if any(now.sha256 != one.sha256 for now, one in zip(made, variants, strict=True)):
            raise Refused(
                f"{editions.CHANGED[:1].upper()}{editions.CHANGED[1:]}: other bytes would be sent than were drafted.",
                f"Look at it again on the desk, or with `digest preview {edition_id}`, then rehearse.",
            )
    return edition, {one.slug: one for one in variants}


def rehearse(work: Rehearsing, edition: Edition, variants: dict[str, Variant], who: str) -> Rehearsal | None:
    """Rehearse an edition; None where `work.stop` stopped it.

    Raises ServerTrouble where the server that passes nothing on ended.
    """
    at, began = work.clock(), time.monotonic()
    run = _Run(work, edition, audience(variants.values()))
    for parcel, outcome in work.transport.deliver(run.parcels(at), run.begin):
        run.ended(parcel, outcome)
    seconds = time.monotonic() - began
    received = work.received()
    if work.stop():
        return None
    return Rehearsal(
        edition=edition.id,
        at=at,
        who=who,
        seconds=seconds,
        variants={slug: one.sha256 for slug, one in variants.items()},
        shares=tuple(
            Share(segment=segment, variant=variant, people=people)
            for (segment, variant), people in sorted(run.taken.items())
        ),
        skipped=dict(run.skipped.most_common()),
        unwritable=run.unwritable,
        unwritable_first=tuple(run.unwritable_first),
        refused=dict(run.refused.most_common(_MOST_TOLD)),
        received=received,
        signed=work.signed,
        list_changed=work.list_changed,
        samples=tuple(run.samples),
    )


class _Run:
    """One rehearsal on its way: what was met so far."""

    def __init__(self, work: Rehearsing, edition: Edition, people: int) -> None:
        """people: how many the edition is for, as far as is known."""
        self._work = work
        self._edition = edition
        self._people = people
        #: id of who is on the way -> their segment
        self._segments: dict[str, str] = {}
        self._firsts: set[tuple[str, str]] = set()
        self._answered = 0
        self.taken: Counter[tuple[str, str]] = Counter()
        self.skipped: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.unwritable = 0
        self.unwritable_first: list[str] = []
        self.samples: list[SampleMessage] = []

    def parcels(self, now: datetime) -> Iterator[Parcel | None]:
        """Yield everybody's message as it is composed; of the first of its kind the server is told to keep it."""
        for made in self._work.compose(self._letters(now), self._work.clock):
            if isinstance(made, Unwritable):
                self._segments.pop(made.letter.subscriber.id)
                self.unwritable += 1
                if len(self.unwritable_first) < _MOST_TOLD:
                    self.unwritable_first.append(made.why)
                continue
            if made is not None:
                self._sample(made)
            yield made

    def begin(self, parcel: Parcel) -> Withheld | None:
        """Let a message go, until somebody stops the rehearsal (Begin)."""
        return Withheld(reason="the rehearsal was stopped", postponed=True) if self._work.stop() else None

    def ended(self, parcel: Parcel, outcome: Outcome) -> None:
        """Count what became of a message."""
        delivery = parcel.letter.delivery
        segment = self._segments.pop(delivery.subscriber, "")
        if isinstance(outcome, Accepted):
            self.taken[segment, delivery.variant] += 1
        elif not isinstance(outcome, Withheld):
            self.refused[_words(outcome)] += 1
        self._answered += 1
        self._work.progress(self._answered, max(self._people, self._answered))

    def _letters(self, now: datetime) -> Iterator[Letter]:
        for person, delivery, segment in would_get(self._work.store, self._work.newsletter, self._edition, now):
            if self._work.stop():
                return
            if delivery.state == DeliveryState.SKIPPED:
                self.skipped[delivery.reason] += 1
                continue
            self._segments[person.id] = segment
            yield Letter(delivery=delivery, subscriber=person)

    def _sample(self, parcel: Parcel) -> None:
        delivery = parcel.letter.delivery
        kind = (self._segments[delivery.subscriber], delivery.variant)
        others = len(self.samples) - len(self._firsts)
        if len(self.samples) >= MOST_KEPT or (kind in self._firsts and others >= FEW):
            return
        self._firsts.add(kind)
        number = len(self.samples) + 1
        self._work.keep(number, parcel.envelope_to)
        self.samples.append(SampleMessage(number=number, segment=kind[0], variant=kind[1], address=parcel.envelope_to))


def _words(outcome: Outcome) -> str:
    return outcome.reply if isinstance(outcome, Rejected) else str(getattr(outcome, "reply", "") or "no answer came")
