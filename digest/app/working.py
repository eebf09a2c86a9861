"""Working: a process that takes tasks from the queue, beside others on this machine and elsewhere."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from digest.app import clock as timing
from digest.app import in_step, sending, sharing, workers
from digest.app.way_out import way_out
from digest.domain.errors import DigestError, Refused
from digest.domain.model import Edition, EditionState
from digest.domain.ports import Attendance, Task, Work
from digest.jobs import edition as editions
from digest.jobs import wanting
from digest.stages.send import counted, summary

if TYPE_CHECKING:
    from digest.app import App
    from digest.jobs.send import Sent

Say = Callable[[str], None]
#: what is done just now is written down so often
SEEN_SECONDS = 5.0
#: after a day nobody needs to know who worked
FORGOTTEN = timedelta(days=1)
#: the soonest that an edition is looked at again by a hand that found nothing to do
AGAIN = timedelta(seconds=5)
#: the same, while an edition is planned
PLANNING = timedelta(seconds=1)
#: seconds in which it ends when it is told to
END_SECONDS = 16.0
#: what a task is, in words
_WORDS = {Work.COLLECT: "Asking the sources of {of}", Work.DRAFT: "Drafting {of}", Work.SEND: "Sending {of}"}


def may_work(app: App) -> None:
    """Raise Refused where the database is a file of this machine, and where this machine has another secret."""
    if not app.is_shared:
        raise Refused(
            "The database of this workspace is a file of this machine, and there is no queue in it.",
            "`digest run` does everything. For several machines, set “database” in digest.toml (docs/workers.md).",
        )
    # it says where another one is used
    in_step.mark(app)


def work(app: App, name: str, say: Say) -> None:
    """Take tasks until `app.stopping` is set; the one in hand is ended first, in so many seconds at most."""
    # Procrastinate is loaded by who waits for it
    from digest.queue.waiting import Waiting, wait

    worker = Worker(app, name, say)
    threading.Thread(target=_end_at_last, args=(app.stopping, say), name="ending", daemon=True).start()
    with worker:
        wait(
            Waiting(
                line=app.store.line,
                do=worker.do,
                stop=app.stopping.is_set,
                may=lambda: not worker.refuses,
                lost=worker.lost,
            )
        )


def _end_at_last(stopping: threading.Event, say: Say) -> None:
    """End the process where it does not end by itself.

    A mail server that says nothing may keep it for minutes. The journal has what was begun, for whoever comes next.
    """
    stopping.wait()
    time.sleep(END_SECONDS)
    say("A mail server has not answered in time. What it has in hand is settled by whoever comes next.")
    # threads that wait for it must not hold up the end
    os._exit(0)


class Worker:
    """One process, for the length of a `with` block: it is written down what it does, and whether it may."""

    def __init__(self, app: App, name: str, say: Say) -> None:
        self._app = app
        self._say = say
        self._share_is_lost = False
        self._is_lost = False
        self._ending = threading.Event()
        self._one = Attendance(
            id=app.new_id(),
            name=name or socket.gethostname(),
            host=in_step.place(app),
            pid=os.getpid(),
            version=version("digest"),
            revision=app.loaded.revision,
            since=app.clock(),
            seen=app.clock(),
        )
        self._thread = threading.Thread(target=self._attend, name="attendance", daemon=True)

    @property
    def refuses(self) -> str:
        """Why it takes no task; empty where it does."""
        return self._one.refuses

    def __enter__(self) -> Worker:
        """Begin to be seen."""
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Be seen no more."""
        self._ending.set()
        self._thread.join()
        with self._app.store.writing() as session:
            session.attending.leave(self._one.id)

    def lost(self, is_lost: bool) -> None:
        """Say that the line to the database is lost, or there again."""
        if is_lost != self._is_lost:
            self._say("The database is not there. It is waited for." if is_lost else "The database is there again.")
        self._is_lost = is_lost

    def do(self, task: Task) -> None:
        """Do a task; whatever is wrong is said, and what is left of it is found by the clock."""
        self._doing(_WORDS[task.work].format(of=task.of))
        try:
            {Work.COLLECT: self._collect, Work.DRAFT: self._draft, Work.SEND: self._send}[task.work](task)
        except DigestError as fault:
            self._say(f"{task.of}: {fault.what} {fault.mend}".rstrip())
        except Exception as fault:
            # a fault of the program: the worker must outlive it, or everything else waits
            self._say(f"{task.of}: an unexpected fault, {type(fault).__name__}: {fault}. It is tried again.")
        finally:
            self._doing("")

    # -----------------------------------------------------------------------------------------
    # Tasks

    def _collect(self, task: Task) -> None:
        newsletter = self._app.newsletter(task.of)
        asked = self._app.sources_due(newsletter)
        if asked:
            timing.collect(self._app, newsletter, asked, self._say)

    def _draft(self, task: Task) -> None:
        newsletter = self._app.newsletter(task.of)
        # a draft is made of what all sources say then
        asked = self._app.sources_due(newsletter, drafting=True)
        if asked:
            timing.collect(self._app, newsletter, asked, self._say)
        # half of the news makes no draft
        if task.slot is not None and not self._app.stopping.is_set():
            timing.draft(self._app, newsletter, task.slot, self._say)

    def _send(self, task: Task) -> None:
        found = editions.find(self._app.store, task.of)
        if found.state not in (EditionState.SENDING, EditionState.CANCELLED):
            return
        if self._is_put_off(task, found):
            return
        with sharing.taken(self._app, self._one.id, self._senders()) as share:
            if share is None:
                # others have all the lines that the servers allow; whoever is through wants what is left
                self._want_again(task, self._app.clock() + AGAIN)
                return
            self._share_is_lost = False
            full = time.monotonic() + wanting.FILL_SECONDS
            hand = sending.Hand(
                plans=task.part == 0,
                most=wanting.FILL,
                stop=lambda: self._app.stopping.is_set() or self._share_is_lost or time.monotonic() > full,
            )
            sent = sending.go(self._app, found, way_out(self._app, share=share), sending.unseen, hand)
        self._tell(sent)
        if sent.edition.state == EditionState.SENDING:
            now = self._app.clock()
            self._want_again(task, _again(sent, now) if not self._app.stopping.is_set() else None)

    def _is_put_off(self, task: Task, found: Edition) -> bool:
        """Want a task later where nothing can be sent now, and tell whether that is so."""
        opens = sending.opens(self._app, found)
        if opens is None or opens > self._app.clock():
            # a window that never opens is changed by a person, and then the clock wants it sent
            if opens is not None:
                self._want_again(task, opens)
            return True
        if task.part and found.state == EditionState.SENDING and found.planned_at is None:
            # the first hand plans, and must not wait for what another one holds that has nobody to mail yet
            with self._app.store.alongside() as session:
                session.tasks.want([task], self._app.clock() + PLANNING)
            return True
        return False

    def _senders(self) -> int:
        """Return how many workers there is something to send for."""
        taking = sum(not one.refuses for one in workers.alive(self._app))
        with self._app.store.reading() as session:
            wanted = sum(one.waiting + one.doing for one in session.tasks.queued() if one.work == Work.SEND)
        return max(1, min(taking, wanted))

    def _want_again(self, task: Task, at: datetime | None) -> None:
        with self._app.store.alongside() as session:
            wanting.to_go_on(session, task, at)

    def _tell(self, sent: Sent) -> None:
        counts = summary(counted(sent.tallies))
        if sent.edition.state == EditionState.SENT:
            self._say(f"{sent.edition.id}: sent. {counts}")
        elif sent.edition.state == EditionState.PAUSED:
            self._say(f"{sent.edition.id}: paused. {sent.edition.note.rstrip('.')}: {counts}.")

    # -----------------------------------------------------------------------------------------
    # Being seen

    def _doing(self, what: str) -> None:
        self._one = replace(self._one, doing=what)

    def _attend(self) -> None:
        while not self._ending.wait(SEEN_SECONDS):
            # where the database is away for a moment, it is said by who waits for tasks
            try:
                self._look()
            except DigestError:
                continue

    def _look(self) -> None:
        """Write down how this process stands, and find out whether it may take tasks."""
        app, now = self._app, self._app.clock()
        if not self._one.doing:
            # what is in hand goes on with what it was begun with
            app.reload(self._say)
        refuses = in_step.refusal(app)
        if refuses != self._one.refuses:
            self._say(f"No task is taken. {refuses}" if refuses else "Tasks are taken.")
        self._one = replace(self._one, revision=app.loaded.revision, seen=now, refuses=refuses)
        # its rows are its own: nobody who claims waits for it
        with app.store.alongside() as session:
            session.attending.attend(self._one)
            session.attending.forget(now - FORGOTTEN)
            kept = session.attending.keep_share(self._one.id, now + sharing.HELD, now)
        self._share_is_lost = not kept


def _again(sent: Sent, now: datetime) -> datetime | None:
    """Return from when on a hand goes on; None for at once."""
    if sent.next_at is None:
        # all who are left are in others' hands, or are being planned
        return now + AGAIN
    return sent.next_at if sent.next_at > now else None
