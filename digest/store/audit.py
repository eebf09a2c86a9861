"""Queries about what staff did: the trail of its own, and the histories of editions beside it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta

import sqlalchemy as sa

from digest.domain.model import Matter, Noted
from digest.store import tables as t

#: what is the same is counted for so long
_COUNTED_FOR = timedelta(hours=1)
#: whatever may be a mail address, and a lone @, which the table takes for one
_ADDRESS = re.compile(r"\S*@\S*")
_LEFT_OUT = "(an address)"


class SqlAudit:
    """What was done, and by whom (domain/ports, Audit)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def note(self, noted: Noted) -> None:
        """Keep what was done; whatever looks like a mail address in it is left out."""
        self._connection.execute(sa.insert(t.audit), _kept(noted))

    def count(self, noted: Noted) -> None:
        """Keep it as `note` does, and where the same was kept within this hour, only that it came once more."""
        values, at = _kept(noted), t.audit.c
        same = (at.matter == values["matter"], at.who == values["who"], at.what == values["what"])
        begun = sa.select(sa.func.max(at.id)).where(*same, at.at > noted.at - _COUNTED_FOR).scalar_subquery()
        again = sa.update(t.audit).where(at.id == begun).values(times=at.times + 1, remote=values["remote"])
        if not self._connection.execute(again).rowcount:
            self._connection.execute(sa.insert(t.audit), values)

    def page(self, who: str, matter: Matter | None, limit: int, offset: int = 0) -> list[Noted]:
        """Return what was done, the last first, and the histories of all editions with it."""
        every = _every(matter).subquery()
        asked = sa.select(every).order_by(every.c.at.desc(), every.c.id.desc()).limit(limit).offset(offset)
        rows = self._connection.execute(asked.where(every.c.who == who) if who else asked)
        return [
            Noted(
                at=row.at, who=row.who, matter=Matter(row.matter), what=_without_addresses(row.what),
                about=row.about, remote=row.remote, times=row.times,
            )
            for row in rows
        ]  # fmt: skip

    def settings(self, limit: int, offset: int = 0) -> list[Noted]:
        """Return what led from one revision of digest.toml to another, the last first."""
        a = t.audit.c
        asked = sa.select(t.audit).where(a.after != "").order_by(a.at.desc(), a.id.desc()).limit(limit).offset(offset)
        rows = [dict(row._mapping) for row in self._connection.execute(asked)]
        return [
            Noted(**{name: value for name, value in row.items() if name != "id"} | {"matter": Matter(row["matter"])})
            for row in rows
        ]

    def names(self) -> list[str]:
        """Return the names of all who did anything, in the order of the alphabet."""
        both = sa.union(sa.select(t.audit.c.who), sa.select(t.event.c.who)).subquery()
        rows = self._connection.execute(sa.select(both.c.who).where(both.c.who != ""))
        return sorted(rows.scalars(), key=str.casefold)

    def forget(self, before: datetime) -> int:
        """Drop what was done before then; return how many there were."""
        return self._connection.execute(sa.delete(t.audit).where(t.audit.c.at < before)).rowcount


def _every(matter: Matter | None) -> sa.Select[tuple[object, ...]] | sa.CompoundSelect[tuple[object, ...]]:
    a, e = t.audit.c, t.event.c
    own: sa.Select[tuple[object, ...]] = sa.select(a.id, a.at, a.who, a.matter, a.what, a.about, a.remote, a.times)
    of_editions: sa.Select[tuple[object, ...]] = sa.select(
        e.id, e.at, e.who, sa.literal(str(Matter.EDITION)).label("matter"),
        sa.case((e.why == "", e.what), else_=e.what + ": " + e.why).label("what"), e.edition.label("about"),
        sa.literal("").label("remote"), sa.literal(1).label("times"),
    )  # fmt: skip
    if matter == Matter.EDITION:
        return of_editions
    if matter is not None:
        return own.where(a.matter == matter)
    return sa.union_all(own, of_editions)


def _kept(noted: Noted) -> dict[str, object]:
    cleaned = {"what": _without_addresses(noted.what), "about": _without_addresses(noted.about)}
    return asdict(noted) | {"matter": str(noted.matter)} | cleaned


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub(_LEFT_OUT, text)
