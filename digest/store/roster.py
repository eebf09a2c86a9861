"""Staging: a file's people lie beside the database, in a table that only their connection sees, until somebody decides.

Reading a file takes no lock and changes nothing. What is in it is compared with what is stored in SQL, and people who
are new are taken in by one statement a page. The table is gone with the connection, however the process ends: SQLite
keeps it in a file that nobody else can open. What PostgreSQL does otherwise stands in roster_postgresql.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from digest.domain.model import Cadence, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Session
from digest.domain.ports.roster import Fates, Known, StagedBatch, StagedPlace, StagedRow
from digest.store.in_one import moment
from digest.store.people import PEOPLE_COLUMNS, PLACE_COLUMNS, SqlPeople
from digest.store.tables import subscriber

#: the greatest number that SQLite knows
_MOST = (1 << 63) - 1
#: addresses and lines that are told as examples
_FIRST = 5
#: kB of pages that are held in memory: indices of a large list are written in no order
_CACHE = {"main": 36_000, "temp": 10_000}
_NONE: Mapping[str, object] = MappingProxyType({})
_OFF = ", ".join(f"'{one}'" for one in ("unsubscribed", "bounced", "complained", "erased"))

#: a row of the file; `staged_place` is what it makes of a subscription, which thousands have in common
ROW = ", ".join(StagedRow._fields).replace("place", "staged_place")
PLACE = ", ".join(StagedPlace._fields)
_ADD = f"INSERT INTO staged VALUES ({', '.join('?' * len(StagedRow._fields))})"  # noqa: S608 (all of it stands here)
_ADD_PLACE = f"INSERT INTO staged_place VALUES (?, {', '.join('?' * len(StagedPlace._fields))})"  # noqa: S608 (all of it stands here)
#: ids tell nothing, and come in the order of the file, so that the tables that lie in their order are filled in it
_JUDGE = f"""
INSERT INTO judged
SELECT line, id, CASE
    WHEN NOT known AND off IS NULL THEN 'new'
    WHEN NOT known OR off = 'erased' OR (placed IS NULL AND off IS NOT NULL) THEN 'off'
    WHEN placed IS NULL THEN 'known'
    WHEN told <> file_row OR (off IS NULL AND confirmed) THEN 'known'
    WHEN off IS NOT NULL THEN 'off'
    ELSE 'same' END, off, file_row, staged_place
FROM (
    SELECT staged.line, staged.file_row, staged.staged_place, person.id IS NOT NULL AS known,
        coalesce(person.id, {{new_id}}) AS id,
        place.state AS placed, place.file_row AS told,
        place.state = 'pending' AND (place.consent_source = '' OR place.consent_at IS NULL)
            AND (SELECT state FROM staged_place WHERE number = staged.staged_place) = 'active' AS confirmed,
        coalesce(suppression.reason, CASE WHEN place.state IN ({_OFF}) THEN place.state END,
            CASE WHEN place.state IS NULL AND staged.gone <> '' THEN staged.gone END) AS off
    FROM staged
    LEFT JOIN subscriber AS person ON person.comparable = staged.comparable
    LEFT JOIN subscription AS place ON place.subscriber = person.id AND place.newsletter = :newsletter
    LEFT JOIN suppression ON suppression.key = staged.suppression_key
) AS found
"""  # noqa: S608 (all of it stands here)
_KNOWN = f"""
SELECT {", ".join(f"staged.{one}" for one in ROW.split(", "))}, judged.off, {PLACE}
FROM staged JOIN judged USING (line) JOIN staged_place ON number = staged.staged_place
WHERE line > :after AND fate = 'known' ORDER BY line LIMIT :limit
"""  # noqa: S608 (all of it stands here)
#: the few are found first: to number all rows of each address takes three times as long
_TWICE = """
SELECT line FROM staged JOIN (
    SELECT comparable, min(line) AS first FROM staged GROUP BY comparable HAVING count(*) > 1
) AS many USING (comparable) WHERE line > first ORDER BY line
"""
_VANISHED = """
FROM subscription AS place JOIN subscriber AS person ON person.id = place.subscriber
WHERE place.newsletter = :newsletter AND place.file_row <> '' AND place.state IN ('active', 'pending')
    AND (place.joined_by = :joined_by OR (:whole AND place.joined_by NOT LIKE '%.csv'))
    AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.comparable = person.comparable)
