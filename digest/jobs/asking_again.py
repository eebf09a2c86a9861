"""Asking again: who agreed long ago is asked by mail whether they still want it.

Each is asked once in half a year at most. Who does not answer stays: what silence means, the organisation decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.model import Newsletter, Notice, NoticeKind, Subscriber
from digest.domain.ports import Clock, Progress, Session, Store
from digest.jobs.growth import old_before

#: nobody is asked twice within these
ASKED_WITHIN = timedelta(days=182)
#: people of a page, each page a commit
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking again comes to, or came to."""

    #: people whose consent is old
    old: int = 0
    #: of these, people who are asked now
    asked: int = 0
    #: people who were asked in the last half year
    before: int = 0
    #: people who are kept off or paused it
    away: int = 0


def ask_again(
    store: Store,
    clock: Clock,
    newsletter: Newsletter,
    new_id: Callable[[], str],
    *,
    do: bool,
    progress: Progress,
) -> Asked:
    """Promise a mail to everybody whose consent is old, a page a commit; or say what that would come to.

    Run again after it was stopped, it asks those who were not asked yet.
    """
    now = clock()
    before = old_before(newsletter, now)
    if before is None:
        return Asked()
    counts = {"old": 0, "asked": 0, "before": 0, "away": 0}
    after = ""
    while True:
        with store.writing() if do else store.reading() as session:
            page = session.growth.agreed(newsletter.id, before, after, _PAGE)
            for one in page:
                counts["old"] += 1
                fate = _fate(session, newsletter, one.subscriber, now)
                counts[fate] += 1
                if do and fate == "asked":
                    session.readers.add_notice(_notice(newsletter, one.subscriber, one.address, now, new_id))
        if not page:
            return Asked(**counts)
        after = page[-1].subscriber
        progress(counts["old"], counts["old"])


def _fate(session: Session, newsletter: Newsletter, subscriber: str, now: datetime) -> str:
    recipient = session.people.one(newsletter.id, subscriber)
    if recipient is None or recipient.suppressed:
        return "away"
    paused = recipient.subscription.paused_until
    if paused is not None and paused > now:
        return "away"
    last = session.readers.last_notice(subscriber, [NoticeKind.KEEP], newsletter.id)
    return "before" if last is not None and now - last < ASKED_WITHIN else "asked"


def _notice(newsletter: Newsletter, subscriber: str, address: str, now: datetime, new_id: Callable[[], str]) -> Notice:
    return Notice(
        id=new_id(),
        kind=NoticeKind.KEEP,
        newsletter=newsletter.id,
        subscriber=Subscriber(id=subscriber, address=address),
        made_at=now,
    )
