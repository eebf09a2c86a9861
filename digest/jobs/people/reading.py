"""Reading: a file's rows in batches, and what there is to say of it; of a large file a child process reads ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from digest.children.ahead import ahead
from digest.children.limited import Unfinished
from digest.domain.errors import Refused
from digest.domain.model import Finding
from digest.domain.ports.roster import StagedRow, Staying
from digest.jobs.people.files import chunks
from digest.stages.roster import About, Probe, Reading

#: rows of a batch
BATCH = 2_000
#: lines from which a child process is worth the half second that it takes to begin
LARGE = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What reading a file came to, beside its rows."""

    findings: tuple[Finding, ...] = ()
    #: rows that cannot be read
    refused: int = 0
    #: the columns cannot be told: nothing is read
    unusable: bool = False
    staying: Staying = field(default_factory=Staying)


def read(file: Path, about: About, looked: Probe) -> Iterator[list[StagedRow] | Read]:
    """Yield a file's rows in batches, and last what reading it came to.

    Raises Refused where it cannot be read to its end.
    """
    if looked.lines < LARGE:
        yield from _batches(file, about, looked.encoding)
        return
    try:
        yield from ahead(_batches, file, about, looked.encoding)
    except Unfinished as fault:
        raise Refused(
            f"{file} was not read to its end: {fault.why}.", "Nothing is imported. Run this again."
        ) from fault


def _batches(file: Path, about: About, encoding: str) -> Iterator[list[StagedRow] | Read]:
    reading = Reading(about)
    rows = reading.read(chunks(file), encoding)
    while batch := list(islice(rows, BATCH)):
        yield batch
    yield Read(
        findings=reading.findings,
        refused=reading.refused,
        unusable=reading.unusable,
        staying=Staying() if reading.rows is None else reading.rows.staying,
    )
