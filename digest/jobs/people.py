"""People: a newsletter's subscribers' file is read into the database, one commit a file.

An import never moves anybody out of unsubscribed, bounced, complained or erased.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from digest.domain.errors import DigestError
from digest.domain.model import Finding, Newsletter, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Clock, Session, Store
from digest.stages import growth, roster
from digest.stages.roster import Person

#: the way of leaving where somebody told the organisation
BY_STAFF = "staff"

Known = tuple[Subscriber, list[Subscription]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What reading the file came to. Nothing is counted where the file is the one read last time."""

    people: int = 0
    new: int = 0
    changed: int = 0
    same_file: bool = False
    findings: tuple[Finding, ...] = ()


def import_people(
    store: Store,
    clock: Clock,
    newsletter: Newsletter,
    folder: Path,
    *,
    suppression_key: Callable[[str], str],
    new_id: Callable[[], str],
) -> Imported:
    """Read the newsletter's file of subscribers.

    suppression_key: the keyed hash of an address; new_id: draws an id that tells nothing.
    Raises DigestError where the file cannot be opened.
    """
    found = read_people(newsletter, folder)
    with store.reading() as session:
        if session.people.last_import(newsletter.id) == found.content_hash:
            return Imported(people=len(found.people), same_file=True, findings=found.findings)
    new = changed = 0
    with store.writing() as session:
        known = session.people.by_address([person.comparable for person in found.people])
        for person in found.people:
            before = known.get(person.comparable)
            merged = _merged(person, before, new_id)
            if before is None:
                new += 1
            elif before[0] == merged.subscriber and merged.subscription in before[1]:
                continue
            else:
                changed += 1
            key = suppression_key(person.comparable)
            session.people.save(person.comparable, merged.subscriber, key, [merged.subscription])
        session.people.imported(newsletter.id, found.content_hash, clock())
    return Imported(people=len(found.people), new=new, changed=changed, findings=found.findings)


def leave(store: Store, clock: Clock, address: str, suppression_key: Callable[[str], str]) -> bool:
    """Keep an address off for good: no import brings it back. Tell whether it was known.

    Raises DigestError where it is no address.
    """
    comparable = compared(address)
    now = clock()
    with store.writing() as session:
        session.people.suppress(suppression_key(comparable), "left", now)
        known = session.people.by_address([comparable])
        for subscriber, subscriptions in known.values():
            for one in subscriptions:
                if one.state == SubscriptionState.ACTIVE:
                    ended(session, subscriber.id, one.newsletter, SubscriptionState.UNSUBSCRIBED, BY_STAFF, now)
    return bool(known)


def ended(
    session: Session, subscriber: str, newsletter: str, state: SubscriptionState, how: str, now: datetime
) -> None:
    """Move a subscription along an arrow to one of the states of who gets no more, and count who got it until now.

    how: in words by which way. Raises NotFound where there is no such subscription, Refused where there is no arrow.
    """
    before = session.people.set_state(subscriber, newsletter, state)
    if before == SubscriptionState.ACTIVE:
        session.growth.count(newsletter, now.astimezone(UTC).date(), growth.ENDINGS[state], how)


def compared(address: str) -> str:
    """Return the spelling by which an address is compared.

    Raises DigestError where it is no address.
    """
    try:
        return roster.spelling(address).comparable
    except ValueError as fault:
        raise DigestError(f"“{address}” is no address: {fault}", "Write it as it stands in the file.") from fault


def read_people(newsletter: Newsletter, folder: Path) -> roster.Roster:
    """Read the file without storing anything.

    Raises DigestError where it cannot be opened.
    """
    file = folder / newsletter.subscribers
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise DigestError(
            f"The subscribers' file {file} cannot be read ({fault.strerror}).",
            f"Put it there, or write its name under [[newsletters]] of {newsletter.id}.",
        ) from fault
    themes = [theme.id for theme in newsletter.themes]
    return roster.read(content, newsletter.subscribers, newsletter.id, themes)


def _with_old(new: Subscriber, old: Subscriber) -> Subscriber:
    # tags and fields are one person's: the file of one newsletter takes nothing away that another's gave
    return replace(new, tags=tuple(dict.fromkeys([*old.tags, *new.tags])), fields={**old.fields, **new.fields})


def _merged(person: Person, before: Known | None, new_id: Callable[[], str]) -> Person:
    mine = replace(person, subscriber=replace(person.subscriber, id=before[0].id if before else new_id()))
    subscriptions = before[1] if before else []
    old = next((one for one in subscriptions if one.newsletter == person.subscription.newsletter), None)
    if before is not None and any(one is not old for one in subscriptions):
        mine = replace(mine, subscriber=_with_old(mine.subscriber, before[0]))
    if old is None:
        return mine
    confirmed = old.state == SubscriptionState.PENDING and person.subscription.state == SubscriptionState.ACTIVE
    state = SubscriptionState.ACTIVE if confirmed else old.state
    told = person.subscription.consent_at is not None and bool(person.subscription.consent_source)
    return replace(
        mine,
        subscription=replace(
            person.subscription,
            state=state,
            # a consent record is never lost because a column went missing
            consent_source=person.subscription.consent_source if told else old.consent_source,
            consent_at=person.subscription.consent_at if told else old.consent_at,
            paused_until=old.paused_until,
            joined_at=old.joined_at,
            joined_by=old.joined_by,
        ),
    )
