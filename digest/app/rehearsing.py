"""Rehearsing: the whole send of an edition into a mail server of the program's own, here or beside a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest import config
from digest.app import signing, sink
from digest.domain.errors import DigestError, Refused
from digest.domain.model import Edition, Newsletter, Rehearsal, Server
from digest.domain.ports import Progress
from digest.domain.states import OPEN
from digest.jobs import edition as editions
from digest.jobs import people, rehearsing
from digest.jobs.planning import audience
from digest.stages import quota, rehearsed, waves
from digest.store.rehearsals import Rehearsals
from digest.transports.smtp import Account, Smtp

if TYPE_CHECKING:
    from digest.app import App

#: seconds to wait for an answer of a server on this machine
_PATIENCE = 60
#: days that are looked ahead for servers that take so many a day
_MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The last rehearsal of an edition, and what is to be said of it now."""

    rehearsal: Rehearsal
    sentences: tuple[rehearsed.Sentence, ...]
    #: the edition still has the bytes that were rehearsed
    current: bool
    #: nothing in it must be mended
    sound: bool


def rehearse(app: App, edition_id: str, who: str, progress: Progress, stop: Callable[[], bool]) -> Kept | None:
    """Rehearse the whole send of an edition that has not begun to leave, and keep what it came to; nobody gets
    anything, and nothing of it is in the database. None where `stop` stopped it: what was kept before stays.

    Raises NotFound, Refused where it cannot be rehearsed or another rehearsal is on its way, StoreError, ServerTrouble.
    """
    forget(app)
    edition, variants = rehearsing.checked(app.store, app.press_of(edition_id), edition_id)
    newsletter = app.as_drafted(edition).newsletter
    kept = _kept(app)
    with (
        kept.alone(edition_id) as room,
        signing.sending(app, app.composer(edition_id)) as composer,
        sink.counting(room) as server,
    ):
        work = rehearsing.Rehearsing(
            store=app.store,
            clock=app.clock,
            newsletter=newsletter,
            compose=composer.parcels,
            transport=_way_in(app, server.port),
            keep=server.keep,
            received=server.end,
            signed=signing.signs(app, newsletter),
            list_changed=_is_list_changed(app, edition),
            progress=progress,
            stop=stop,
        )
        done = rehearsing.rehearse(work, edition, variants, who)
        if done is not None:
            kept.keep(room, done)
    return last(app, edition_id) if done is not None else None


def last(app: App, edition_id: str) -> Kept | None:
    """Return the last rehearsal of an edition; None where there is none, or it has begun to leave.

    Raises NotFound where there is no such edition.
    """
    edition = editions.find(app.store, edition_id)
    found = _kept(app).last(edition_id) if edition.state in OPEN else None
    if found is None:
        return None
    with app.store.reading() as session:
        now = {one.slug: one.sha256 for one in session.editions.variants(edition_id)}
    limits = _limits(app, app.newsletter_of(edition), edition, found.taken)
    return Kept(
        rehearsal=found,
        sentences=tuple(rehearsed.sentences(found, limits)),
        current=now == found.variants,
        sound=rehearsed.is_sound(found, limits),
    )


def message(app: App, edition_id: str, number: int) -> bytes:
    """Return a message of the last rehearsal of an edition; raises NotFound where it is not kept any more."""
    return _kept(app).message(edition_id, number)


def folder(app: App, edition_id: str) -> Path:
    """Return where the messages of the last rehearsal of an edition lie."""
    return _kept(app).folder / edition_id


def forget(app: App) -> None:
    """Remove the rehearsals of editions that have begun to leave, or never will: their messages are of real people."""
    with app.store.reading() as session:
        waiting = {one.id for one in session.editions.every() if one.state in OPEN}
    _kept(app).forget(waiting)


def forget_all(app: App) -> None:
    """Remove every rehearsal: somebody is erased, and one that is made again knows nothing of them."""
    _kept(app).forget(())


def _kept(app: App) -> Rehearsals:
    return Rehearsals(config.private(app.loaded.folder) / "rehearsals")


def _way_in(app: App, port: int) -> Smtp:
    """Return a transport that reaches a server on this machine and no other, whatever digest.toml names: with as many
    lines as to the real one, and no limit.
    """
    real = app.loaded.workspace.server
    here = Server(
        url=f"smtp://127.0.0.1:{port}",
        tls="none",
        timeout=_PATIENCE,
        connections=real.connections,
        messages_a_connection=real.messages_a_connection,
    )
    return Smtp([Account(server=here)], clock=app.clock)


