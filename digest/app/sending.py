"""Sending: all that an edition needs to leave, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing
from digest.domain.model import DeliveryState, EditionState, Waves
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


def send(app: App, edition_id: str, transport: Transport, who: str, show: Show) -> job.Sent:
    """Send an approved edition, or go on with one that was interrupted; of one that was cancelled, settle what is left.

    Raises Refused, ApprovalTakenBack, ServerTrouble.
    """
    found = app.current(edition_id).edition
    if found.state == EditionState.PAUSED:
        found = job.resume(app.store, app.clock, found, who)
    newsletter = app.as_drafted(found).newsletter
    over = found.state in (EditionState.SENT, EditionState.CANCELLED)
    planned = over or (found.state == EditionState.SENDING and found.planned_at is not None)
    if not planned:
        app.import_people(app.newsletter(found.newsletter))
        found = planning.begin(app.store, app.clock, found, who)
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
            stop=app.stopping.is_set,
            sleep=app.wait,
            waves=newsletter.waves,
            people=people,
            plan=partial(planning.plan, app.store, app.clock, newsletter, found) if not planned else _nothing,
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
