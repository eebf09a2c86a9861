"""What is known of the processes that work for a workspace from several machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """One process of `digest worker`."""

    id: str
    name: str
    host: str
    pid: int
    version: str
    revision: str
    since: datetime
    seen: datetime
    #: what it does just now, in words; empty while it waits
    doing: str = ""
    #: why it takes no task, in words; empty where it does
    refuses: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The machine whose files count, and what these are."""

    host: str
    revision: str
    version: str
    at: datetime


class Attending(Protocol):
    """Which processes work, by what files, and how much of the mail servers each may use."""

    def attend(self, one: Attendance) -> None:
        """Write down how a process stands."""
        ...

    def leave(self, process: str) -> None:
        """Forget a process that has ended, by its id."""
        ...

    def every(self) -> list[Attendance]:
        """Return all that are known, by name."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop those that were not seen since then, and shares that ran out before."""
        ...

    def lead(self) -> Lead | None:
        """Return whose files count; None where nobody said so yet."""
        ...

    def set_lead(self, lead: Lead) -> None:
        """Let a machine's files count from now on."""
        ...

    def mark(self, mark: str) -> str:
        """Return the keyed mark of the workspace's secret; where there is none yet it is this one from now on."""
        ...

    def known_mark(self) -> str:
        """Return the keyed mark of the workspace's secret; empty where there is none yet."""
        ...

    def share(
        self, holder: str, parts: int, until: datetime, now: datetime, left: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Take one of so many equal parts of what the mail servers may be given, until a time or until it is returned.

        left: url of a server -> messages that it may have today; those that others were granted are taken off. Returns
        how many this one may have of each; None where the others have all of it.
        """
        ...

    def keep_share(self, holder: str, until: datetime, now: datetime) -> bool:
        """Keep a share for longer; False where it has run out, or was never taken."""
        ...

    def return_share(self, holder: str) -> None:
        """Give a share back."""
        ...
