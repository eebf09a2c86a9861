"""Rehearsal: who would get which message of an edition. Nothing is written down; it may be asked any number of times.

What was not planned yet is worked out as planning would; what was, is read from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from digest.domain.errors import Refused
from digest.domain.model import Delivery, DeliveryState, Edition, EditionState, Newsletter, Recipient, Subscriber
from digest.domain.ports import Clock, Page, Session, Store
from digest.domain.states import SIGNED
from digest.jobs.planning import rows

_PLANNED = (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT)


def deliveries(
    store: Store, clock: Clock, newsletter: Newsletter, edition: Edition
) -> Iterator[tuple[Subscriber, Delivery]]:
    """Return everybody with their delivery, one after the other; who gets nothing is skipped, with the reason.

    newsletter: as the edition was drafted with. Who left since it was planned gets nothing. Raises Refused for an
    edition that nobody approved.
    """
    if edition.state not in (*SIGNED, *_PLANNED):
        raise Refused(
            f"{edition.id} is {edition.state}; only what somebody approved has messages.",
            f"`digest preview {edition.id}` shows its emails.",
        )
    return ((person, one) for person, one, _ in would_get(store, newsletter, edition, clock()))


def would_get(
    store: Store, newsletter: Newsletter, edition: Edition, now: datetime
) -> Iterator[tuple[Subscriber, Delivery, str]]:
    """Yield everybody as `deliveries` does, also of a draft, each with their segment; empty where it was planned."""
    with store.reading() as session:
        made = rows(session, newsletter, edition, now)
    after = ""
    while True:
        with store.reading() as session:
            page = made.page(session, after)
            people = [person for person, _ in page]
            if edition.state in _PLANNED:
                some = [(person, one, "") for person, one in _as_planned(session, edition, people, now)]
            else:
                some = [(person.subscriber, *row) for person, row in page if row is not None]
        if not people:
            return
        yield from some
        after = people[-1].subscriber.id


def _as_planned(
    session: Session, edition: Edition, people: list[Recipient], now: datetime
) -> Iterator[tuple[Subscriber, Delivery]]:
    ids = [one.subscriber.id for one in people]
    entries = session.deliveries.entries(edition.id, Page(now=now, limit=len(ids), subscribers=ids)) if ids else []
    known = {entry.subscriber: entry for entry in entries}
    for one in people:
        entry = known.get(one.subscriber.id)
        if entry is None:
            # who joined since, or whom planning has not come to
            continue
        gone = entry.state == DeliveryState.SKIPPED or bool(entry.withheld)
        yield (
            one.subscriber,
            Delivery(
                edition=edition.id,
                subscriber=entry.subscriber,
                state=DeliveryState.SKIPPED if gone else entry.state,
                variant=entry.variant,
                reason=entry.withheld or entry.reason,
            ),
        )
