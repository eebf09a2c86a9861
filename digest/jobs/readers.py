"""Readers: what people do themselves on the website or by one click: ask, confirm, choose, leave, stay.

::

    asked ─► looked at ─► confirm (a mail) ─► confirmed: active, welcome (a mail)
                     └─► known (a mail): they get it already
                     └─► nothing: kept off for ever, or asked a moment ago

Whoever asks gets the same answer whatever is known of the address; what differs is the mail. Nothing that an asking
says counts before it is confirmed. What is asked too often, or too much at once, waits for its turn; of several askings
of one address for one newsletter that wait, the last is answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from digest.domain.model import (
    Agreed,
    Asking,
    Cadence,
    Consent,
    Notice,
    NoticeKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from digest.domain.ports import Clock, Session, Store
from digest.domain.states import move
from digest.jobs.noting import Note, unnoted
from digest.stages import growth

#: an asking that nobody confirmed by then counts no more
CONFIRM_WITHIN = timedelta(days=7)
#: nobody gets a second mail because of the form before this, whoever typed their address
ASKED_AGAIN_AFTER = timedelta(minutes=10)
#: mails because of the form in an hour, all together: a form that is attacked must not bomb anybody, or spoil our name
MOST_IN_AN_HOUR = 300
#: days after which an asking is forgotten, and with it somebody new who never confirmed it
KEPT = timedelta(days=30)
#: askings looked at in one commit
_AT_ONCE = 100
#: reasons of a suppression that its owner gave
_OF_THEIR_OWN = (SuppressionReason.LEFT, SuppressionReason.ERASED)
_ANSWERS = (NoticeKind.CONFIRM, NoticeKind.KNOWN)
_ENDED = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED)
#: nobody comes back from these
_FINAL = (SubscriptionState.COMPLAINED, SubscriptionState.ERASED)
#: how somebody came, or consented, by the website
BY_FORM = "sign-up form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody's place on a newsletter."""

    subscriber: Subscriber
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Somebody wants no more of a newsletter."""

    newsletter: str
    subscriber: str
    #: by which way, in words
    how: str
    remote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody wants of a newsletter."""

    first_name: str
    last_name: str
    themes: tuple[str, ...]
    cadence: Cadence
    paused_until: datetime | None


def place(store: Store, newsletter: str, subscriber: str) -> Place | None:
    """Return somebody's place on a newsletter; None where they have none, or were erased."""
    with store.reading() as session:
        return _place(session, newsletter, subscriber)


def leave(store: Store, clock: Clock, leavings: Sequence[Leaving], note: Note = unnoted) -> list[bool]:
    """End subscriptions, all in one commit; tell of each whether it ended now. To leave twice is to leave.

    note: notes it in the same commit, where anything ended.
    """
    now = clock()
    with store.writing() as session:
        active = session.readers.active({(one.newsletter, one.subscriber) for one in leavings})
        ended: dict[tuple[str, str], Leaving] = {}
        told = []
        for one in leavings:
            place = (one.newsletter, one.subscriber)
            told.append(place in active and place not in ended)
            if told[-1]:
                ended[place] = one
        if ended:
            _end(session, ended, now)
            note(session)
    return told


def choose(store: Store, newsletter: str, subscriber: str, wishes: Wishes, note: Note = unnoted) -> Place | None:
    """Keep what somebody wants; None where they have no place. It changes no state: who left stays away.

    note: notes it in the same commit, where they want anything else than before.
    """
    with store.writing() as session:
        found = _place(session, newsletter, subscriber)
        if found is None:
            return None
        chosen = Place(
            subscriber=replace(found.subscriber, first_name=wishes.first_name, last_name=wishes.last_name),
            subscription=replace(
                found.subscription,
                themes=wishes.themes,
                cadence=wishes.cadence,
                paused_until=wishes.paused_until,
            ),
        )
        if chosen != found:
            session.readers.keep(chosen.subscriber, chosen.subscription)
            note(session)
        return chosen


def ask(store: Store, askings: Sequence[Asking]) -> None:
    """Keep that people asked, all in one commit, and nothing else: it takes as long whoever they are."""
    with store.writing() as session:
        session.readers.ask(askings)


