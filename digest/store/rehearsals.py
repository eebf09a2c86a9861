"""Rehearsals: the last one of each edition lies in a folder of the workspace's private one, beside the database.

::

    rehearsals/lock              held by whoever rehearses: one at a time in a workspace
    rehearsals/EDITION.part/     one that is on its way, or was when its program was killed
    rehearsals/EDITION/          told.json, and messages as 1.eml, 2.eml …

What stands there is of real people, so nobody else may read it, and it goes when the edition has gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from digest.domain.errors import NotFound, Refused, StoreError
from digest.domain.model import Received, Rehearsal, SampleMessage, Share

_MINE = 0o700
_TOLD = "told.json"
_PART = ".part"
#: in one that is on its way: it must not be kept, since somebody in it was erased
_STALE = "stale"


class Rehearsals:
    """The rehearsals that are kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self, edition: str) -> Iterator[Path]:
        """Yield an empty folder for the messages of a rehearsal; nobody else rehearses until the end of the block.

        Raises Refused where somebody does, StoreError where the folder cannot be made.
        """
        try:
            self._folder.mkdir(mode=_MINE, parents=True, exist_ok=True)
            handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            what = f"The rehearsal cannot be kept: {fault.strerror}."
            raise StoreError(what, "Free some space, or look who may write there.") from fault
        try:
            if not _held(handle):
                raise Refused(
                    "Another rehearsal is on its way.", "Wait until it ends, or stop it on the page of its edition."
                )
            self._clear()
            part = self._folder / f"{edition}{_PART}"
            part.mkdir(mode=_MINE)
            try:
                yield part
            finally:
                self._clear()
        finally:
            os.close(handle)

    def _clear(self) -> None:
        """Remove what is on its way: this one, which nobody kept, or those of programs that were killed."""
        for left in self._folder.glob(f"*{_PART}"):
            shutil.rmtree(left, ignore_errors=True)

    def keep(self, part: Path, rehearsal: Rehearsal) -> None:
        """Keep a rehearsal, whose messages lie in the folder that `alone` gave, in the place of the edition's last.

        Raises Refused where it was to be forgotten meanwhile.
        """
        (part / _TOLD).write_text(json.dumps(asdict(rehearsal), default=str), encoding="utf8")
        last = self._folder / rehearsal.edition
        shutil.rmtree(last, ignore_errors=True)
        os.replace(part, last)
        # looked at last: whoever forgets from now on finds it here
        if (last / _STALE).exists():
            shutil.rmtree(last, ignore_errors=True)
            raise Refused(
                "Somebody was erased, or the edition left, while it was rehearsed.", "Nothing is kept: rehearse anew."
            )

    def last(self, edition: str) -> Rehearsal | None:
        """Return the last rehearsal of an edition."""
        try:
            told = json.loads((self._folder / edition / _TOLD).read_text(encoding="utf8"))
        except OSError:
            return None
        return Rehearsal(
            **told
            | {
                "at": datetime.fromisoformat(told["at"]),
                "shares": tuple(Share(**one) for one in told["shares"]),
                "unwritable_first": tuple(told["unwritable_first"]),
                "received": Received(**told["received"]),
                "samples": tuple(SampleMessage(**one) for one in told["samples"]),
            }
        )

    def message(self, edition: str, number: int) -> bytes:
        """Return a message that was kept; raises NotFound where it is not there any more."""
        try:
            return (self._folder / edition / f"{number}.eml").read_bytes()
        except OSError as fault:
            raise NotFound("This message is not kept any more.", "Rehearse the edition again.") from fault

    def forget(self, but: Container[str]) -> None:
        """Remove what is kept of all editions but these, by their ids; one that is on its way is not kept."""
        for part in self._folder.glob(f"*{_PART}"):
            if part.name.removesuffix(_PART) not in but:
                # it may end, or be kept, at this moment
                with suppress(FileNotFoundError):
                    (part / _STALE).touch(mode=0o600)
        for kept in self._folder.glob(f"*/{_TOLD}"):
            if kept.parent.name not in but and kept.parent.suffix != _PART:
                shutil.rmtree(kept.parent, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """Where they lie; it may not be there."""
        return self._folder


def _held(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
