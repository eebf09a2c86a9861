"""Files: how a file of people is opened, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from digest.domain.errors import DigestError
from digest.stages import roster
from digest.stages.roster import Chosen, Column, Probe

#: octets that are read at a time
_CHUNK = 1 << 18


def look_over(file: Path, mend: str = "Check its name, and that you may read it.") -> Probe:
    """Return what there is to know of a file before it is read. Raises DigestError where it cannot be opened."""
    try:
        return roster.probe(chunks(file))
    except OSError as fault:
        raise DigestError(f"The file {file} cannot be read ({fault.strerror}).", mend) from fault


def columns_of(file: Path, chosen: Chosen = MappingProxyType({})) -> tuple[Column, ...]:
    """Return what the columns of a file are read as; chosen: as in roster.About. Raises as look_over."""
    return roster.glimpse(chunks(file), look_over(file).encoding, chosen)


def chunks(file: Path) -> Iterator[bytes]:
    """Yield a file's octets."""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