"""
_PAGE = "line > :after AND line <= :until AND fate = 'new' ORDER BY line"
#: columns of a subscription that bear another name among the rows
_TAKEN = {
    "subscriber": "id",
    "newsletter": ":newsletter",
    "traits": "place_traits",
    "cadence": f"coalesce(nullif(cadence, ''), '{Cadence.WEEKLY}')",
}
_INSERT_PEOPLE = f"""
INSERT INTO subscriber ({", ".join(PEOPLE_COLUMNS)})
SELECT {", ".join(PEOPLE_COLUMNS)} FROM judged JOIN staged USING (line) WHERE {_PAGE}
"""  # noqa: S608 (all of it stands here)
_INSERT_PLACES = f"""
INSERT INTO subscription ({", ".join(PLACE_COLUMNS)})
SELECT {", ".join(_TAKEN.get(one, one) for one in PLACE_COLUMNS)}
FROM judged JOIN staged_place ON number = staged_place WHERE {_PAGE}
"""  # noqa: S608 (all of it stands here)
#: counted once: the new ones are asked for by day and way, all of them by fate. Those who are new are sorted by a
#: number alone, which takes half as long
_COUNT = """
INSERT INTO counted
SELECT 'new' AS fate, NULL AS off, staged_place, count(*) AS people FROM judged WHERE fate = 'new' GROUP BY staged_place
UNION ALL
SELECT fate, off, staged_place, count(*) FROM judged WHERE fate <> 'new' GROUP BY fate, off, staged_place
"""
_COUNTED = """
SELECT fate, off, state = 'pending', sum(people) FROM counted JOIN staged_place ON number = staged_place
GROUP BY 1, 2, 3
"""
_JOINED = """
SELECT {day}, coalesce(nullif(consent_source, ''), joined_by), sum(people)
FROM counted JOIN staged_place ON number = staged_place WHERE fate = 'new' AND state = 'active' GROUP BY 1, 2
"""


class SqlStaging:
    """A file's rows, held beside the database (domain/ports, Staging)."""

    #: the tables that hold them, and what they come to
    tables = (
        f"CREATE TEMP TABLE staged ({ROW.replace('line', 'line INTEGER PRIMARY KEY', 1)})",
        f"CREATE TEMP TABLE staged_place (number INTEGER PRIMARY KEY, {PLACE})",
        "CREATE TEMP TABLE judged (line INTEGER PRIMARY KEY, id, fate, off, file_row, staged_place)",
        "CREATE TEMP TABLE counted (fate, off, staged_place, people)",
    )
    #: the id of somebody new
    new_id = "printf('%016x', staged.line * :step + (random() & :most) % :step)"
    #: the day on which somebody joined
    day = "substr(joined_at, 1, 10)"
    #: where most people are new, what they are found by is left out meanwhile and built afterwards from what is
    #: sorted: to fill its pages in no order takes longer than everything else
    fills_sorted = True

    def __init__(
        self, connection: sa.Connection, transaction: Callable[[sa.Connection, bool], AbstractContextManager[Session]]
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._indexed = False
        self._newsletter = ""
        self._twice: list[int] = []
        with connection.begin():
            self._prepare()
            for table in self.tables:
                connection.exec_driver_sql(table)

    def add(self, batch: StagedBatch) -> None:
        """Hold more rows."""
        if batch.places:
            self._connection.exec_driver_sql(_ADD_PLACE, [(number, *place) for number, place in batch.places])
        self._connection.exec_driver_sql(_ADD, batch.rows)

    def judge(self, newsletter: str, joined_by: str, whole: bool) -> Fates:
        """Compare the rows with what is stored now; nothing is changed."""
        self._newsletter = newsletter
        if not self._indexed:
            self._index()
        last = int(self._one("SELECT coalesce(max(line), 0) FROM staged"))
        values = {"newsletter": newsletter, "joined_by": joined_by, "whole": whole}
        for table in ("judged", "counted"):
            self._run(f"DELETE FROM {table}")  # noqa: S608 (all of it stands here)
        drawn = {"newsletter": newsletter, "most": _MOST, "step": _MOST // (last + 2)}
        self._run(_JUDGE.format(new_id=self.new_id), drawn)
        self._run(_COUNT)
        vanished = int(self._one(f"SELECT count(*) {_VANISHED}", values))
        first = f"SELECT person.address {_VANISHED} LIMIT {_FIRST}"
        off: dict[str, int] = {}
        counts: dict[str, int] = {}
        waiting = 0
        for row in self._rows(_COUNTED):
            fate, reason, waits, people = *row[:3], int(row[3])
            counts[fate] = counts.get(fate, 0) + people
            if fate == "off":
                off[reason] = off.get(reason, 0) + people
            elif fate == "new" and waits:
                waiting += people
        return Fates(
            new=counts.get("new", 0),
            unchanged=counts.get("same", 0),
            twice=len(self._twice),
            twice_lines=self._twice[:_FIRST],
            off=off,
            waiting=waiting,
            vanished=vanished,
            vanished_first=[row[0] for row in self._rows(first, values)] if vanished else [],
        )

    def last(self) -> int:
        """Return the line of the last row."""
        return int(self._one("SELECT coalesce(max(line), 0) FROM staged"))

    def known(self, after: int, limit: int) -> list[Known]:
        """Return rows, as judged last, that say something new of people who are known, after a line of the file."""
        rows = self._run(
            _KNOWN,
            {"after": after, "limit": limit},
        ).all()
        found = SqlPeople(self._connection).by_address([row.comparable for row in rows])
        return [_known(row, self._newsletter, *found[row.comparable]) for row in rows]

    @contextmanager
    def taking_in(self) -> Iterator[None]:
        """Take in new people in the block (insert_new); nobody is looked up by address before its end."""
        new = self._one("SELECT coalesce(sum(people), 0) FROM counted WHERE fate = 'new'")
        many = self.fills_sorted and new > self._one("SELECT count(*) FROM subscriber")
        indices = subscriber.indexes if many else set()
        for index in indices:
            index.drop(self._connection)
        yield
        for index in indices:
            index.create(self._connection)

    def insert_new(self, after: int, limit: int) -> int:
        """Take in new people whose rows come after a line, of `limit` lines; return how many there were."""
        values = {"after": after, "until": after + limit, "newsletter": self._newsletter}
        people = self._run(_INSERT_PEOPLE, values).rowcount
        self._run(_INSERT_PLACES, values)
        return int(people)

    def joined(self) -> list[tuple[str, str, int]]:
        """Return the days, ways and numbers of the new ones who get it from now on."""
        rows = self._rows(_JOINED.format(day=self.day))
        return [(row[0], row[1], int(row[2])) for row in rows]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a consistent view that sees the rows."""
        self._set_down()
        with self._transaction(self._connection, False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that sees the rows."""
        self._set_down()
        with self._transaction(self._connection, True) as session:
            yield session

    def _set_down(self) -> None:
        # the rows themselves are nobody's but this connection's
        if self._connection.in_transaction():
            self._connection.commit()

    def _prepare(self) -> None:
        """Let the connection hold many rows."""
        for part, size in _CACHE.items():
            self._connection.exec_driver_sql(f"PRAGMA {part}.cache_size = -{size}")

    def _index(self) -> None:
        """Let rows be found by address; of several with the same only the first stays."""
        self._run("CREATE INDEX staged_comparable ON staged (comparable)")
        self._indexed = True
        self._twice = [row[0] for row in self._rows(_TWICE)]
        gone = sa.text("DELETE FROM staged WHERE line IN :lines").bindparams(sa.bindparam("lines", expanding=True))
        for start in range(0, len(self._twice), 500):
            self._connection.execute(gone, {"lines": self._twice[start : start + 500]})

    def _run(self, statement: str, values: Mapping[str, object] = _NONE) -> sa.CursorResult[Any]:
        return self._connection.execute(sa.text(statement), values)

    def _rows(self, statement: str, values: Mapping[str, object] = _NONE) -> list[Sequence[Any]]:
        return [tuple(row) for row in self._run(statement, values)]

    def _one(self, statement: str, values: Mapping[str, object] = _NONE) -> Any:
        return self._run(statement, values).scalar_one()


def _parsed(value: Any) -> Any:
    """Return what JSON says, which PostgreSQL's driver has read already."""
    return json.loads(value) if isinstance(value, str) else value


def _known(row: sa.Row[Any], newsletter: str, before: Subscriber, places: Sequence[Subscription]) -> Known:
    return Known(
        line=row.line,
        comparable=row.comparable,
        suppression_key=row.suppression_key,
        file_row=row.file_row,
        read=Subscriber(
            id=before.id,
            address=row.address,
            first_name=row.first_name,
            last_name=row.last_name,
            tags=tuple(_parsed(row.tags)),
            fields=_parsed(row.fields),
        ),
        place=Subscription(
            newsletter=newsletter,
            state=SubscriptionState(row.state),
            themes=tuple(_parsed(row.themes)),
            cadence=Cadence(row.cadence or Cadence.WEEKLY),
            consent_source=row.consent_source,
            consent_at=moment(row.consent_at),
            paused_until=moment(row.paused_until),
            joined_at=moment(row.joined_at),
            joined_by=row.joined_by,
        ),
        cadence_unsaid=not row.cadence,
        before=before,
        places=places,
        off=row.off or "",
    )
