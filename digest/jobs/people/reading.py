"""Reading: a file's rows in batches, and what there is to say of it; a large file is read by child processes, ahead.

Reading a row takes three times as long as setting it down. So two children read, each every second block of the file's
records, and what they give is set down as it comes.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from functools import partial
from itertools import count, islice, zip_longest
from pathlib import Path

from digest.children.ahead import ahead
from digest.children.limited import Unfinished
from digest.domain.errors import Refused
from digest.domain.ports.roster import StagedBatch, StagedPlace
from digest.jobs.people.files import chunks
from digest.stages.roster import ALL, About, Came, Probe, Reading, Share, together

#: rows of a batch
BATCH = 2_000
#: lines from which child processes are worth the half second that they take to begin
LARGE = 50_000
#: children that read a large file
_READERS = 2
#: places that are remembered; with more, some are handed over twice
_PLACES = 4_000


def read(file: Path, about: About, looked: Probe) -> Iterator[StagedBatch | Came]:
    """Yield a file's rows in batches, and last what reading it came to.

    Raises Refused where it cannot be read to its end.
    """
    if looked.lines < LARGE:
        yield from _batches(file, about, looked.encoding, ALL)
        return
    try:
        yield from _by_children(file, about, looked.encoding)
    except Unfinished as fault:
        what = f"{file} was not read to its end: {fault.why}."
        raise Refused(what, "Nothing is imported. Run this again.") from fault


def _by_children(file: Path, about: About, encoding: str) -> Iterator[StagedBatch | Came]:
    shares = [(which, _READERS) for which in range(_READERS)]
    came: list[Came] = []
    for pieces in zip_longest(*(ahead(partial(_packed, file, about, encoding, share)) for share in shares)):
        for piece in pieces:
            if isinstance(piece, Came):
                came.append(piece)
            elif piece is not None:
                yield StagedBatch._make(marshal.loads(piece))  # noqa: S302 (a child of this program wrote it)
    yield together(came)


def _packed(file: Path, about: About, encoding: str, share: Share) -> Iterator[bytes | Came]:
    for piece in _batches(file, about, encoding, share):
        # both ends are the same Python, and pickle takes twice as long
        yield piece if isinstance(piece, Came) else marshal.dumps((piece.rows, piece.places))


def _batches(file: Path, about: About, encoding: str, share: Share) -> Iterator[StagedBatch | Came]:
    reading = Reading(about, share)
    rows = reading.read(chunks(file), encoding)
    which, of = share
    # no two shares give places the same number
    numbers = count(which, of)
    known: dict[StagedPlace, int] = {}
    while batch := list(islice(rows, BATCH)):
        if len(known) > _PLACES:
            known.clear()
        new = {row.place for row in batch}.difference(known)
        known.update(zip(new, numbers, strict=False))
        made = [(known[place], tuple(place)) for place in new]
        yield StagedBatch([(*row[:-1], known[row.place]) for row in batch], made)
    yield reading.came
