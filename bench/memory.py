"""What it costs to remember who got which story, and to plan by it.

python bench/memory.py [--people N] [--editions N] [--million] [--keep FOLDER]

A ledger of so many people and weekly editions of six stories, written in bulk as a sending leaves it: four people in
five weekly, the others monthly and skipped in three weeks of four, half of all with one of four themes. Then the next
edition, its variants by the rules of drafting, is planned with that history and, in a database of its own, without any.

size       bytes of a delivery, table and indices, and in all
plan       people a second, with the history and without. Bar: with it, 1.2 times as long at most

Of several rounds that with the least processor time counts. Each ends with a line of JSON. The exit code is 1 where the
bar is missed.
--million is the same with 1,000,000 people and 50 editions: some 14 GB of disk, half an hour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bench.mail import crowd
from digest.domain.model import DateFrom, Edition, EditionState, Insight, Placement, Segment, Story, Theme, Variant
from digest.domain.ports import Event
from digest.jobs import offering, planning
from digest.stages import segment
from digest.store.database import Database

THEMES = tuple(Theme(id=name, name=name) for name in ("early", "maths", "place", "lead"))
NEWSLETTER = replace(crowd.NEWSLETTER, themes=THEMES, segments=(Segment(id="everybody", name="Everybody"),))
STORIES = 6
MOST_TIMES = 1.2
_MILLION, _EDITIONS = 1_000_000, 50
#: what a server says, and what is said of who wants it less often
_REPLY = "250 2.0.0 Ok: queued as 4F2A71C0B6"
_EARLY = "wants it monthly, and it is too early: next due from 21 December 2026"


def make(folder: Path, people: int, editions: int) -> Path:
    """Make a database with so many people and editions that were sent to them; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "digest.db"
    store = Database.open(path)
    for number in range(editions):
        _sent(store, number - editions)
    store.close()
    crowd.add_people(path, people)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE subscription SET cadence = 'monthly' WHERE substr(subscriber, 8, 1) < '3'")
        for number, theme in enumerate(THEMES):
            digits = f"{2 * number:x}", f"{2 * number + 1:x}"
            connection.execute(
                "UPDATE subscription SET themes = ? WHERE substr(subscriber, 7, 1) IN (?, ?)",
                (json.dumps([theme.id]), *digits),
            )
    connection.close()
    for number in range(editions):
        _delivered(path, number - editions)
    return path


def _slot(week: int) -> datetime:
    return crowd.SLOT + timedelta(weeks=week)


def _edition(week: int) -> Edition:
    slot = _slot(week)
    return Edition(
        id=f"insights-{slot:%Y-%m-%d-%H%M}",
        newsletter=NEWSLETTER.id,
        slot=slot,
        number=1,
        state=EditionState.DRAFT,
        revision="r",
        drafted_at=slot,
    )


def _stories(week: int) -> list[Placement]:
    slot, placements = _slot(week), []
    for number in range(STORIES):
        insight = Insight(
            id=f"{week % 2**32:08x}{number:08x}",
            source="ours",
            title=f"A story of {slot:%d %B}, {number}",
            summary="",
            link="",
            published=slot,
            date_from=DateFrom.STATED,
            first_seen=slot,
        )
        theme = THEMES[number % len(THEMES)].id
        placements.append(Placement(story=Story(lead=insight), theme=theme, reasons=()))
    return placements


def _variant(slug: str, stories: tuple[str, ...], people: int) -> Variant:
    return Variant(
        slug=slug,
        segment="everybody",
        subject="The Letter",
        preheader="",
        html="",
        text="",
        sha256="0" * 64,
        stories=stories,
        people=people,
    )


def _sent(store: Database, week: int) -> None:
    edition, placements = _edition(week), _stories(week)
    groups = {"everybody-all": {one.story.id for one in placements}}
    groups |= {
        f"everybody-{theme.id}": {one.story.id for one in placements if one.theme == theme.id} for theme in THEMES
    }
    variants = [_variant(slug, tuple(sorted(stories)), 1) for slug, stories in groups.items()]
    _add(store, edition, placements, variants, EditionState.SENT)


def _add(
    store: Database, edition: Edition, placements: list[Placement], variants: list[Variant], state: EditionState
) -> Edition:
    with store.writing() as session:
        session.editions.keep_revision("r", edition.slot, {})
        session.insights.add([one.story.lead for one in placements if not one.first_in])
        session.editions.add(edition, placements, variants)
        for one in (EditionState.APPROVED, EditionState.HOLDING, EditionState.SENDING, EditionState.SENT):
            session.editions.move(edition, one, Event(at=edition.slot, who="bench", what=str(one)))
            edition = replace(edition, state=one)
            if one == state:
                break
    return edition


