"""Outbox: an edition's messages as files, to look at or to hand to another mail system.

A dry run: nobody counts as mailed, and it may be run any number of times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from digest.app import signing
from digest.domain.errors import Refused
from digest.domain.model import Delivery, DeliveryState, Edition, Letter, Parcel, Subscriber, Unwritable, Withheld
from digest.domain.ports import Progress
from digest.domain.states import SIGNED
from digest.jobs import rehearsal
from digest.jobs.planning import audience
from digest.transports.outbox import Outbox

if TYPE_CHECKING:
    from digest.app import App

#: what only those may look into who sends; messages hold people's names and links
_MINE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What writing came to."""

    edition: Edition
    messages: int
    #: people looked at who get nothing, and people whose address cannot be written
    skipped: int
    unwritable: int


class _Count:
    """What was met on the way."""

    def __init__(self) -> None:
        self.skipped = 0
        self.unwritable = 0


def write(app: App, edition_id: str, folder: Path, limit: int | None, force: bool, progress: Progress) -> Written:
    """Write the messages of an approved edition, signed as they would be sent, one file a person.

    limit: at most so many; force: also where the folder holds something. The ledger is not touched. Raises Refused for
    an edition nobody approved and a folder that is not empty, ApprovalTakenBack where other bytes were approved.
    """
    found = app.current(edition_id).edition
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise Refused(
            f"The folder {folder} is not empty.",
            "Name another, or say --force: messages of the same people are written over, all else stays.",
        )
    newsletter = app.as_drafted(found).newsletter
    if found.state in SIGNED:
        app.import_people(app.newsletter(found.newsletter))
    chosen = rehearsal.deliveries(app.store, app.clock, newsletter, found)
    folder.mkdir(mode=_MINE, parents=True, exist_ok=True)
    count = _Count()
    messages = 0
    with signing.sending(app, app.composer(found.id)) as composer:
        people = audience(composer.variants.values())
        most = min(people, limit or people)
        parcels = composer.parcels(islice(_letters(chosen, count), limit), app.clock)
        for _ in Outbox(folder).deliver(_writable(parcels, count), _may_go):
            messages += 1
            progress(min(messages, most), most)
    return Written(edition=found, messages=messages, skipped=count.skipped, unwritable=count.unwritable)


def _letters(chosen: Iterator[tuple[Subscriber, Delivery]], count: _Count) -> Iterator[Letter]:
    for subscriber, delivery in chosen:
        if delivery.state == DeliveryState.SKIPPED:
            count.skipped += 1
        else:
            yield Letter(delivery=delivery, subscriber=subscriber)


def _writable(made: Iterator[Parcel | Unwritable | None], count: _Count) -> Iterator[Parcel | None]:
    for one in made:
        if isinstance(one, Unwritable):
            count.unwritable += 1
        else:
            yield one


def _may_go(parcel: Parcel) -> Withheld | None:
    """Let every message be written (Begin)."""
    return None
