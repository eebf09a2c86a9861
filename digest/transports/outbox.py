"""Outbox: messages as .eml files instead of on the wire."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from digest.domain.model import Accepted, Outcome, Parcel
from digest.domain.ports import Begin, Known, unheard

#: seconds until it is asked again for what was not ready
_NAP_SECONDS = 0.01


class Outbox:
    """Writes each message into a folder (domain/ports, Transport)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        """Write each message under its subscriber's id, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for parcel in parcels:
            if parcel is None:
                time.sleep(_NAP_SECONDS)
                continue
            withheld = begin(parcel)
            if withheld is not None:
                known(parcel, withheld)
                yield parcel, withheld
                continue
            file = self._folder / f"{parcel.letter.subscriber.id}.eml"
            draft = file.with_suffix(".part")
            draft.write_bytes(parcel.content)
            os.replace(draft, file)
            accepted = Accepted(reply=f"written to {file}")
            known(parcel, accepted)
            yield parcel, accepted
