"""Notices: mail to one person because of what they did, each sent at most once.

A notice is a row before it is a mail. It is claimed in a commit of its own before any network; what was claimed and has
no answer when the program starts again may have been mailed, and is not mailed again: whoever waits for it asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, DeliveryState, InDoubt, Notice, Outcome, Parcel, Rejected
from digest.domain.ports import Clock, Store, Transport

#: mails of one claim: as many may be in doubt after a crash
_AT_ONCE = 20
#: minutes until the next attempt, by how often it was tried
_WAIT_MINUTES = (5, 15, 30, 60, 120, 240)
#: a claim that is older belonged to a program that is gone
_ABANDONED = timedelta(minutes=15)

#: writes the message of a notice
Write = Callable[[Notice], Parcel]


def send(store: Store, clock: Clock, transport: Transport, write: Write, stop: Callable[[], bool]) -> int:
    """Send what is promised and due; return how many mails a server took.

    Raises ServerTrouble where the mail server does not serve; what was not mailed waits.
    """
    taken = 0
    while not stop():
        now = clock()
        with store.writing() as session:
            session.readers.doubt_notices(now - _ABANDONED, now)
            claimed = session.readers.claim_notices(now, _AT_ONCE)
        if not claimed:
            break
        taken += _deliver(store, clock, transport, write, claimed)
    return taken


def _deliver(store: Store, clock: Clock, transport: Transport, write: Write, claimed: Sequence[Notice]) -> int:
    by_id = {one.id: one for one in claimed}
    settled: set[str] = set()
    taken = 0
    parcels: list[Parcel] = []
    for one in claimed:
        try:
            parcels.append(write(one))
        except ValueError as fault:
            _settle(store, clock, one, Rejected(reply=str(fault)))
            settled.add(one.id)
    try:
        for parcel, outcome in transport.deliver(parcels, begin=lambda parcel: None):
            notice = by_id[parcel.letter.delivery.edition]
            _settle(store, clock, notice, outcome)
            settled.add(notice.id)
            taken += isinstance(outcome, Accepted)
    except ServerTrouble as trouble:
        # what has no outcome by then was certainly not taken
        for one in claimed:
            if one.id not in settled:
                _settle(store, clock, one, Deferred(reply=trouble.what, charged=False))
        raise
    return taken


def _settle(store: Store, clock: Clock, notice: Notice, outcome: Outcome) -> None:
    now = clock()
    with store.writing() as session:
        keep = session.readers.settle_notice
        if isinstance(outcome, Accepted):
            keep(notice.id, DeliveryState.SENT, now, outcome.reply)
        elif isinstance(outcome, Rejected):
            keep(notice.id, DeliveryState.FAILED, now, outcome.reply)
        elif isinstance(outcome, InDoubt):
            keep(notice.id, DeliveryState.UNKNOWN, now, outcome.reason)
        elif isinstance(outcome, Deferred) and outcome.charged and notice.attempts >= len(_WAIT_MINUTES):
            keep(notice.id, DeliveryState.FAILED, now, outcome.reply)
        else:
            said = outcome.reply if isinstance(outcome, Deferred) else outcome.reason
            wait = timedelta(minutes=_WAIT_MINUTES[min(notice.attempts, len(_WAIT_MINUTES) - 1)])
            keep(notice.id, DeliveryState.PENDING, now, said, now + wait)
