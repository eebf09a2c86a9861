"""Queries about processes on several machines: who works, by whose files, with how much of the mail servers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

import sqlalchemy as sa

from digest.domain.ports import Attendance, Lead
from digest.store import tables as t
from digest.store.dialects import insert

_ATTENDANCE = tuple(t.attendance.c)
#: the key of the one row of a table that has no more
_ONE = 1


class SqlAttending:
    """Who works (domain/ports, Attending)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def attend(self, one: Attendance) -> None:
        """Write down how a process stands."""
        values = {column.name: getattr(one, column.name) for column in _ATTENDANCE}
        new = insert(t.attendance).values(values)
        self._connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))

    def leave(self, process: str) -> None:
        """Forget a process that has ended, by its id."""
        self._connection.execute(sa.delete(t.attendance).where(t.attendance.c.id == process))

    def every(self) -> list[Attendance]:
        """Return all that are known, by name."""
        rows = self._connection.execute(sa.select(*_ATTENDANCE).order_by(t.attendance.c.name, t.attendance.c.since))
        return [Attendance(**row._mapping) for row in rows]

    def forget(self, before: datetime) -> None:
        """Drop those that were not seen since then, and shares that ran out before."""
        self._connection.execute(sa.delete(t.attendance).where(t.attendance.c.seen < before))
        self._connection.execute(sa.delete(t.share).where(t.share.c.until < before))

    def lead(self) -> Lead | None:
        """Return whose files count; None where nobody said so yet."""
        c = t.lead.c
        row = self._connection.execute(sa.select(c.host, c.revision, c.version, c.at)).one_or_none()
        return Lead(**row._mapping) if row is not None else None

    def set_lead(self, lead: Lead) -> None:
        """Let a machine's files count from now on."""
        values = {"host": lead.host, "revision": lead.revision, "version": lead.version, "at": lead.at}
        new = insert(t.lead).values({"one": _ONE, **values})
        self._connection.execute(new.on_conflict_do_update(index_elements=["one"], set_=values))

    def mark(self, mark: str) -> str:
        """Return the keyed mark of the workspace's secret; where there is none yet it is this one from now on."""
        new = insert(t.secret_mark).values(one=_ONE, mark=mark)
        self._connection.execute(new.on_conflict_do_nothing(index_elements=["one"]))
        return self.known_mark()

    def known_mark(self) -> str:
        """Return the keyed mark of the workspace's secret; empty where there is none yet."""
        return str(self._connection.execute(sa.select(t.secret_mark.c.mark)).scalar() or "")

    def share(
        self, holder: str, parts: int, until: datetime, now: datetime, left: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Take one of so many equal parts of what the mail servers may be given; None where others have it all.

        It is asked in a transaction beside which nobody writes, or two would take the same part.
        """
        c = t.share.c
        others = self._connection.execute(
            sa.select(c.parts, c.messages).where(c.holder != holder, c.until > now)
        ).all()  # fmt: skip
        if sum((Fraction(1, one.parts) for one in others), Fraction(1, parts)) > 1:
            return None
        granted = {
            url: _part(most - sum(one.messages.get(url, 0) for one in others), parts) for url, most in left.items()
        }
        values = {"parts": parts, "until": until, "messages": granted}
        new = insert(t.share).values({"holder": holder, **values})
        self._connection.execute(new.on_conflict_do_update(index_elements=["holder"], set_=values))
        return granted

    def keep_share(self, holder: str, until: datetime, now: datetime) -> bool:
        """Keep a share for longer; False where it has run out, or was never taken."""
        mine = (t.share.c.holder == holder, t.share.c.until > now)
        return self._connection.execute(sa.update(t.share).where(*mine).values(until=until)).rowcount > 0

    def return_share(self, holder: str) -> None:
        """Give a share back."""
        self._connection.execute(sa.delete(t.share).where(t.share.c.holder == holder))


def _part(messages: int, parts: int) -> int:
    """Return one part of what is left; the last few go to whoever asks."""
    return max(1, messages // parts) if messages > 0 else 0
