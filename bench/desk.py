"""How long the pages of the desk take at the server, in a workspace with many editions and a large list.

python bench/desk.py [--people N] [--editions N] [--rounds N]

The sample organisation's newsletter, with people who chose themes at random, so that an edition has as many variants as
it may. Each edition before has stories, variants and counts of its own; the last one has a row in the ledger for
everybody. Pages are asked for in this process, as uvicorn asks the application.

Each page is timed when it is asked for the first time, after a change that makes every byte of the edition another, and
then again and again; acts are timed too, which have no bar. The peer is a bare Starlette application that answers with
a constant page as long as ours. The exit code is 1 where a page takes longer than the bar, the first time or at the
median. A line of JSON comes last.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from digest import config
from digest.app import App
from digest.app import access as accounts
from digest.demo import sample
from digest.domain.model import Edition, Subscriber, Subscription, SubscriptionState
from digest.web.desk.site import site

#: milliseconds
BAR = 150.0
TAGS = ("head", "teacher", "early-years", "partner", "trustee", "funder")
JOINED = "2026-01-05 09:00:00.000000"
_DATE = "%Y-%m-%d %H:%M:%S.%f"
#: tables of an edition that are copied for each one before it, with the columns that name a story or an insight
_COPIED = {"placement": ("story",), "edition_insight": ("insight", "story"), "variant": ("stories",)}


def main() -> int:
    """Make the workspace, ask for its pages, and say how long that took."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--editions", type=int, default=200)
    arguments.add_argument("--rounds", type=int, default=20)
    given = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sample(Path(folder) / "workspace", Path(folder) / "mail") as app,
    ):
        draft, last = furnish(app, given.people, given.editions)
        desk = Desk(app)
        pages = {path: desk.timed_page(path, given.rounds) for path in paths(draft.id, last)}
        acts = {name: desk.timed_act(name, draft.id) for name in ("words", "order", "theme", "leave out")}
        variants = len(app.stored(draft.id).variants)
        app.store.close()
    for path, (first, usual, ratio) in pages.items():
        print(f"{first:8.1f} ms first {usual:8.1f} ms again {ratio:6.1f} × a constant page   {path}")
    for name, (took, after) in acts.items():
        print(f"{took:8.1f} ms an act of {name}, {after:.1f} ms the page after it")
    slowest = max(max(first, usual) for first, usual, _ in pages.values())
    after = max(after for _, after in acts.values())
    told = {"people": given.people, "editions": given.editions, "variants": variants}
    print(json.dumps({**told, "slowest_ms": round(slowest, 1), "after_an_act_ms": round(after, 1), "bar_ms": BAR}))
    return int(max(slowest, after) > BAR)


def paths(draft: str, last: str) -> list[str]:
    """Return the paths of all pages."""
    of_draft = ("", "/wall", "/wall?all=1", "/review", "/history")
    of_last = ("/sending", "/report", "/people/sent", "/people/failed", "/cancel", "/history")
    return [
        "/",
        "/editions",
        "/editions/new",
        *(f"/editions/{draft}{one}" for one in of_draft),
        *(f"/editions/{last}{one}" for one in of_last),
    ]


def furnish(app: App, people: int, editions: int) -> tuple[Edition, str]:
    """Fill a workspace; return the draft that comes next and the id of the last edition that was sent."""
    newsletter = app.newsletter()
    app.collect(newsletter)
    file = app.loaded.folder / config.DATABASE
    add_people(file, newsletter.id, [one.id for one in newsletter.themes], people)
    drafted = app.draft(newsletter)
    draft = drafted.edition
    assert draft is not None, drafted.note
    last = ""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for back in range(editions - 1, 0, -1):
            last = copy(connection, draft, back, people)
        deliver(connection, last)
    return draft, last


def add_people(file: Path, newsletter: str, themes: list[str], people: int) -> None:
    """Add people of all segments, of whom half chose themes."""
    draw = random.Random(0)
    choices = [sorted(draw.sample(themes, draw.randint(1, 3))) if draw.random() < 0.5 else [] for _ in range(997)]
    kinds = [Subscriber(id="", address="", tags=(tag,)) for tag in TAGS]
    places = [Subscription(newsletter=newsletter, state=SubscriptionState.ACTIVE, themes=tuple(c)) for c in choices]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key,"
            " traits) VALUES (?1, ?2, ?2, 'Robin', 'Hale', ?3, '{}', ?4, ?5)",
            (
                (
                    f"{number * 2654435761 % 2**32:08x}{number:08x}",
                    f"reader{number}@example.net",
                    json.dumps(one.tags),
                    f"{number:064x}",
                    one.traits,
                )
                for number, one in ((number, kinds[number % len(TAGS)]) for number in range(people))
            ),
        )
        connection.executemany(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at,"
            " joined_at, traits) VALUES (?1, ?2, 'active', ?3, 'weekly', 'form', ?4, ?4, ?5)",
            (
                (
                    f"{number * 2654435761 % 2**32:08x}{number:08x}",
                    newsletter,
                    json.dumps(one.themes),
                    JOINED,
                    one.traits,
                )
                for number, one in ((number, places[number % len(places)]) for number in range(people))
            ),
        )


