"""Person: all that staff should know of one person: what they chose and agreed to, and what they were mailed and why.

Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digest.domain.errors import NotFound
from digest.domain.model import Consent, DeliveryState, Edition, Newsletter, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Clock, KeptOff, Page, Session, Store
from digest.domain.states import MAILED, OPEN
from digest.jobs import people
from digest.stages import resend, why
from digest.stages.why import Case

#: editions that are looked at for what somebody was mailed
EDITIONS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What became of an edition for somebody."""

    edition: Edition
    state: DeliveryState
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, and all that matters about them."""

    subscriber: Subscriber
    #: on newsletters that there are
    places: Sequence[Subscription]
    #: what they agreed to themselves, or withdrew, the latest first
    consents: Sequence[Consent]
    kept_off: KeptOff | None
    #: the latest first
    mailed: Sequence[Mailed]
    #: editions to come, of which it can be asked whether they get them
    ahead: Sequence[Edition]


def look(
    store: Store,
    clock: Clock,
    newsletters: Sequence[Newsletter],
    subscriber: str,
    key: Callable[[str], str],
    former: Sequence[Newsletter] = (),
) -> Person:
    """Return somebody by their id; key: the keyed hash of an address. Raises NotFound.

    former: newsletters that are no more, of which it is still told what somebody was mailed.
    """
    known = {one.id: one for one in newsletters}
    with store.reading() as session:
        found = session.readers.known(subscriber)
        # of who was erased nothing is left but a row without an address
        if found is None or not found[0].address:
            raise NotFound("Nobody of this kind is on a list.", "They may have been erased since.")
        person, places = found
        theirs = [one for one in places if one.newsletter in known and one.state != SubscriptionState.ERASED]
        ever = known | {one.id: one for one in former}
        lists = {each.newsletter for each in places} & ever.keys()
        editions = [one for one in session.editions.every() if one.newsletter in lists]
        return Person(
            subscriber=person,
            places=theirs,
            consents=session.readers.consents(subscriber)[::-1],
            kept_off=session.people.kept_off(key(people.compared(person.address))),
            mailed=_mailed(session, clock, ever, person, editions),
            ahead=[one for one in editions if one.newsletter in known and one.state in OPEN and not one.corrects],
        )


def _mailed(
    session: Session,
    clock: Clock,
    newsletters: dict[str, Newsletter],
    person: Subscriber,
    editions: Sequence[Edition],
) -> list[Mailed]:
    now = clock()
    found = []
    for edition in [one for one in editions if one.state in MAILED][:EDITIONS]:
        newsletter = newsletters[edition.newsletter]
        for entry in session.deliveries.entries(edition.id, Page(now=now, limit=1, subscribers=[person.id])):
            case = Case(
                address=person.address,
                edition=replace(edition, id=f"No. {edition.number}"),
                newsletter=newsletter.name,
                zone=newsletter.schedule.timezone,
                now=now,
                entry=entry,
                no_resend=resend.refusal(entry),
            )
            found.append(Mailed(edition=edition, state=entry.state, sentence=why.answer(case).sentence))
    return found
