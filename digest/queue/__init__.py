"""The queue: tasks for workers, kept in PostgreSQL by Procrastinate, which is known here and nowhere else.

A task is enqueued on the connection of the transaction that makes it needed, so it is there when that commits and never
otherwise. What it says is only where to look: a task that is done twice, late or never harms nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest.domain.ports import Queued, Task, Tasks, Work
from digest.queue import schema

if TYPE_CHECKING:
    import procrastinate

#: what is taken first: mail that is due waits for no feed
PRIORITY = {Work.SEND: 30, Work.DRAFT: 20, Work.COLLECT: 10}
_QUEUED = (
    "SELECT task_name, status = 'doing' AS doing, coalesce(scheduled_at > now(), false) AS later, count(*), "
    "min((SELECT min(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id)) "
    "FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1, 2, 3"
)


class Queue:
    """Procrastinate's tables in a database (store/kind.py, Queue)."""

    def __init__(self) -> None:
        self._enqueuing: procrastinate.App | None = None

    def is_ready(self, connection: Any) -> bool:
        """Tell whether its tables are those that this program works with. Raises StoreError where they are newer."""
        return schema.is_ready(connection)

    def prepare(self, connection: Any) -> None:
        """Bring its tables up to date; nobody else does meanwhile."""
        schema.prepare(connection)

    def tasks(self, connection: Any) -> Tasks:
        """Return the tasks as a transaction sees them."""
        return _Tasks(self, connection)

    def enqueuing(self) -> procrastinate.App:
        """Return what enqueues on a connection that it is given, and has none of its own."""
        if self._enqueuing is None:
            # it takes a quarter of a second to load, and most programs enqueue nothing
            import procrastinate

            self._enqueuing = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        return self._enqueuing


class _Tasks:
    """Tasks of a transaction (domain/ports, Tasks)."""

    def __init__(self, queue: Queue, connection: Any) -> None:
        self._queue = queue
        self._connection = connection

    def want(self, tasks: Sequence[Task], at: datetime | None = None) -> None:
        """Have tasks done, now or from a time on; those that wait already are not wanted twice."""
        if not tasks:
            return
        from procrastinate.exceptions import AlreadyEnqueued

        for task in tasks:
            # one for later and one for now may both wait, and the one for now goes first: Procrastinate takes no task
            # before another of the same lock that was enqueued earlier, be that for next year
            wanted = self._queue.enqueuing().configure_task(
                str(task.work),
                lock=task.key,
                queueing_lock=f"{task.key} later" if at is not None else task.key,
                priority=PRIORITY[task.work] - (at is not None),
                schedule_at=at,
                connection=self._connection,
            )
            slot = task.slot.isoformat() if task.slot is not None else ""
            try:
                # a savepoint: what waits already must not end the transaction
                with self._connection.transaction():
                    wanted.defer(of=task.of, slot=slot, part=task.part)
            except AlreadyEnqueued:
                continue

    def queued(self) -> list[Queued]:
        """Return what waits and what is being done."""
        rows = self._connection.execute(_QUEUED).fetchall()
        return [_counted(work, [row[1:] for row in rows if row[0] == work]) for work in Work]


def _counted(work: Work, rows: Sequence[tuple[bool, bool, int, datetime | None]]) -> Queued:
    free = [row for row in rows if not row[0] and not row[1]]
    return Queued(
        work=work,
        waiting=sum(row[2] for row in free),
        later=sum(row[2] for row in rows if not row[0] and row[1]),
        doing=sum(row[2] for row in rows if row[0]),
        since=min((row[3] for row in free if row[3] is not None), default=None),
    )


def task_of(work: Work, of: str, slot: str, part: int) -> Task:
    """Return the task that was enqueued."""
    return Task(work=work, of=of, slot=datetime.fromisoformat(slot) if slot else None, part=part)