def look_at(store: Store, clock: Clock, suppression_key: Callable[[str], str], new_id: Callable[[], str]) -> int:
    """Look at what people asked for, and promise each the mail that answers it; return how many were looked at.

    What is too much for an hour waits.
    """
    now = clock()
    with store.reading() as session:
        if not session.readers.is_asked():
            return 0
    done = 0
    with store.writing() as session:
        room = MOST_IN_AN_HOUR - session.readers.notices_since(_ANSWERS, now - timedelta(hours=1))
        recently = now - ASKED_AGAIN_AFTER
        waiting = session.readers.waiting(_ANSWERS, recently, min(room, _AT_ONCE)) if room > 0 else []
        for asking in waiting:
            if _answer(session, asking, now, suppression_key, new_id):
                done += session.readers.handled(asking, now)
    return done


def forget(store: Store, clock: Clock) -> int:
    """Forget the askings of long ago, and who came by them and never confirmed; return how many askings there were."""
    before = clock() - KEPT
    with store.writing() as session:
        forgotten = session.readers.forget_askings(before)
        session.readers.forget_pending(BY_FORM, before)
        return forgotten


def confirm(
    store: Store,
    clock: Clock,
    asking_id: str,
    remote: str,
    *,
    suppression_key: Callable[[str], str],
    new_id: Callable[[], str],
) -> Place | None:
    """Let in who holds the address of an asking; None where it is gone, they have left since, or nobody comes back.

    To confirm twice is to confirm: it counts once. Who gets it already agrees once more, and nothing else changes.
    """
    now = clock()
    with store.writing() as session:
        asking = session.readers.asking(asking_id)
        if asking is None:
            return None
        known = session.people.by_address([asking.comparable]).get(asking.comparable)
        key = suppression_key(asking.comparable)
        if known is None or _is_out(session, key):
            return None
        subscriber, subscriptions = known
        old = next((one for one in subscriptions if one.newsletter == asking.newsletter), None)
        if old is None or old.state in _FINAL or _left_since(session, subscriber, key, asking):
            return None
        if not session.readers.confirmed(asking_id, now):
            return Place(subscriber=subscriber, subscription=old) if old.state == SubscriptionState.ACTIVE else None
        session.readers.let_in(key)
        record = Consent(
            subscriber=subscriber.id,
            newsletter=asking.newsletter,
            at=now,
            what=Agreed.GIVEN,
            how=BY_FORM,
            words=asking.words,
            remote=remote,
        )
        session.readers.record([record])
        if old.state == SubscriptionState.ACTIVE:
            return Place(subscriber=subscriber, subscription=old)
        made = _let_in(session, asking, subscriber, old, now)
        session.readers.add_notice(_notice(NoticeKind.WELCOME, asking, made.subscriber, now, new_id))
        return made


def stay(store: Store, clock: Clock, newsletter: str, subscriber: str, words: str, remote: str) -> Place | None:
    """Renew the consent of somebody who was asked whether they still want it; None where they have no active place."""
    now = clock()
    with store.writing() as session:
        found = _place(session, newsletter, subscriber)
        if found is None or found.subscription.state != SubscriptionState.ACTIVE:
            return None
        _keep_record(session, subscriber, found.subscription)
        renewed = replace(found.subscription, consent_source="asked again by email", consent_at=now)
        session.readers.keep(found.subscriber, renewed)
        record = Consent(
            subscriber=subscriber,
            newsletter=newsletter,
            at=now,
            what=Agreed.KEPT,
            how=renewed.consent_source,
            words=words,
            remote=remote,
        )
        session.readers.record([record])
        return replace(found, subscription=renewed)


def _is_out(session: Session, key: str) -> bool:
    kept_off = session.people.kept_off(key)
    return kept_off is not None and kept_off.reason == SuppressionReason.COMPLAINT


def _place(session: Session, newsletter: str, subscriber: str) -> Place | None:
    known = session.readers.known(subscriber)
    if known is None:
        return None
    mine = next((one for one in known[1] if one.newsletter == newsletter), None)
    if mine is None or mine.state == SubscriptionState.ERASED:
        return None
    return Place(subscriber=known[0], subscription=mine)


