"""Refusals: whom a mail server does not know, at the very door, is kept off as one whose mail came back.

It is done when an edition is through: by then neither the brake nor a person has found that it was the server that was
wrong. The ledger says who was refused, so that what a killed process did not do is done by the next look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from digest.domain.model import DeliveryState, Edition, EditionState, FeedbackKind, SubscriptionState, SuppressionReason
from digest.domain.ports import Entry, Page, Session
from digest.jobs.feedback import Work, end
from digest.stages.send import REFUSED, enhanced

#: judges what a server said of an address (feedback/codes.py)
Judge = Callable[[str], FeedbackKind]
#: people of a page, and of a commit
_AT_ONCE = 250
_KIND, _HOW = FeedbackKind.HARD, "refused at the door"


def keep_off(work: Work, edition: Edition, judge: Judge) -> int:
    """Keep off whom servers do not know, of an edition that is through; return how many are new among them.

    Each counts once for an edition: whoever confirms anew later gets mail again. Where a server knows fewer than it
    refuses, nobody counts: then it is more likely wrong itself.
    """
    if edition.state != EditionState.SENT:
        return 0
    unknown = list(_unknown(work, edition, judge))
    with work.store.reading() as session:
        took = sum(one.count for one in session.deliveries.tally(edition.id) if one.state == DeliveryState.SENT)
    if len(unknown) > took:
        return 0
    counted = 0
    for start in range(0, len(unknown), _AT_ONCE):
        with work.store.writing() as session:
            counted += sum(_counts(work, session, edition, one) for one in unknown[start : start + _AT_ONCE])
    return counted


def _unknown(work: Work, edition: Edition, judge: Judge) -> Iterator[Entry]:
    after = ""
    while True:
        wanted = Page(now=work.clock(), limit=_AT_ONCE, after=after, states=(DeliveryState.FAILED,))
        with work.store.reading() as session:
            found = session.deliveries.entries(edition.id, wanted)
        # who was put off until there was no more time is not unknown
        yield from (one for one in found if one.reason == REFUSED and judge(one.reply) == _KIND)
        if len(found) < _AT_ONCE:
            return
        after = found[-1].subscriber


def _counts(work: Work, session: Session, edition: Edition, entry: Entry) -> bool:
    """Keep somebody off, and tell whether that is new."""
    now = work.clock()
    person = entry.subscriber
    key = hashlib.sha256(f"{_HOW} {edition.id} {person}".encode()).hexdigest()
    is_new = session.feedback.add(
        key,
        now,
        subscriber=person,
        newsletter=edition.newsletter,
        edition=edition.id,
        kind=str(_KIND),
        status=enhanced(entry.reply),
        how=_HOW,
    )
    if is_new:
        end(work, session, person, SubscriptionState.BOUNCED, SuppressionReason.HARD_BOUNCE, _HOW, now)
    return is_new
