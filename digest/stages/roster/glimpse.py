"""Glimpse: what the columns of a file are read as, with what stands in its first row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from digest.stages.roster.cells import unescaped
from digest.stages.roster.columns import FIELD, MOST_COLUMNS, Chosen, Unusable, columns, field_of, likely
from digest.stages.roster.records import records

#: characters of a cell that are shown
_MOST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a file."""

    #: as its first row says
    name: str
    #: the program's own column that it is read as, or the name of a field; empty where it is left out
    becomes: str
    #: it is read as a field
    is_field: bool
    #: what stands there in the first row below the names
    first: str


def glimpse(chunks: Iterable[bytes], encoding: str, chosen: Chosen) -> tuple[Column, ...]:
    """Return the columns of a file that comes in pieces; none where there are none, or too many.

    Where they cannot be told together, each is shown as what was chosen for it, or as what its name means.
    """
    found = (record for record in records(chunks, encoding) if not record.fault and "\0" not in record.text)
    filled = (record for record in found if any(cell.strip() for cell in record.cells))
    head = next(filled, None)
    if head is None or len(head.cells) > MOST_COLUMNS:
        return ()
    try:
        told = columns(head.cells, head.line, chosen)
    except Unusable:
        told = likely(head.cells, chosen)
    row = next(filled, None)
    cells = row.cells if row is not None else []
    own = {at: name for name, at in told.own.items()}
    fields = {at: name for name, at in told.fields}
    # what somebody chose is shown to them also where two choices do not go together
    own |= {at: meant for at, meant in chosen.items() if not meant.startswith(FIELD)}
    fields |= {at: field_of(meant) for at, meant in chosen.items() if meant.startswith(FIELD)}
    return tuple(
        Column(
            name=unescaped(name.strip())[:_MOST],
            becomes=own.get(at) or fields.get(at, ""),
            is_field=at in fields,
            first=unescaped(cells[at].strip())[:_MOST] if at < len(cells) else "",
        )
        for at, name in enumerate(head.cells)
    )
