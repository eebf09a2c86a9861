"""Handing over: where several machines work, the clock does not work itself; it wants what is due of the queue.

It wants it at every look, and what waits already is not wanted twice. So what a worker had that was lost with it, and
what nobody wanted since no program ran, is found again in five minutes at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from digest.app import sending, workers
from digest.domain.ports import Task, Work
from digest.domain.states import SIGNED
from digest.jobs import wanting

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.model import Edition, Newsletter


def sent(app: App, edition: Edition, say: Callable[[str], None]) -> None:
    """Let an edition that is due begin to leave, and want it sent."""
    if edition.state in SIGNED:
        # on the machine whose files count: it is looked at once more what they make of it. Its commit wants it sent
        sending.start(app, edition.id, "the clock")
        say(f"{edition.id}: begins to leave")
        _warn(app, say)
        return
    with app.store.writing() as session:
        wanting.to_be_sent(session, edition)
    _warn(app, say)


def _warn(app: App, say: Callable[[str], None]) -> None:
    """Say it where nobody takes what is wanted."""
    for words in workers.shown(app).remarks:
        say(words)


def wanted(
    app: App, newsletter: Newsletter, asked: Sequence[str], drafts: Sequence[datetime], say: Callable[[str], None]
) -> None:
    """Want sources asked, and drafts of slots made."""
    tasks = [Task(work=Work.DRAFT, of=newsletter.id, slot=slot) for slot in drafts]
    if asked and not drafts:
        # whoever drafts asks them all
        tasks.append(Task(work=Work.COLLECT, of=newsletter.id))
    if not tasks:
        return
    if drafts:
        # the list lies where the clock runs
        app.import_people(newsletter)
    with app.store.writing() as session:
        session.tasks.want(tasks)
    _warn(app, say)
