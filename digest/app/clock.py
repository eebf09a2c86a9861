"""The clock: APScheduler rings, the database says what is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from digest.app import App, handing_over, in_step, links, listening, rehearsing, returning, uploads, webhooks
from digest.app.turns import WayOut
from digest.domain import spoken
from digest.domain.errors import DigestError
from digest.domain.model import Edition, EditionState, Newsletter, Severity
from digest.jobs import due, retention
from digest.jobs import edition as editions
from digest.jobs import webhooks as hooked
from digest.stages import slots
from digest.stages.send import counted, summary

Say = Callable[[str], None]
#: webhooks are told this often; where there is nothing to tell a look costs some microseconds
TOLD_SECONDS = 5
#: what a changed list came to, in the words in which it is said
_TOLD = ("new", "changed", "kept off", "waiting")


def run(app: App, say: Say) -> None:
    """Ring now and whenever something may be due, until `app.stopping` is set.

    Each newsletter has a thread of its own: what one waits for holds up no other.
    """
    alarm = _Alarm(app, say)
    alarm.start()
    try:
        listening.listen(app.store, app.stopping, alarm.bell)
    finally:
        alarm.end()


class _Alarm:
    """Alarm clocks of a workspace: one a newsletter, one for what comes back, one for webhooks, one for all else.

    They may ring late or twice: what is done, the slots in the database decide.
    """

    def __init__(self, app: App, say: Say) -> None:
        self._app = app
        self._say = say
        self._clock = BackgroundScheduler(
            timezone=UTC,
            # what comes back is read while an edition leaves: complaints may stop it. No slow webhook holds that up
            executors={name: ThreadPoolExecutor(1) for name in ("default", "returns", "webhooks")},
            # one more may wait behind one that is ringing, and sees all that happened meanwhile
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        # ending waits for what runs, and holds what adding a job needs: nothing may be added from then on
        self._winding, self._ended = threading.Lock(), False
        #: newsletters that are rung for, and those that have a thread, also when they are gone
        self._followed: set[str] = set()
        self._threads: set[str] = set()

    def start(self) -> None:
        """Wind all of them."""
        told = (self._app, self._say)
        # an interval counts by itself: there is nothing to wind
        self._clock.add_job(webhooks.tell, "interval", told, seconds=TOLD_SECONDS, executor="webhooks")
        self._wind(self._wake, self._app.clock(), "wake")
        self._wind(self._look, self._app.clock(), "look", "returns")
        self._clock.start()

    def end(self) -> None:
        """Ring no more; what is on the wire is finished first."""
        with self._winding:
            self._ended = True
        self._clock.shutdown(wait=True)

    def bell(self) -> None:
        """Ring for every newsletter now."""
        self._wind(self._wake, self._app.clock(), "wake")
        for newsletter in tuple(self._followed):
            self._wind(partial(self._turn, newsletter), self._app.clock(), f"bell {newsletter}", _thread(newsletter))

    def _wind(self, work: Callable[[], None], at: datetime, name: str, thread: str = "default") -> None:
        with self._winding:
            if not self._ended:
                self._clock.add_job(work, "date", run_date=at, id=name, replace_existing=True, executor=thread)

    def _wake(self) -> None:
        try:
            self._app.reload(self._say)
            for newsletter in self._app.loaded.workspace.newsletters:
                self._follow(newsletter.id)
            forget(self._app, self._say)
        finally:
            # whatever went wrong, it is looked at again
            if not self._app.stopping.is_set():
                self._wind(self._wake, self._app.clock() + due.AGAIN, "wake")

    def _follow(self, newsletter: str) -> None:
        """Ring for a newsletter from now on, unless it is rung for."""
        with self._winding:
            if newsletter in self._followed or self._ended:
                return
            if newsletter not in self._threads:
                self._clock.add_executor(ThreadPoolExecutor(1), _thread(newsletter))
            self._threads.add(newsletter)
            self._followed.add(newsletter)
        self._wind(partial(self._turn, newsletter), self._app.clock(), newsletter, _thread(newsletter))

    def _turn(self, newsletter: str) -> None:
        """Do what is due for a newsletter, and wind its clock again; one that is gone is rung for no more."""
        again: datetime | None = self._app.clock() + due.AGAIN
        try:
            self._app.reload(self._say)
            # what somebody saves meanwhile is for the next turn
            mine = self._app.apart()
            found = next((one for one in mine.loaded.workspace.newsletters if one.id == newsletter), None)
            if found is None:
                self._followed.discard(newsletter)
                again = None
                return
            ring_one(mine, found, self._say)
            again = _next_look(mine, found)
        finally:
            # whatever went wrong, it is looked at again
            if again is not None and not self._app.stopping.is_set():
                self._wind(partial(self._turn, newsletter), again, newsletter, _thread(newsletter))

    def _look(self) -> None:
        try:
            look_at_returns(self._app, self._say)
        finally:
            wait = timedelta(minutes=self._app.loaded.workspace.returns.every_minutes)
            self._wind(self._look, self._app.clock() + wait, "look", "returns")


def forget(app: App, say: Say) -> None:
    """Forget what was kept long enough, once a day; files that were sent to the desk at every look."""
    uploads.forget(app.loaded.folder, app.clock())
    today = app.clock().date()
    if app.forgotten_on == today:
        return
    app.forgotten_on = today
    try:
        rehearsing.forget(app)
        hooked.forget(app.store, app.clock)
        done = retention.forget(app.store, app.clock, app.loaded.workspace.retention, app.suppression_key)
    except DigestError as fault:
        say(f"{fault.what} {fault.mend}".rstrip())
        return
    if done.people:
        people = "1 person" if done.people == 1 else f"{done.people:,} people"
        say(f"{people} who left long ago: forgotten.")


def look_at_returns(app: App, say: Say) -> list[Exception]:
    """Read the mailbox that mail comes back to, where there is one; return the troubles there were, each said."""
    if not returning.is_set(app):
        return []
    try:
        told = returning.sentence(returning.read(app))
    except (DigestError, OSError) as fault:
        said = (
            f"{fault.what} {fault.mend}" if isinstance(fault, DigestError) else f"it cannot be read ({fault.strerror})."
        )
        say(f"The mailbox of returned mail: {said}".rstrip())
        return [fault]
    except Exception as fault:
        # a fault of the program: the clock must outlive it
        say(f"The mailbox of returned mail: an unexpected fault, {type(fault).__name__}. It is tried again.")
        return [fault]
    if told:
        say(f"Mail came back: {told}.")
    return []


def ring(app: App, say: Say) -> list[Exception]:
    """Do all that is due now, for every newsletter; one newsletter's trouble stops no other.

    Returns the troubles there were; each has been said.
    """
    return [trouble for newsletter in app.loaded.workspace.newsletters for trouble in ring_one(app, newsletter, say)]


def ring_one(app: App, newsletter: Newsletter, say: Say) -> list[Exception]:
    """Do all that is due now for one newsletter; return the trouble there was, which has been said."""
    troubles: list[Exception] = []
    try:
        _ring(app, newsletter, say)
    except DigestError as fault:
        say(f"{newsletter.id}: {fault.what} {fault.mend}".rstrip())
        troubles.append(fault)
    except Exception as fault:
        # a fault of the program: the clock must outlive it, or next week goes missing, too
        say(f"{newsletter.id}: an unexpected fault, {type(fault).__name__}: {fault}. It is tried again.")
        troubles.append(fault)
    # whatever went wrong, staff are told of it, and of all else
    _tell(app, newsletter, say)
    return troubles


def _thread(newsletter: str) -> str:
    """Return the name of the thread that a newsletter has to itself."""
    return f"newsletter {newsletter}"


def _next_look(app: App, newsletter: Newsletter) -> datetime:
    now = app.clock()
    return due.next_look(newsletter, now, due.ahead(app.store, newsletter, now))


def _ring(app: App, newsletter: Newsletter, say: Say) -> None:
    if app.is_shared:
        # it rings where the files are those that count
        in_step.lead(app)
    with app.store.writing() as session:
        since = session.editions.running_since(newsletter.id, app.clock())
    press = app.press(newsletter)
    for missed in due.record_missed(app.store, app.clock, newsletter, since, press.revision, press.files):
        say(f"{missed.id}: missed. {missed.note}".rstrip())
    waiting = due.due(app.store, app.clock, newsletter, since)
    for one in waiting:
        # what is due to leave waits for no source
        if one.edition is not None and one.do == due.Do.HOLD:
            _hold(app, newsletter, one.edition, say)
        elif one.edition is not None and one.do == due.Do.CHECK:
            _check(app, one.edition, say, before_slot=True)
        elif one.edition is not None:
            _send(app, one.edition, say)
    _people(app, newsletter, say)
    drafts = [one.slot for one in waiting if one.edition is None]
    # a draft is made of what all sources say then; between drafts each is asked at its time
    asked = app.sources_due(newsletter, drafting=bool(drafts))
    if app.is_shared:
        handing_over.wanted(app, newsletter, asked, drafts, say)
        return
    if asked:
        collect(app, newsletter, asked, say)
    for slot in drafts:
        # half of the news makes no draft
        if not app.stopping.is_set():
            app.import_people(newsletter)
            draft(app, newsletter, slot, say)


def collect(app: App, newsletter: Newsletter, only: list[str], say: Say) -> None:
    """Ask sources of a newsletter, by their ids, and say what is doubtful."""
    for result in app.collect(newsletter, only=only):
        for finding in result.findings:
            if finding.severity != Severity.NOTE:
                say(f"{finding.where}: {finding.what}")


def _people(app: App, newsletter: Newsletter, say: Say) -> None:
    """Take in the newsletter's file where it may have changed; nobody's address is said."""
    mark = app.list_mark(newsletter)
    if mark is None or mark == app.lists.get(newsletter.id):
        return
    done = app.import_people(newsletter)
    app.lists[newsletter.id] = mark
    told = [f"{count:,} {word}" for word, count in done.counts.items() if count and word in _TOLD]
    if told:
        say(f"{newsletter.subscribers}: {', '.join(told)}")
    for finding in done.findings:
        if finding.code in ("subscribers.vanished", "subscribers.file"):
            say(f"{finding.where}: {finding.what}")
    if done.refused:
        first = next(one.where for one in done.findings if one.code == "subscribers.row")
        rows = "1 row" if done.refused == 1 else f"{done.refused:,} rows"
        say(f"{first}: {rows} from here on cannot be read; `digest subscribers import --dry-run` says why.")


def draft(app: App, newsletter: Newsletter, slot: datetime, say: Say) -> None:
    """Make the draft of a slot of what is known by now, and check its links."""
    drafted = app.draft(newsletter, slot, record=True)
    if drafted.created and drafted.edition is not None:
        words = drafted.note or "drafted; it waits for approval"
        say(f"{drafted.edition.id}: {words}")
        if drafted.edition.state == EditionState.DRAFT:
            _check(app, drafted.edition, say)


def _check(app: App, edition: Edition, say: Say, *, before_slot: bool = False) -> None:
    """Check an edition's links; whatever comes of it stops nothing."""
    try:
        broken = len(links.check(app, edition.id, before_slot=before_slot).broken)
    except Exception as fault:
        why = fault.what if isinstance(fault, DigestError) else f"an unexpected fault, {type(fault).__name__}."
        say(f"{edition.id}: its links were not checked: {why}")
        return
    if broken:
        many = "1 link leads" if broken == 1 else f"{broken} links lead"
        say(f"{edition.id}: {many} nowhere; `digest links {edition.id}` shows where")


