"""Exported: people become a file that imports to the same, and in which no spreadsheet finds a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from digest.domain.model import Subscriber, Subscription
from digest.stages.roster.cells import escaped, joined, written
from digest.stages.roster.columns import column_of

_BEFORE = ("email", "first_name", "last_name")
_AFTER = (
    "tags",
    "themes",
    "cadence",
    "consent_source",
    "consent_at",
    "state",
    "joined_at",
    "joined_by",
    "paused_until",
)


def exported(people: Iterable[tuple[Subscriber, Subscription]], fields: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a file with these people, in UTF-8 and CRLF (RFC 4180).

    fields: the names of all fields that they have.
    """
    yield csv_line((*_BEFORE, *(column_of(name) for name in fields), *_AFTER))
    for subscriber, place in people:
        yield csv_line(
            (
                subscriber.address,
                subscriber.first_name,
                subscriber.last_name,
                *(subscriber.fields.get(name, "") for name in fields),
                joined(subscriber.tags),
                joined(place.themes),
                place.cadence,
                place.consent_source,
                written(place.consent_at),
                place.state,
                written(place.joined_at),
                place.joined_by,
                written(place.paused_until),
            )
        )


def csv_line(cells: Sequence[str]) -> str:
    """Return a row as it stands in a file."""
    out = io.StringIO(newline="")
    # quoting only what needs it keeps a file that people read readable
    csv.writer(out).writerow([escaped(cell) for cell in cells])
    return out.getvalue()
