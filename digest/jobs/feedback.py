"""Feedback: what came back is held against whom it is about, and counts once.

::

    message ─► report (feedback/) ─► whose? ─► hard bounce: kept off until they confirm anew
                                          ├─► soft bounce: five in thirty days are a hard one
                                          ├─► complaint: kept off for ever
                                          ├─► unsubscribe: that subscription ends
                                          └─► all else, and what nobody can show to be ours: nothing

Anybody can write a report about anybody. It counts where it bears something that only a reader's own mail had: the
mark in its return path, the token of the unsubscribe link, or the Message-ID. A request to leave counts by that token
in its subject, wherever it is sent from, else by its sender: the worst that a forged one does is to ask twice for a
newsletter. What a provider signed (feedback/hooks) needs no such proof: it counts by the address, and the Message-ID
says besides of which edition.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import (
    Edition,
    FeedbackKind,
    Newsletter,
    Report,
    Reported,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    What,
)
from digest.domain.ports import Clock, Session, Store
from digest.jobs.people import ended
from digest.stages import roster, track

#: soft bounces in so many days that are as good as a hard one
SOFT_BOUNCES, SOFT_WITHIN = 5, timedelta(days=30)
#: a Message-ID is looked for among the editions since then: what comes later is about nobody's mail of now
_EDITIONS_SINCE = timedelta(days=60)
#: events of a commit: they take a millisecond or two each, for which who sends an edition may wait
_AT_ONCE = 250
#: a token of an unsubscribe link, wherever a returned message shows it
_TOKEN = re.compile(rb"(?:/u/|unsubscribe%20)([0-9a-z]{1,64}\.[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
#: tokens that are looked at of one message: a mail has one, and what has thousands wants to keep us busy
_MOST_TOKENS = 20

#: what counts -> the state of who gets no more, and why the address is kept off
_ENDS = {
    FeedbackKind.HARD: (SubscriptionState.BOUNCED, SuppressionReason.HARD_BOUNCE),
    FeedbackKind.COMPLAINT: (SubscriptionState.COMPLAINED, SuppressionReason.COMPLAINT),
}
#: somebody, with what they are subscribed to
Known = tuple[Subscriber, list[Subscription]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whom a report is about; newsletter and edition are empty where that is not known."""

    subscriber: str
    newsletter: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a message came to."""

    report: Report
    #: what counted now: hard, soft, complaint, left
    counted: tuple[str, ...] = ()
    #: it tells of somebody and nothing shows that the mail was ours
    unproven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What reports are applied with."""

    store: Store
    clock: Clock
    newsletters: Sequence[Newsletter]
    secret: bytes
    suppression_key: Callable[[str], str]


def apply(work: Work, report: Report, message: bytes) -> Applied:
    """Let a message count, in one commit; the same message again counts no more.

    message: its bytes, in which a reader's own marks are looked for.
    """
    if report.what == What.UNSUBSCRIBE:
        named = track.opened(work.secret, "unsubscribe", [one.id for one in work.newsletters], report.token)
        with work.store.writing() as session:
            if named is not None:
                # the mail whose link was pressed says whose it was, also where it was read at another address
                newsletter, subscriber = named
                known = session.readers.known(subscriber)
                return _leave(work, session, report, [known] if known else [], {newsletter}, "mail")
            return _leave(work, session, report, _people(session, report), _asked_to_end(work, report), "mail")
    told = [one for one in report.recipients if one.kind != FeedbackKind.NONE]
    if not told:
        return Applied(report=report)
    with work.store.writing() as session:
        found = _whose(work, session, report, message)
        counted = [_count(work, session, report, one, whose) for one, whose in _pairs(told, found)]
    return Applied(report=report, counted=tuple(filter(None, counted)), unproven=not found)


def apply_proven(work: Work, reports: Sequence[Report]) -> list[Applied]:
    """Let reports count that a provider signed, some hundred a commit; the same report again counts no more.

    Each tells of one recipient at most. What tells of nobody known counts nowhere. Where a later commit fails, the
    provider tells all of it again, and what was kept counts once.
    """
    told = [one for one in reports if one.recipients]
    applied: list[Applied] = []
    for start in range(0, len(told), _AT_ONCE):
        with work.store.writing() as session:
            editions = _recent(work, session)
            applied += [_apply_proven(work, session, editions, one) for one in told[start : start + _AT_ONCE]]
    return applied


def _apply_proven(work: Work, session: Session, editions: Sequence[Edition], report: Report) -> Applied:
    found = _by_message_id(work, session, editions, report)
    if report.what == What.UNSUBSCRIBE:
        wanted = {one.newsletter for one in found} or {one.id for one in work.newsletters}
        return _leave(work, session, report, _people(session, report), wanted, "mail provider")
    found = found or [Whose(subscriber=person.id) for person, _ in _people(session, report)]
    counted = [_count(work, session, report, said, whose) for said in report.recipients for whose in found]
    return Applied(report=report, counted=tuple(filter(None, counted)))


