"""Retention: what is known of people is forgotten when its time is over, once a day, a page a commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.domain.model import Retention
from digest.domain.ports import Clock, Store
from digest.jobs import audit, readers, reading, rights
from digest.stages.growth import months_before

#: people of a page
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was forgotten."""

    people: int = 0
    replies: int = 0
    feedback: int = 0
    askings: int = 0


def forget(store: Store, clock: Clock, retention: Retention, suppression_key: Callable[[str], str]) -> Forgotten:
    """Forget what is kept longer than it should be. Stopped half-way, it goes on the next time."""
    now = clock()
    askings = readers.forget(store, clock)
    reading.forget(store, clock)
    if retention.audit_months:
        audit.forget(store, months_before(now, retention.audit_months))
    people = replies = feedback = 0
    if retention.left_months:
        before = months_before(now, retention.left_months)
        while True:
            with store.reading() as session:
                addresses = session.rights.ended(before, _PAGE)
            for address in addresses:
                rights.take_away(store, clock, address, suppression_key)
            people += len(addresses)
            if len(addresses) < _PAGE:
                break
    with store.writing() as session:
        if retention.replies_months:
            replies = session.rights.forget_replies(months_before(now, retention.replies_months))
        if retention.feedback_months:
            feedback = session.rights.forget_feedback(months_before(now, retention.feedback_months))
    if people:
        store.scrub()
    return Forgotten(people=people, replies=replies, feedback=feedback, askings=askings)
