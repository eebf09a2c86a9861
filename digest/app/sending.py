"""Sending: all that an edition needs to leave, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing
from digest.domain.model import DeliveryState, Edition, EditionState, Waves
from digest.domain.ports import Transport
from digest.jobs import planning
from digest.jobs import send as job
from digest.jobs.ledger import Standing
from digest.stages.send import counted
from digest.store.presence import FilePresence

if TYPE_CHECKING:
    from digest.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Outset:
    """How an edition stood when a sending of it began; what becomes of it from then on is a Standing."""

    #: how many it is for
    people: int
    sent: int = 0
    refused: int = 0
    doubtful: int = 0
    #: so many per cent get it before the rest; 0 for nobody, or only those whom digest.toml names
    canary_percent: float = 0


#: told after each message how a sending stands, thousands of times a second; the Standing goes on changing
Show = Callable[[Outset, Standing], None]


def unseen(outset: Outset, standing: Standing) -> None:
    """Show nothing (Show)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One of several that send an edition at the same time: it takes its fill, and is wanted again."""

    #: it plans, besides
    plans: bool
    #: people at most
    most: int
    #: tells whether to stop
    stop: Callable[[], bool]


#: seconds that a hand waits for what is due later, before it gives the edition back
_WAITS = 2.0


def send(app: App, edition_id: str, transport: Transport, who: str, show: Show) -> job.Sent:
    """Send an approved edition, or go on with one that was interrupted; of one that was cancelled, settle what is left.

    Raises Refused, ApprovalTakenBack, ServerTrouble.
    """
    return go(app, start(app, edition_id, who), transport, show)


def start(app: App, edition_id: str, who: str) -> Edition:
    """Let an edition begin to leave, or go on; what is on its way, or over, stays as it is.

    Raises Refused, ApprovalTakenBack.
    """
    found = app.current(edition_id).edition
    if found.state == EditionState.PAUSED:
        return job.resume(app.store, app.clock, found, who)
    if found.state in (EditionState.SENDING, EditionState.SENT, EditionState.CANCELLED):
        return found
    app.import_people(app.newsletter(found.newsletter))
    return planning.begin(app.store, app.clock, found, who)


def go(app: App, found: Edition, transport: Transport, show: Show, hand: Hand | None = None) -> job.Sent:
    """Send what is due of an edition that leaves. hand: where several do. Raises ServerTrouble."""
    newsletter = app.as_drafted(found).newsletter
    over = found.state in (EditionState.SENT, EditionState.CANCELLED)
    plans = not over and found.planned_at is None and (hand is None or hand.plans)
    presence = FilePresence(app.loaded.folder / config.PRIVATE / "workers")
    with signing.sending(app, app.composer(found.id)) as composer:
        people = planning.audience(composer.variants.values())
        dispatch = job.Dispatch(
            store=app.store,
            clock=app.clock,
            presence=presence,
            transport=transport,
            compose=composer.parcels,
            patience=timedelta(hours=newsletter.schedule.give_up_hours),
            stop=hand.stop if hand is not None else app.stopping.is_set,
            sleep=app.wait,
            waves=newsletter.waves,
            people=people,
            plan=partial(planning.plan, app.store, app.clock, newsletter, found) if plans else _nothing,
            most=hand.most if hand is not None else 0,
            waits=_WAITS if hand is not None else None,
            tried=partial(show, _outset(app, found.id, newsletter.waves, people)),
        )
        try:
            return job.run(dispatch, found)
        finally:
            presence.leave()


def _nothing(stop: Callable[[], bool]) -> None:
    """Plan nobody: everybody is."""


def _outset(app: App, edition_id: str, waves: Waves, people: int) -> Outset:
    with app.store.reading() as session:
        counts = counted(session.deliveries.tally(edition_id))
    planned = counts.total() - counts[DeliveryState.SKIPPED]
    return Outset(
        people=max(planned, people),
        sent=counts[DeliveryState.SENT],
        refused=counts[DeliveryState.FAILED],
        doubtful=counts[DeliveryState.UNKNOWN],
        canary_percent=waves.canary_percent if people >= waves.canary_from else 0,
    )