def copy(connection: sqlite3.Connection, draft: Edition, back: int, people: int) -> str:
    """Make an edition of so many weeks ago that was sent, with stories of its own; return its id."""
    slot = draft.slot - timedelta(weeks=back)
    made = f"{draft.newsletter}-{slot:%Y-%m-%d-%H%M}"
    mark = f"-{back}"
    rows(
        connection,
        "edition",
        draft.id,
        {"id": made, "slot": f"{slot:{_DATE}}", "number": 1_000 - back, "state": "sent"},
    )
    ids = [row[0] for row in connection.execute("SELECT insight FROM edition_insight WHERE edition = ?", (draft.id,))]
    for one in ids:
        values = {"id": one + mark, "canonical": f"https://example.org/{one}{mark}", "first_seen": f"{slot:{_DATE}}"}
        rows(connection, "insight", one, values, key="id")
    for table, columns in _COPIED.items():
        for row in named(connection, f"SELECT * FROM {table} WHERE edition = ?", draft.id):
            changed = {
                column: re.sub(r"[0-9a-f]{16,}", lambda found: found[0] + mark, row[column]) for column in columns
            }
            put(connection, table, {**row, **changed, "edition": made})
    connection.execute("UPDATE edition SET planned_at = slot WHERE id = ?", (made,))
    for what in ("drafted", "approved", "sending", "sent"):
        values = {"edition": made, "at": f"{slot:{_DATE}}", "who": "digest", "what": what, "why": ""}
        put(connection, "event", values)
    for outcome, many in (("sent", people - people // 40), ("failed", people // 50), ("unknown", 3)):
        values = {"edition": made, "wave": 2, "outcome": outcome, "why": "", "people": many, "moves": 2 * many}
        put(connection, "outcome", {**values, "last_at": f"{slot:{_DATE}}"})
    return made


def deliver(connection: sqlite3.Connection, edition: str) -> None:
    """Write a row of the ledger for everybody, one in fifty refused; triggers count them."""
    connection.execute("DELETE FROM outcome WHERE edition = ?", (edition,))
    connection.execute(
        "INSERT INTO delivery (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at,"
        " settled_at) SELECT ?1, id, 'schools', (SELECT slug FROM variant WHERE edition = ?1 LIMIT 1), 2,"
        " CASE WHEN place % 50 = 0 THEN 'failed' WHEN place % 300000 = 1 THEN 'unknown' ELSE 'sent' END,"
        " CASE WHEN place % 50 = 0 THEN 'no such mailbox' ELSE '' END, 1, slot, slot"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM subscriber),"
        " (SELECT slot FROM edition WHERE id = ?1) ORDER BY id",
        (edition,),
    )


def named(connection: sqlite3.Connection, statement: str, *values: object) -> list[dict[str, Any]]:
    """Return rows with the names of their columns."""
    found = connection.execute(statement, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def rows(connection: sqlite3.Connection, table: str, like: str, values: dict[str, Any], key: str = "id") -> None:
    """Add a row like another one, but for some values."""
    [row] = named(connection, f"SELECT * FROM {table} WHERE {key} = ?", like)
    put(connection, table, {**row, **values})


def put(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Add a row; words of SQL that are names of columns stand in quotes."""
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


class Desk:
    """The desk with somebody logged in."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._base = accounts.address_of(app.loaded.workspace.desk)
        self._web = TestClient(site(app), base_url=self._base, follow_redirects=False)
        link = accounts.first_link(app)
        assert link is not None, "nobody has an account yet"
        path = link.removeprefix(self._base)
        who = {"name": "Robin Hale", "address": "robin@example.org", "phrase": "four words that fit"}
        self._post(path, path, **who)

    def timed_page(self, path: str, rounds: int) -> tuple[float, float, float]:
        """Return the milliseconds of a page the first time, at the median, and that by a constant page's."""
        first = _timed(lambda: self._get(path))
        length = len(self._get(path))
        usual = statistics.median(_timed(lambda: self._get(path)) for _ in range(rounds))
        return first, usual, usual / _constant(length, rounds)

    def timed_act(self, name: str, edition: str) -> tuple[float, float]:
        """Return the milliseconds of an act at an edition, and of its page after it."""
        at = f"/editions/{edition}"
        story = self._stories(edition)[0]
        do: dict[str, tuple[str, dict[str, str]]] = {
            "words": (f"{at}/write", {f"story/{story}/title": "Another title than before", "seen": "0"}),
            "order": (f"{at}/stories/{story}/pin", {"pinned": "yes"}),
            "theme": (f"{at}/stories/{story}/move", {"theme": "teaching"}),
            "leave out": (f"{at}/stories/{story}/leave-out", {}),
        }
        path, fields = do[name]
        # as a person does who looks first
        while b'data-checked="no"' in self._get(at):
            time.sleep(0.1)
        took = _timed(lambda: self._post(at, path, **fields))
        return took, _timed(lambda: self._get(at))

    def _stories(self, edition: str) -> list[str]:
        return [one.story.id for one in self._app.stored(edition).placements]

    def _get(self, path: str) -> bytes:
        answer = self._web.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
        return answer.content

    def _post(self, page: str, path: str, **fields: str) -> None:
        token = re.search(r'name="csrf" value="([^"]+)"', self._get(page).decode())
        assert token, page
        answer = self._web.post(path, data={"csrf": token[1], **fields}, headers={"Origin": self._base})
        assert answer.status_code == 303, (path, answer.status_code)


def _timed(do: Callable[[], object]) -> float:
    begin = time.perf_counter()
    do()
    return 1_000 * (time.perf_counter() - begin)


def _constant(length: int, rounds: int) -> float:
    """Return the milliseconds in which the peer answers."""

    async def answer(_: Request) -> HTMLResponse:
        return HTMLResponse("x" * length)

    peer = TestClient(Starlette(routes=[Route("/", answer)]))
    return statistics.median(_timed(lambda: peer.get("/")) for _ in range(rounds))


if __name__ == "__main__":
    sys.exit(main())
