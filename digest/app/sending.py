"""Sending: all that an edition needs to leave, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing
from digest.domain.model import EditionState
from digest.domain.ports import Progress, Transport
from digest.jobs import planning
from digest.jobs import send as job
from digest.jobs.ledger import Standing
from digest.store.presence import FilePresence

if TYPE_CHECKING:
    from digest.app import App


def send(app: App, edition_id: str, transport: Transport, who: str, progress: Progress) -> job.Sent:
    """Send an approved edition, or go on with one that was interrupted.

    Raises Refused, ApprovalTakenBack, ServerTrouble.
    """
    found = app.current(edition_id).edition
    if found.state == EditionState.PAUSED:
        found = job.resume(app.store, app.clock, found, who)
    newsletter = app.as_drafted(found).newsletter
    planned = found.state == EditionState.SENT or (found.state == EditionState.SENDING and found.planned_at is not None)
    if not planned:
        app.import_people(app.newsletter(found.newsletter))
        found = planning.begin(app.store, app.clock, found, who)
    presence = FilePresence(app.loaded.folder / config.PRIVATE / "workers")
    with signing.sending(app, app.composer(found.id)) as composer:
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
            people=sum(variant.people for variant in composer.variants.values()),
            plan=partial(planning.plan, app.store, app.clock, newsletter, found) if not planned else _nothing,
            tried=_overall(app, found.id, progress),
        )
        try:
            return job.run(dispatch, found)
        finally:
            presence.leave()


def _nothing(stop: Callable[[], bool]) -> None:
    """Plan nobody: everybody is."""


def _overall(app: App, edition_id: str, progress: Progress) -> Callable[[Standing], None]:
    with app.store.reading() as session:
        tallies = session.deliveries.tally(edition_id)
        variants = session.editions.variants(edition_id)
    planned = sum(tally.count for tally in tallies if tally.state != "skipped")
    every = max(planned, sum(variant.people for variant in variants))
    done = sum(tally.count for tally in tallies if tally.state in ("sent", "failed", "unknown"))

    def step(standing: Standing) -> None:
        ended = done + standing.sent + standing.refused + standing.doubtful
        progress(min(every, ended), every)

    return step
