"""What jobs need of the queue: tasks for whoever works at them, on this machine or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Work(StrEnum):
    """What a worker may do."""

    COLLECT = "collect"
    DRAFT = "draft"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work. Done twice, late or never it harms nothing: what holds is in the database's other tables."""

    work: Work
    #: the newsletter to collect for or to draft, or the edition to send
    of: str
    #: of a draft: its slot
    slot: datetime | None = None
    #: of a sending: which of the hands that it may have at the same time
    part: int = 0

    @property
    def key(self) -> str:
        """What is the same for tasks of which one at a time is done, and one at most waits."""
        slot = f" {self.slot.isoformat()}" if self.slot is not None else ""
        return f"{self.work} {self.of}{slot} {self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """How many tasks of a kind there are."""

    work: Work
    #: free to be taken now, for a later time, and in somebody's hands
    waiting: int
    later: int
    doing: int
    #: since when the first that is free waits
    since: datetime | None


class Tasks(Protocol):
    """Tasks that are wanted: they are there when the transaction is committed, and not before."""

    def want(self, tasks: Sequence[Task], at: datetime | None = None) -> None:
        """Have tasks done, now or from a time on; those that wait already are not wanted twice.

        Where no queue is kept it does nothing: the process that rings finds by itself what is due.
        """
        ...

    def queued(self) -> list[Queued]:
        """Return what waits and what is being done; nothing where no queue is kept."""
        ...
