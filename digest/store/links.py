"""Queries about links that were checked, and about what staff were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from digest.domain.model import Claim, LinkAnswer, LinkChecked, LinkState
from digest.store import tables as t
from digest.store.batches import batches
from digest.store.dialects import insert

_L = t.link_checked.c


class SqlLinks:
    """Addresses that editions lead to, as they were checked (domain/ports, Links)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def checked(self, addresses: Sequence[str]) -> dict[str, LinkChecked]:
        """Return what is known of those of these addresses that were ever checked, by address."""
        found = [
            row
            for some in batches(addresses)
            for row in self._connection.execute(sa.select(t.link_checked).where(_L.address.in_(some)))
        ]
        return {row.address: _checked_of(row) for row in found}

    def keep(self, checked: Sequence[LinkChecked]) -> None:
        """Keep what addresses answered, in place of what was known of them."""
        for one in checked:
            told = {"at": one.at, "since": one.since, **asdict(one.answer)}
            new = insert(t.link_checked).values(address=one.address, **told)
            self._connection.execute(new.on_conflict_do_update(index_elements=["address"], set_=told))

    def checked_for(self, edition: str, slot: datetime, at: datetime) -> None:
        """Record that an edition's links were checked before its slot."""
        new = insert(t.link_round).values(edition=edition, slot=slot, at=at)
        self._connection.execute(new.on_conflict_do_nothing())

    def rounds(self, newsletter: str) -> dict[str, datetime]:
        """Return the slot before which the links of an edition were checked, by edition; the last slot of several."""
        rows = self._connection.execute(
            sa.select(t.link_round.c.edition, sa.func.max(t.link_round.c.slot).label("slot"))
            .join(t.edition, t.edition.c.id == t.link_round.c.edition)
            .where(t.edition.c.newsletter == newsletter)
            .group_by(t.link_round.c.edition)
        )
        return {row.edition: row.slot for row in rows}

    def forget(self, before: datetime) -> None:
        """Drop addresses that were checked last before then."""
        self._connection.execute(sa.delete(t.link_checked).where(_L.at < before))


class SqlTellings:
    """What staff were told (domain/ports, Tellings)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def claim(self, claim: Claim, at: datetime) -> bool:
        """Record that somebody is being told something; False where they were, or are just being told."""
        new = insert(t.told).values(asdict(claim) | {"at": at})
        return bool(self._connection.execute(new.on_conflict_do_nothing()).rowcount)

    def release(self, claim: Claim) -> None:
        """Let them be told again: they certainly were not."""
        mine = [t.told.c[name] == value for name, value in asdict(claim).items()]
        self._connection.execute(sa.delete(t.told).where(*mine))


def _checked_of(row: sa.Row[tuple[object, ...]]) -> LinkChecked:
    answer = LinkAnswer(state=LinkState(row.state), status=row.status, said=row.said)
    return LinkChecked(address=row.address, answer=answer, at=row.at, since=row.since)
