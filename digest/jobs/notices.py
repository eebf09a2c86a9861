"""Notices: mail to one person because of what they did, each sent at most once.

A notice is a row before it is a mail. It is claimed in a commit of its own before any network; what was claimed and has
no answer a while later may have been mailed, and is not mailed again: whoever waits for it asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Claimed, Deferred, DeliveryState, InDoubt, Notice, Outcome, Parcel, Rejected
from digest.domain.ports import Clock, Store, Transport
from digest.stages.notices import moot

#: mails of one claim: as many may be in doubt after a crash
_AT_ONCE = 20
#: minutes until the next attempt, by how often it was tried
_WAIT_MINUTES = (5, 15, 30, 60, 120, 240)
#: until the next attempt where the last was no fault of the notice's
_WAIT_FOR_SERVER = timedelta(minutes=1)
#: a claim that is older belonged to a program that is gone
_ABANDONED = timedelta(minutes=15)

#: writes the message of a notice
Write = Callable[[Notice], Parcel]


def is_due(store: Store, clock: Clock) -> bool:
    """Tell whether there is anything for `send` to do."""
    now = clock()
    with store.reading() as session:
        return session.readers.is_due(now, now - _ABANDONED)


def send(store: Store, clock: Clock, transport: Transport, write: Write, stop: Callable[[], bool]) -> int:
    """Send what is promised and due; return how many mails a server took.

    write: raises ValueError for a notice that no message can be made of. Raises ServerTrouble where the mail server
    does not serve, and whatever else `write` does; what was not mailed waits.
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


def _deliver(store: Store, clock: Clock, transport: Transport, write: Write, claimed: Sequence[Claimed]) -> int:
    waiting = {one.notice.id: one.notice for one in claimed}
    taken = 0
    try:
        parcels = _written(store, clock, write, claimed, waiting)
        # a transport is a line to a server: without a message there is no need of one
        for parcel, outcome in transport.deliver(parcels, begin=lambda parcel: None) if parcels else ():
            _settle(store, clock, waiting.pop(parcel.letter.delivery.edition), outcome)
            taken += isinstance(outcome, Accepted)
    except ServerTrouble as trouble:
        # what has no outcome by then was certainly not taken
        _all_wait(store, clock, waiting, trouble.what)
        raise
    return taken


def _written(
    store: Store, clock: Clock, write: Write, claimed: Sequence[Claimed], waiting: dict[str, Notice]
) -> list[Parcel]:
    """Write the messages; what needs or has none is settled, and waits no more."""
    parcels = []
    try:
        for one in claimed:
            notice = one.notice
            needless = moot(notice.kind, one.state, one.kept_off)
            if needless:
                del waiting[notice.id]
                with store.writing() as session:
                    session.readers.settle_notice(notice.id, DeliveryState.SKIPPED, clock(), needless)
                continue
            try:
                parcels.append(write(notice))
            except ValueError as fault:
                del waiting[notice.id]
                _settle(store, clock, notice, Rejected(reply=str(fault)))
    except Exception as fault:
        # nothing of these was near a server yet
        _all_wait(store, clock, waiting, f"could not be written: {type(fault).__name__}")
        raise
    return parcels


def _all_wait(store: Store, clock: Clock, waiting: dict[str, Notice], why: str) -> None:
    for one in waiting.values():
        _settle(store, clock, one, Deferred(reply=why, charged=False))


def _settle(store: Store, clock: Clock, notice: Notice, outcome: Outcome) -> None:
    now = clock()
    with store.writing() as session:
        keep, put_off = session.readers.settle_notice, session.readers.put_off
        if isinstance(outcome, Accepted):
            keep(notice.id, DeliveryState.SENT, now, outcome.reply)
        elif isinstance(outcome, Rejected):
            keep(notice.id, DeliveryState.FAILED, now, outcome.reply)
        elif isinstance(outcome, InDoubt):
            keep(notice.id, DeliveryState.UNKNOWN, now, outcome.reason)
        elif isinstance(outcome, Deferred) and outcome.charged:
            if notice.attempts >= len(_WAIT_MINUTES):
                keep(notice.id, DeliveryState.FAILED, now, outcome.reply)
            else:
                wait = timedelta(minutes=_WAIT_MINUTES[notice.attempts])
                put_off(notice.id, now + wait, outcome.reply, charged=True)
        else:
            said = outcome.reply if isinstance(outcome, Deferred) else outcome.reason
            put_off(notice.id, now + _WAIT_FOR_SERVER, said, charged=False)