def _pairs(told: Sequence[Reported], found: Sequence[Whose]) -> Iterable[tuple[Reported, Whose]]:
    """Pair what is said with whom it is about: a mail is one person's, and its worst news counts."""
    order = (FeedbackKind.COMPLAINT, FeedbackKind.HARD, FeedbackKind.SOFT)
    worst = min(told, key=lambda one: order.index(one.kind))
    return [(worst, whose) for whose in found]


def _whose(work: Work, session: Session, report: Report, message: bytes) -> list[Whose]:
    """Return whom a message is shown to be about, by what only their own mail had; each once."""
    named = [one.id for one in work.newsletters]
    found: dict[str, Whose] = {}
    for address in report.delivered_to:
        opened = track.returned(work.secret, named, address)
        if opened is not None:
            found.setdefault(opened[1], Whose(newsletter=opened[0], subscriber=opened[1]))
    for token in dict.fromkeys(_TOKEN.findall(message)[:_MOST_TOKENS]):
        opened = track.opened(work.secret, "unsubscribe", named, token.decode("ascii"))
        if opened is not None:
            found.setdefault(opened[1], Whose(newsletter=opened[0], subscriber=opened[1]))
    for whose in _by_message_id(work, session, _recent(work, session), report):
        # it knows the edition besides
        found[whose.subscriber] = whose
    known = session.readers.known
    return [whose for whose in found.values() if known(whose.subscriber) is not None]


def _by_message_id(work: Work, session: Session, editions: Sequence[Edition], report: Report) -> list[Whose]:
    marks = {one.partition("@")[0] for one in report.message_ids}
    if not marks:
        return []
    return [
        Whose(subscriber=person.id, newsletter=edition.newsletter, edition=edition.id)
        for person, _ in _people(session, report)
        for edition in editions
        if track.letter_mark(work.secret, edition.id, person.id) in marks
    ]


def _recent(work: Work, session: Session) -> list[Edition]:
    since = work.clock() - _EDITIONS_SINCE
    return [one for one in session.editions.every() if one.slot >= since]


def _people(session: Session, report: Report) -> list[Known]:
    """Return whom a report tells of and who is known."""
    compared = sorted({_compared(one.address) for one in report.recipients} - {""})
    return list(session.people.by_address(compared).values()) if compared else []


def _count(work: Work, session: Session, report: Report, said: Reported, whose: Whose) -> str:
    """Let what is said of somebody count; return as what, or nothing where it counted before."""
    now = work.clock()
    if not _note(session, report, whose, said.kind, said.status, now):
        return ""
    if whose.edition:
        session.feedback.failed(whose.edition, whose.subscriber, said.status, now)
    kind = said.kind
    if kind == FeedbackKind.SOFT and session.feedback.soft(whose.subscriber, now - SOFT_WITHIN) >= SOFT_BOUNCES:
        kind = FeedbackKind.HARD
    if kind in _ENDS:
        state, reason = _ENDS[kind]
        how = f"bounce {said.status}".strip() if kind == FeedbackKind.HARD else "reported as spam"
        _end(work, session, whose.subscriber, state, reason, how, now)
    return str(kind)


def _end(
    work: Work, session: Session, subscriber: str, state: SubscriptionState, reason: str, how: str, now: datetime
) -> None:
    """End all subscriptions of somebody and keep the address off."""
    known = session.readers.known(subscriber)
    assert known is not None, "it was looked up"
    session.people.suppress(work.suppression_key(_compared(known[0].address)), reason, now)
    for one in known[1]:
        if one.state == SubscriptionState.ACTIVE:
            ended(session, subscriber, one.newsletter, state, how, now)


def _leave(
    work: Work, session: Session, report: Report, people: Iterable[Known], wanted: set[str], way: str
) -> Applied:
    """End these people's subscriptions to the newsletters that are wanted no more."""
    now = work.clock()
    counted: list[str] = []
    for person, subscriptions in people:
        for one in subscriptions:
            if one.newsletter not in wanted or one.state != SubscriptionState.ACTIVE:
                continue
            whose = Whose(subscriber=person.id, newsletter=one.newsletter)
            if _note(session, report, whose, "left", "", now):
                ended(session, person.id, one.newsletter, SubscriptionState.UNSUBSCRIBED, way, now)
                counted.append("left")
    return Applied(report=report, counted=tuple(counted))


def _asked_to_end(work: Work, report: Report) -> set[str]:
    """Return the newsletters that a request to leave is about: those it was written to, else all."""
    to = {address.casefold() for address in report.delivered_to}
    mine = {
        one.id
        for one in work.newsletters
        if to
        & {one.sender.unsubscribe_mailto.casefold(), one.sender.reply_to.casefold(), one.sender.address.casefold()}
    }
    return mine or {one.id for one in work.newsletters}


def _note(session: Session, report: Report, whose: Whose, kind: str, status: str, now: datetime) -> bool:
    """Write down that a report counts; False where it did before."""
    key = hashlib.sha256(f"{report.hash} {whose.subscriber} {whose.newsletter}".encode()).hexdigest()
    return session.feedback.add(
        key,
        now,
        subscriber=whose.subscriber,
        newsletter=whose.newsletter,
        edition=whose.edition,
        kind=str(kind),
        status=status,
        how=str(report.what),
    )


def _compared(address: str) -> str:
    try:
        return roster.spelling(address).comparable
    except ValueError:
        return ""