def _tell(app: App, newsletter: Newsletter, say: Say) -> None:
    """Mail staff what there is to tell; a mail that cannot be sent stops nothing."""
    # what only mail needs is loaded where somebody is to get some
    if not app.loaded.workspace.desk.tell:
        return
    from digest.app import telling

    try:
        mailed = telling.tell(app, newsletter)
    except Exception as fault:
        why = fault.what if isinstance(fault, DigestError) else f"an unexpected fault, {type(fault).__name__}."
        say(f"{newsletter.id}: staff could not be told by mail: {why} It is tried again.")
        return
    for reply in mailed.refused:
        say(f"{newsletter.id}: a mail to staff was refused: {reply}")


def _hold(app: App, newsletter: Newsletter, edition: Edition, say: Say) -> None:
    # while there still is time, it is said that the bytes changed
    app.current(edition.id)
    if editions.hold(app.store, app.clock, edition):
        leaves = slots.leaves_at(newsletter.schedule, edition.slot)
        how = spoken.at_time if leaves == edition.slot else spoken.when
        at = how(leaves, newsletter.schedule.timezone)
        say(f"{edition.id}: leaves at {at}; until then `digest take-back {edition.id} --as NAME` stops it")


def _send(app: App, edition: Edition, say: Say) -> None:
    if app.is_shared:
        handing_over.sent(app, edition, say)
        return
    way_out = WayOut(app.transport)
    sent = app.send(edition.id, way_out, "the clock")
    while sent.gave_way:
        # another newsletter had its turn, and it goes on
        sent = app.send(edition.id, way_out, "the clock")
    counts = summary(counted(sent.tallies))
    if sent.edition.state == EditionState.SENT:
        say(f"{edition.id}: sent. {counts}")
    elif sent.waiting and sent.why and sent.next_at is not None:
        at = spoken.when(sent.next_at, app.newsletter(edition.newsletter).schedule.timezone)
        say(f"{edition.id}: {sent.waiting:,} wait until {at}. {sent.why}")
    elif sent.edition.state == EditionState.PAUSED:
        say(
            f"{edition.id}: paused. {sent.edition.note.rstrip('.')}: {counts}. `digest send {edition.id}` lets it go on"
        )
