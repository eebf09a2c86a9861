"""Sweep: what becomes of the claims of a process that has ended.

Its journal tells, if it is whole: a message without a record was certainly not begun, one with an answer has that
answer, and one that was begun and has none is in doubt. Where the journal is missing, too short, of another host or
from before the machine was started, nobody can tell what was begun, and everything that was claimed is in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from digest.domain.model import Accepted, DeliveryState, Edition, InDoubt, Letter, Outcome, Withheld
from digest.domain.ports import UNTOLD, Holder, Result, Told, Worker
from digest.stages import send

if TYPE_CHECKING:
    from digest.jobs.send import Dispatch

_STOPPED = "the program stopped after it had begun this message and before it knew the answer"
_SILENT = "what the program that had it wrote down is lost, so nobody can tell whether this message was begun"
_LATE = "the program that had it was silent for too long, and may have begun this message"


def others(dispatch: Dispatch, me: Worker, edition: Edition, until: datetime) -> tuple[int, int]:
    """Settle the claims of all processes that have ended, or whose claims ran out; return how many people are free
    again, and how many in doubt.
    """
    released = unknown = 0
    with dispatch.store.reading() as session:
        holders = session.deliveries.holders(edition.id)
    for holder in holders:
        if holder.worker.id == me.id:
            continue
        gone = dispatch.presence.gone(holder.worker)
        if gone or holder.lease < dispatch.clock():
            back, doubtful = _settled(dispatch, holder, edition, until, ended=gone)
            released += back
            unknown += doubtful
        if gone:
            dispatch.presence.forget(holder.worker.id)
    _tidy(dispatch)
    return released, unknown


def _tidy(dispatch: Dispatch) -> None:
    """Remove what processes left behind that were killed while they held nothing."""
    strays = dispatch.presence.strays()
    if strays:
        with dispatch.store.reading() as session:
            holding = session.deliveries.holding()
        for worker in set(strays) - holding:
            dispatch.presence.forget(worker)


def mine(dispatch: Dispatch, me: Worker, edition: Edition, until: datetime) -> None:
    """Settle one's own claims, when nothing is on the wire any more; the journal is needed no longer then."""
    with dispatch.store.reading() as session:
        held = [one for one in session.deliveries.holders(edition.id) if one.worker.id == me.id]
    for holder in held:
        _settled(dispatch, holder, edition, until, ended=True)
    dispatch.presence.forget(me.id)


def _settled(dispatch: Dispatch, holder: Holder, edition: Edition, until: datetime, *, ended: bool) -> tuple[int, int]:
    # a process that may still live goes on writing
    told = dispatch.presence.told(holder.worker) if ended else UNTOLD
    now = dispatch.clock()
    with dispatch.store.writing() as session:
        letters = session.deliveries.held(edition.id, holder.worker)
        outcomes = list(_outcomes(letters, told, holder.written, ended=ended))
        results = [send.result(letter, outcome, now, until) for letter, outcome in outcomes]
        session.deliveries.settle(results, holder.worker)
        session.usage.add(_taken(outcomes), now)
    return _count(results, DeliveryState.PENDING), _count(results, DeliveryState.UNKNOWN)


def _outcomes(letters: list[Letter], told: Told, written: int, *, ended: bool) -> Iterator[tuple[Letter, Outcome]]:
    # fewer records than the database knows of: some were lost
    whole = told.whole and told.written >= written
    for letter in letters:
        key = letter.claim, letter.subscriber.id
        if key in told.outcomes:
            yield letter, told.outcomes[key] or InDoubt(reason=_STOPPED)
        elif whole:
            yield letter, Withheld(reason="not begun", postponed=True)
        else:
            yield letter, InDoubt(reason=_SILENT if ended else _LATE)


def _taken(outcomes: list[tuple[Letter, Outcome]]) -> dict[str, int]:
    taken: dict[str, int] = {}
    for _, outcome in outcomes:
        if isinstance(outcome, Accepted) and outcome.server:
            taken[outcome.server] = taken.get(outcome.server, 0) + 1
    return taken


def _count(results: list[Result], state: DeliveryState) -> int:
    return sum(result.delivery.state == state for result in results)