def _end(session: Session, ended: Mapping[tuple[str, str], Leaving], now: datetime) -> None:
    state = move(SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED)
    session.readers.end(ended, state, now)
    session.readers.record(
        [
            Consent(
                subscriber=one.subscriber,
                newsletter=one.newsletter,
                at=now,
                what=Agreed.WITHDRAWN,
                how=one.how,
                remote=one.remote,
            )
            for one in ended.values()
        ]
    )
    ways = Counter((one.newsletter, one.how) for one in ended.values())
    for (newsletter, how), number in ways.items():
        session.growth.count(newsletter, now.astimezone(UTC).date(), growth.ENDINGS[state], how, number)


def _left_since(session: Session, subscriber: Subscriber, key: str, asking: Asking) -> bool:
    kept_off = session.people.kept_off(key)
    if kept_off is not None and kept_off.reason in _OF_THEIR_OWN and kept_off.at >= asking.at:
        return True
    return any(
        one.what == Agreed.WITHDRAWN and one.newsletter == asking.newsletter and one.at >= asking.at
        for one in session.readers.consents(subscriber.id)
    )


def _answer(
    session: Session,
    asking: Asking,
    now: datetime,
    suppression_key: Callable[[str], str],
    new_id: Callable[[], str],
) -> bool:
    """Promise the mail that answers an asking, or none; False where it must wait."""
    key = suppression_key(asking.comparable)
    if _is_out(session, key):
        return True
    known = session.people.by_address([asking.comparable]).get(asking.comparable)
    subscriber = known[0] if known else Subscriber(id=new_id(), address=asking.address)
    old = next((one for one in known[1] if one.newsletter == asking.newsletter), None) if known else None
    if old is not None and old.state in _FINAL:
        return True
    last = session.readers.last_notice(subscriber.id, _ANSWERS)
    if last is not None and now - last < ASKED_AGAIN_AFTER:
        # somebody asked for two newsletters at once: the second has its turn later
        return False
    if old is None:
        waiting = Subscription(
            newsletter=asking.newsletter,
            state=SubscriptionState.PENDING,
            themes=asking.themes,
            cadence=asking.cadence,
            joined_at=now,
            joined_by=BY_FORM,
        )
        # who is new is written down with a name at the earliest when they confirm: a stranger may have typed it
        session.people.save(asking.comparable, subscriber, key, [waiting])
    gets_it = old is not None and old.state == SubscriptionState.ACTIVE
    kind = NoticeKind.KNOWN if gets_it else NoticeKind.CONFIRM
    session.readers.add_notice(_notice(kind, asking, subscriber, now, new_id))
    return True


def _keep_record(session: Session, subscriber: str, old: Subscription) -> None:
    """Keep what was agreed before, and by which way, when something newer takes its place."""
    if old.consent_at is None:
        return
    before = Consent(
        subscriber=subscriber,
        newsletter=old.newsletter,
        at=old.consent_at,
        what=Agreed.GIVEN,
        how=old.consent_source,
    )
    kept = [(one.newsletter, one.at, one.how) for one in session.readers.consents(subscriber)]
    if (before.newsletter, before.at, before.how) not in kept:
        session.readers.record([before])


def _let_in(session: Session, asking: Asking, subscriber: Subscriber, old: Subscription, now: datetime) -> Place:
    _keep_record(session, subscriber.id, old)
    if old.state in _ENDED:
        # asks again, and has just confirmed it
        session.people.set_state(subscriber.id, asking.newsletter, SubscriptionState.PENDING)
    # what is known of somebody stays: a stranger may have typed the name into the form whose button they press
    named = replace(
        subscriber,
        first_name=subscriber.first_name or asking.first_name,
        last_name=subscriber.last_name or asking.last_name,
    )
    active = replace(
        old,
        state=move(SubscriptionState.PENDING, SubscriptionState.ACTIVE),
        themes=asking.themes,
        cadence=asking.cadence,
        consent_source=BY_FORM,
        consent_at=now,
        paused_until=None,
        joined_at=now,
        joined_by=BY_FORM,
    )
    session.readers.keep(named, active)
    session.growth.count(asking.newsletter, now.astimezone(UTC).date(), growth.JOINED, BY_FORM)
    return Place(subscriber=named, subscription=active)


def _notice(
    kind: NoticeKind, asking: Asking, subscriber: Subscriber, now: datetime, new_id: Callable[[], str]
) -> Notice:
    return Notice(
        id=new_id(),
        kind=kind,
        newsletter=asking.newsletter,
        subscriber=subscriber,
        asking=asking.id,
        made_at=now,
    )
