"""Workers: who works from which machine and what waits, in words, for `digest status` and the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.domain.ports import Attendance, Lead, Queued, Work

if TYPE_CHECKING:
    from digest.app import App

#: who was not seen for so long does not work
GONE = timedelta(seconds=30)
_WHAT = {Work.COLLECT: "Asking sources", Work.DRAFT: "Drafting", Work.SEND: "Sending"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWorker:
    """One process."""

    name: str
    host: str
    since: datetime
    #: what it does, or why it does nothing
    words: str
    #: how long ago it was seen
    seen: str
    #: "ok", "warn" or "stop"
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTasks:
    """The tasks of a kind."""

    what: str
    waiting: int
    later: int
    doing: int
    #: how long the first that could be taken waits; empty where none does
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Who works, and what waits."""

    workers: Sequence[ShownWorker]
    queue: Sequence[ShownTasks]
    #: the machine whose files count
    lead: Lead | None
    #: what somebody should see to, each a sentence
    remarks: Sequence[str]


def alive(app: App) -> list[Attendance]:
    """Return the processes that work, whether they take tasks or say why they do not."""
    oldest = app.clock() - GONE
    with app.store.reading() as session:
        return [one for one in session.attending.every() if one.seen >= oldest]


def shown(app: App) -> Shown:
    """Return who works and what waits; nobody and nothing where the database is a file of this machine."""
    now = app.clock()
    with app.store.reading() as session:
        every = session.attending.every()
        queued = session.tasks.queued()
        lead = session.attending.lead()
    return Shown(
        workers=[_worker(one, now) for one in every],
        queue=[_tasks(one, now) for one in queued],
        lead=lead,
        remarks=_remarks(every, queued, now),
    )


def _worker(one: Attendance, now: datetime) -> ShownWorker:
    gone = now - one.seen >= GONE
    words = one.refuses or one.doing or "Waits for tasks"
    return ShownWorker(
        name=one.name,
        host=one.host,
        since=one.since,
        words="Was not seen for a while: it was ended, or its machine is away" if gone else words,
        seen=_ago(now - one.seen),
        tone="stop" if gone else "warn" if one.refuses else "ok",
    )


def _tasks(one: Queued, now: datetime) -> ShownTasks:
    return ShownTasks(
        what=_WHAT[one.work],
        waiting=one.waiting,
        later=one.later,
        doing=one.doing,
        since=_long(now - one.since) if one.since is not None else "",
    )


def _remarks(every: Sequence[Attendance], queued: Sequence[Queued], now: datetime) -> list[str]:
    taking = [one for one in every if now - one.seen < GONE and not one.refuses]
    waiting = sum(one.waiting for one in queued)
    if taking or not queued:
        return []
    what = "Nothing waits just now." if not waiting else "1 task waits." if waiting == 1 else f"{waiting} tasks wait."
    return [f"No worker takes tasks: start `digest worker` on a machine. {what}"]


def _ago(passed: timedelta) -> str:
    return f"{_long(passed)} ago"


def _long(passed: timedelta) -> str:
    seconds = round(passed.total_seconds())
    if seconds < 60:
        return "a moment" if seconds < 10 else f"{seconds} seconds"
    minutes = seconds // 60
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = minutes // 60
    return "1 hour" if hours == 1 else f"{hours} hours"