def _is_list_changed(app: App, edition: Edition) -> bool:
    try:
        return people.is_another(app.importing(app.newsletter_of(edition)))
    except DigestError:
        # there is no file: people come by other ways
        return False


def _limits(app: App, newsletter: Newsletter, edition: Edition, count: int) -> rehearsed.Limits:
    workspace = app.loaded.workspace
    servers = (workspace.server, *workspace.servers)
    minutes = [one.messages_a_minute for one in servers]
    plan = newsletter.waves
    return rehearsed.Limits(
        a_minute=sum(minutes) if all(minutes) else 0,
        days=_days(servers, max(edition.slot, app.clock()), count),
        canary_percent=plan.canary_percent if count >= plan.canary_from else 0,
        wait_minutes=plan.wait_minutes if waves.are_many(plan, count) else 0,
        providers=bool(workspace.domains),
    )


def _days(servers: tuple[Server, ...], first: datetime, count: int) -> int:
    """Return how many days servers need for so many messages, by what each takes in one."""
    for day in range(_MOST_DAYS):
        most = [quota.messages_on(one, (first + timedelta(days=day)).date()) for one in servers]
        count -= sum(most)
        if count <= 0 or not all(most):
            return day + 1
    return _MOST_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A rehearsal that goes on beside the pages, or how the last one of them ended."""

    edition: str
    who: str
    at: datetime
    answered: int = 0
    people: int = 0
    #: messages a second; 0 until that can be told
    rate: float = 0.0
    #: why it ended without a report; none where it goes on, or has one
    trouble: DigestError | None = None
    over: bool = False

    @property
    def seconds_left(self) -> float | None:
        """About how long it will go on; None until that can be told."""
        return (self.people - self.answered) / self.rate if self.rate and not self.over else None


class Beside:
    """Rehearses beside the pages of the desk: one at a time, until it ends, or somebody or the program stops it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._now: Running | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._begun = 0.0

    def start(self, edition_id: str, who: str) -> None:
        """Begin a rehearsal.

        Raises NotFound, and Refused where the edition cannot be rehearsed or another rehearsal is on its way.
        """
        app = self._app
        _, variants = rehearsing.checked(app.store, app.press_of(edition_id), edition_id)
        with self._lock:
            if self._now is not None and not self._now.over:
                raise _another(self._now, edition_id)
            self._stopped.clear()
            self._begun = time.monotonic()
            people_now = audience(variants.values())
            self._now = Running(edition=edition_id, who=who, at=app.clock(), people=people_now)
            # no daemon: the program waits for it, and `_stop` sees that the program ends
            self._thread = threading.Thread(target=self._run, args=(edition_id, who), name="rehearsal")
            self._thread.start()

    def stop(self, edition_id: str) -> None:
        """Stop the rehearsal of an edition, and wait until it has ended; nothing where none is on its way."""
        running = self.of(edition_id)
        if running is not None and not running.over:
            self._stopped.set()
            self.wait()

    def of(self, edition_id: str) -> Running | None:
        """Return the rehearsal of an edition that goes on, or ended last."""
        running = self._now
        return running if running is not None and running.edition == edition_id else None

    def version(self) -> str:
        """Return what is another whenever there is something new to show."""
        running = self._now
        return "" if running is None else f"{running.edition} {running.at} {running.answered} {running.over}"

    def wait(self) -> None:
        """Wait until the one that goes on has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self, edition_id: str, who: str) -> None:
        trouble: DigestError | None = None
        try:
            if rehearse(self._app, edition_id, who, self._progress, self._stop) is None:
                trouble = Refused("The rehearsal was stopped.", "Nobody got anything. Rehearse it again when you like.")
        except DigestError as fault:
            trouble = fault
        except Exception as fault:
            trouble = DigestError(f"The rehearsal ended by an unexpected fault: {type(fault).__name__}.", "Try again.")
        finally:
            assert self._now is not None
            self._now = replace(self._now, trouble=trouble, over=True)

    def _stop(self) -> bool:
        # the main thread has ended where the program ends without saying so
        ended = not threading.main_thread().is_alive()
        return self._stopped.is_set() or self._app.stopping.is_set() or ended

    def _progress(self, answered: int, of: int) -> None:
        assert self._now is not None
        rate = rehearsed.rate(answered, time.monotonic() - self._begun)
        self._now = replace(self._now, answered=answered, people=of, rate=rate)


def _another(running: Running, wanted: str) -> Refused:
    whose = "It is rehearsed already" if running.edition == wanted else f"{running.edition} is being rehearsed"
    return Refused(f"{whose}, since {running.who} wanted it.", "Wait until it ends, or stop it on its page.")