def _delivered(path: Path, week: int) -> None:
    """Write an edition's rows as a sending leaves them."""
    edition = _edition(week)
    at = (edition.slot + timedelta(seconds=30)).strftime("%Y-%m-%d %H:%M:%S.%f")
    too_early = f"(cadence = 'monthly' AND {week % 4})"
    theme = "coalesce(json_extract(themes, '$[0]'), 'all')"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "INSERT OR IGNORE INTO worker (id, host, boot, pid, lease, written)"
            " VALUES ('6f1d2c3b4a59', 'h', 'b', 1, ?, 0)",
            (at,),
        )
        connection.execute(
            "INSERT INTO delivery (edition, subscriber, segment, variant, wave, state, reason, attempts, next_at,"
            " worker, claim, settled_at, reply)"
            f" SELECT ?, subscriber, 'everybody', iif({too_early}, '', 'everybody-' || {theme}), 2,"
            f" iif({too_early}, 'skipped', 'sent'), iif({too_early}, ?, ''), iif({too_early}, 0, 1), ?,"
            f" iif({too_early}, NULL, '6f1d2c3b4a59'), iif({too_early}, NULL, 1), iif({too_early}, NULL, ?),"
            f" iif({too_early}, '', ?) FROM subscription ORDER BY subscriber",
            (edition.id, _EARLY, at, at, _REPLY),
        )
    connection.close()


def size(path: Path) -> dict[str, object]:
    """Return how many bytes deliveries take, by table and index."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM delivery").fetchone()[0]
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        # of dbstat's sums, those of octets begin anew at 4 GiB, and `pageno` is how many pages there are
        pages = connection.execute(
            "SELECT name, pageno FROM dbstat WHERE aggregate = TRUE AND name IN"
            " (SELECT name FROM sqlite_schema WHERE tbl_name = 'delivery')"
        )
        found = {name: count * page for name, count in pages}
    connection.close()
    octets = sum(found.values())
    return {"bench": "size", "deliveries": rows, "octets": octets, "each": octets / max(rows, 1), "parts": found}


def drafted(store: Database) -> Edition:
    """Add the next edition, with the variants that drafting would make, and begin to send it."""
    edition = _edition(0)
    with store.reading() as session:
        earlier = offering.earlier(session, NEWSLETTER, edition)
        offer = offering.offer(session, NEWSLETTER, edition, [*_stories(0), *earlier])
        known = offering.remembered(session, NEWSLETTER, edition, offer)
    people = offering.everybody(store, NEWSLETTER.id, known)
    every = segment.counted(segment.shares(people, NEWSLETTER, offer, edition.slot))
    counts = segment.largest(every, NEWSLETTER.maximum_variants)
    variants = [_variant(f"everybody-{n}", key[1], count) for n, (key, count) in enumerate(counts.items())]
    held = {story for key in every for story in key[1]}
    kept = [one for one in offer.placements if not one.first_in or one.story.id in held]
    return _add(store, edition, kept, variants, EditionState.SENDING)


def plan(path: Path, rounds: int) -> tuple[float, float, float]:
    """Draft and plan the next edition; return the seconds of drafting, and of planning with those of the processor."""
    store = Database.open(path)
    began = time.monotonic()
    edition = drafted(store)
    drafting, times = time.monotonic() - began, []
    for _ in range(rounds):
        _unplan(path, edition)
        began, worked = time.monotonic(), time.process_time()
        planning.plan(store, lambda: edition.slot, NEWSLETTER, edition, lambda: False)
        times.append((time.process_time() - worked, time.monotonic() - began))
    store.close()
    processor, seconds = min(times)
    return drafting, seconds, processor


def _unplan(path: Path, edition: Edition) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM delivery WHERE edition = ?", (edition.id,))
        connection.execute("UPDATE edition SET planned_at = NULL WHERE id = ?", (edition.id,))
    connection.close()


def main() -> int:
    """Run it; return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=100_000)
    asked.add_argument("--editions", type=int, default=_EDITIONS)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--million", action="store_true")
    asked.add_argument("--keep", type=Path, help="make the database with the history here, and leave it")
    wanted = asked.parse_args()
    people, editions = (_MILLION, _EDITIONS) if wanted.million else (wanted.people, wanted.editions)
    folder = Path(tempfile.mkdtemp(prefix="digest-memory-"))
    try:
        history = make(wanted.keep or folder / "with", people, editions)
        told = size(history)
        print(f"{told['deliveries']:,} deliveries take {told['octets']:,} bytes, {told['each']:.0f} each")
        print(json.dumps(told))
        ways = {"with": plan(history, wanted.rounds)}
        ways["without"] = plan(make(folder / "without", people, 0), wanted.rounds)
    finally:
        shutil.rmtree(folder)
    for way, (drafting, seconds, processor) in ways.items():
        print(
            f"{way} history: planned {people:,} people in {seconds:.1f} s ({processor:.1f} s of processor time),"
            f" {people / processor:,.0f} a second; drafting looked at them for {drafting:.1f} s"
        )
    times = ways["with"][2] / ways["without"][2]
    print(f"With it, it takes {times:.2f} times the processor time (bar {MOST_TIMES})")
    print(json.dumps({"bench": "plan", "people": people, "editions": editions, **ways}))
    return 0 if times <= MOST_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
