"""Sending: all that an edition needs to leave, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing
from digest.domain import spoken
from digest.domain.errors import Refused
from digest.domain.model import DeliveryState, Edition, EditionState, Schedule, Waves
from digest.domain.ports import Transport
from digest.jobs import planning
from digest.jobs import send as job
from digest.jobs.ledger import Standing
from digest.stages import slots
from digest.stages.send import counted
from digest.store.presence import FilePresence

if TYPE_CHECKING:
    from digest.app import App
    from digest.app.turns import Turn


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


#: states in which nothing more leaves
_OVER = (EditionState.SENT, EditionState.CANCELLED)
#: seconds that a hand waits for what is due later, before it gives the edition back
_WAITS = 2.0


def send(app: App, edition_id: str, transport: Transport, who: str, show: Show) -> job.Sent:
    """Send an approved edition, or go on with one that was interrupted; of one that was cancelled, settle what is left.

    Raises Refused, also outside of the hours in which mail may leave; ApprovalTakenBack, ServerTrouble.
    """
    return go(app, start(app, edition_id, who), transport, show)


def start(app: App, edition_id: str, who: str) -> Edition:
    """Let an edition begin to leave, or go on; what is on its way, or over, stays as it is.

    Raises Refused, also outside of the hours in which mail may leave; ApprovalTakenBack.
    """
    found = app.current(edition_id).edition
    if found.state == EditionState.PAUSED:
        found = job.resume(app.store, app.clock, found, who)
    if found.state in _OVER:
        return found
    _in_its_window(app, found)
    if found.state == EditionState.SENDING:
        return found
    app.import_people(app.newsletter(found.newsletter))
    return planning.begin(app.store, app.clock, found, who)


def go(app: App, found: Edition, transport: Transport, show: Show, hand: Hand | None = None) -> job.Sent:
    """Send what is due of an edition that leaves. hand: where several do. Raises ServerTrouble."""
    newsletter = app.as_drafted(found).newsletter
    over = found.state in _OVER
    plans = not over and found.planned_at is None and (hand is None or hand.plans)
    presence = FilePresence(app.loaded.folder / config.PRIVATE / "workers")
    with (
        app.turns.turn(app.stopping.is_set) as turn,
        signing.sending(app, app.composer(found.id)) as composer,
    ):
        schedule = app.newsletter(found.newsletter).schedule
        until = _Until(app, schedule, turn, hand.stop if hand is not None else app.stopping.is_set)
        people = planning.audience(composer.variants.values())
        dispatch = job.Dispatch(
            store=app.store,
            clock=app.clock,
            presence=presence,
            transport=transport,
            compose=composer.parcels,
            patience=timedelta(hours=newsletter.schedule.give_up_hours),
            stop=until,
            # whoever waits for the canary lets others mail
            sleep=turn.aside(app.wait),
            waves=newsletter.waves,
            people=people,
            plan=partial(planning.plan, app.store, app.clock, newsletter, found) if plans else _nothing,
            most=hand.most if hand is not None else 0,
            waits=_WAITS if hand is not None else None,
            tried=partial(show, _outset(app, found.id, newsletter.waves, people)),
        )
        try:
            return until.told(job.run(dispatch, found))
        finally:
            presence.leave()


class _Until:
    """Tells whether a sending is to stop before its next message: it is asked for each, so it looks at little."""

    def __init__(self, app: App, schedule: Schedule, turn: Turn, stop: Callable[[], bool]) -> None:
        """stop: tells whether whoever sends is to stop, whatever the hour."""
        self._app = app
        self._stop = stop
        self._schedule = schedule
        self._turn = turn
        self._closes = slots.closes(schedule, app.clock())
        self._gave_way = False

    def __call__(self) -> bool:
        """Tell it."""
        self._gave_way = self._gave_way or self._turn.is_over()
        return self._stop() or self._gave_way or self._is_closed()

    def told(self, sent: job.Sent) -> job.Sent:
        """Return what a sending came to, with why it stopped."""
        if not sent.waiting or sent.edition.state != EditionState.SENDING or self._stop():
            return sent
        if self._is_closed():
            opens = slots.opens(self._schedule, self._app.clock())
            return replace(sent, next_at=opens, why="Its hours for mail are over for now.")
        return replace(sent, gave_way=self._gave_way)

    def _is_closed(self) -> bool:
        return self._closes is not None and self._app.clock() >= self._closes


def opens(app: App, found: Edition) -> datetime | None:
    """Return from when on mail of an edition may leave, now or later; None where it never may."""
    if found.state in _OVER:
        return app.clock()
    return slots.opens(app.newsletter(found.newsletter).schedule, app.clock())


def _in_its_window(app: App, found: Edition) -> None:
    may = opens(app, found)
    if may is not None and may <= app.clock():
        return
    schedule = app.newsletter(found.newsletter).schedule
    at = spoken.when(may, schedule.timezone) if may else "it is changed"
    raise Refused(
        f"{found.id} waits for its hours for mail until {at}.",
        f"{slots.window_sentence(schedule)} `digest run` goes on by itself then.",
    )


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
