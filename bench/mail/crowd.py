"""A crowd: a workspace's database with many subscribers and an edition of one variant that is approved."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.domain.model import (
    DateFrom,
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Insight,
    Letter,
    Newsletter,
    Placement,
    Segment,
    Sender,
    Story,
    Subscriber,
    Variant,
    Waves,
)
from digest.domain.ports import Event, Session
from digest.stages import track
from digest.store.database import Database
from digest.transports.mime import Composer

EDITION = "bench-2026-12-01"
_SECRET, _SITE = b"a secret of the bench, long enough for everybody", "https://letters.example.org"
SLOT = datetime(2026, 12, 1, 8, tzinfo=UTC)
NEWSLETTER = Newsletter(
    id="bench",
    name="The Letter",
    sender=Sender(name="The Letter", address="news@example.org"),
    segments=(Segment(id="everybody", name="Everybody"),),
    # the canary's five minutes are no part of the rate
    waves=Waves(canary_percent=0),
)


_INSIGHT = Insight(
    id="story",
    source="ours",
    title="A story",
    summary="",
    link="https://example.org/story",
    published=SLOT,
    date_from=DateFrom.STATED,
    first_seen=SLOT,
)


def variant(stories: int, octets: int = 0) -> Variant:
    """Return a variant; octets: cut its parts so that a message of it is about so long, 0 for all of it."""
    # what renders is no part of a sending process, which reads its variants from the database
    from tests import emails

    one = emails.email("english", stories)
    # its slots are marked for the edition of the tests
    theirs, ours = track.nonce(emails.SECRET, emails.EDITION), track.nonce(_SECRET, EDITION)
    html, text = (part.replace(theirs, ours) for part in (one.html(), one.text()))
    assert ours in html, "a message without slots is no message"
    if octets:
        lines = "<p>A line of a short letter.</p>\n" * (octets // 45)
        html = f'<!DOCTYPE html><html lang="en"><body>{lines}</body></html>'
        text = "A line of a short letter.\n" * (octets // 90)
    return Variant(
        slug="all",
        segment="everybody",
        subject="The Letter",
        preheader="",
        html=html,
        text=text,
        sha256="0" * 64,
        stories=("story",),
    )


def make(folder: Path, people: int, one: Variant) -> None:
    """Make the database."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "digest.db"
    store = Database.open(path)
    with store.writing() as session:
        add_edition(session, NEWSLETTER.id, one, people)
    store.close()
    add_people(path, people)


def add_edition(session: Session, newsletter: str, one: Variant, people: int) -> None:
    """Add the edition of a newsletter, which is sending from then on."""
    edition = Edition(
        id=EDITION,
        newsletter=newsletter,
        # beside a newsletter's own slots
        slot=SLOT + timedelta(minutes=7),
        number=900,
        state=EditionState.DRAFT,
        revision="r",
        drafted_at=SLOT,
    )
    session.editions.keep_revision("r", SLOT, {})
    session.insights.add([_INSIGHT])
    placement = Placement(story=Story(lead=_INSIGHT), theme="reading", reasons=())
    session.editions.add(edition, [placement], [replace(one, people=people)])
    for state in (EditionState.APPROVED, EditionState.HOLDING, EditionState.SENDING):
        session.editions.move(edition, state, Event(at=SLOT, who="bench", what=str(state)))
        edition = replace(edition, state=state)


def add_people(path: Path, people: int) -> None:
    """Add so many people to a database, all of whom want everything every week."""
    consent = (SLOT - timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key)"
            " VALUES (?, ?, ?, ?, ?, '[]', '{}', ?)",
            (
                (
                    f"{number * 2654435761 % 2**32:08x}{number:08x}",
                    f"reader{number}@example.net",
                    f"reader{number}@example.net",
                    "Robin",
                    "Hale",
                    f"{number:064x}",
                )
                for number in range(people)
            ),
        )
        connection.execute(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at)"
            " SELECT id, ?, 'active', '[]', 'weekly', 'form', ? FROM subscriber",
            (NEWSLETTER.id, consent),
        )
    connection.close()


def composer(one: Variant) -> Composer:
    """Return what writes its messages."""
    return Composer(newsletter=NEWSLETTER, edition=EDITION, variants={one.slug: one}, base_url=_SITE, secret=_SECRET)


def letters(people: int) -> list[Letter]:
    """Return a claimed delivery to each of so many people."""
    made = []
    for number in range(people):
        person = Subscriber(id=f"{number:016x}", address=f"reader{number}@example.net", first_name="Robin")
        delivery = Delivery(edition=EDITION, subscriber=person.id, state=DeliveryState.CLAIMED, variant="all")
        made.append(Letter(delivery=delivery, subscriber=person))
    return made


def keep(one: Variant, file: Path) -> None:
    """Keep a variant in a file, for processes that have no database."""
    file.write_text(json.dumps(asdict(one)), encoding="utf8")


def kept(file: Path) -> Variant:
    """Return a variant that was kept in a file."""
    told = json.loads(file.read_text(encoding="utf8"))
    return Variant(**{**told, "stories": tuple(told["stories"])})
