"""Sending: all that an edition needs to leave, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing
from digest.domain.model import EditionState
from digest.domain.ports import Progress, Transport
from digest.jobs import send as job
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
    if found.state != EditionState.SENT and (found.state != EditionState.SENDING or found.planned_at is None):
        app.import_people(app.newsletter(found.newsletter))
        found = job.plan(app.store, app.clock, newsletter, found, who)
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
            tried=_overall(app, found.id, progress),
        )
        try:
            return job.run(dispatch, found)
        finally:
            presence.leave()


def _overall(app: App, edition_id: str, progress: Progress) -> Callable[[], None]:
    with app.store.reading() as session:
        tallies = session.deliveries.tally(edition_id)
    every = sum(tally.count for tally in tallies if tally.state != "skipped")
    done = sum(tally.count for tally in tallies if tally.state in ("sent", "failed", "unknown"))

    def step() -> None:
        nonlocal done
        done += 1
        progress(min(every, done), every)

    return step
