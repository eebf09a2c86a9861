"""Journal: what a worker has begun and what became of it, written beside the database without waiting for the disk.

The file is memory that is shared with the operating system (mmap), so that a record costs no call of it. It survives
the worker, however that ends, and not the machine. All room was reserved when the file was made: a full disk cannot
come between a message and the record of its answer::

    record   12 octets   kind, length of the subscriber's id, length of the words, number of the claim, CRC-32
             the id
             the words   of the answer, in UTF-8

One record names the worker, its boot and, as its number, how many records were written before it; those that stand
before it were taken over from a longer file. Unwritten room is zeros, and no kind is 0.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
import threading
import zlib
from collections.abc import Iterable
from pathlib import Path

from digest.domain.errors import StoreError
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Rejected, Withheld
from digest.domain.ports import UNTOLD, Told, Worker

_HEAD = struct.Struct("<BBHII")
#: octets of a file, and those after which another is made with what is still needed: of no more messages than are
#: claimed at a time, each with two records
_ROOM, _LONG = 1024 * 1024, 512 * 1024
#: octets of words that are kept
_MOST_WORDS = 400
#: octets of a record at most
_LONGEST = _HEAD.size + 255 + _MOST_WORDS
_NAME, _BEGUN = 1, 2
_ACCEPTED, _REJECTED, _DEFERRED, _UNCHARGED, _DOUBT, _WITHHELD, _POSTPONED = range(3, 10)
#: between a server and its words
_APART = "\n"


class FileJournal:
    """A worker's own journal (domain/ports, Journal). Threads may share it."""

    def __init__(self, file: Path, worker: Worker) -> None:
        """Raises StoreError where the file cannot be made."""
        self._file = file
        self._worker = worker
        self._lock = threading.Lock()
        #: what is not in the database yet: (claim, subscriber) -> its records
        self._open: dict[tuple[int, str], bytes] = {}
        self._written = 0
        self._memory: mmap.mmap | None = None
        self._at = 0
        self._renew()

    @property
    def written(self) -> int:
        """How many records there are; never fewer than before."""
        return self._written

    def begun(self, claim: int, subscriber: str) -> None:
        """Write that a body is about to be begun. Raises StoreError where that is not written."""
        self._write((claim, subscriber), _record(_BEGUN, claim, subscriber, ""))

    def ended(self, claim: int, subscriber: str, outcome: Outcome) -> None:
        """Write what became of a message. Raises StoreError where that is not written."""
        kind, words = _told_of(outcome)
        self._write((claim, subscriber), _record(kind, claim, subscriber, words))

    def settled(self, messages: Iterable[tuple[int, str]]) -> None:
        """Let go of what is in the database now: (claim, subscriber)."""
        with self._lock:
            for message in messages:
                self._open.pop(message, None)
            if self._at > _LONG:
                self._renew()

    def close(self) -> None:
        """Close the file, and leave it."""
        if self._memory is not None:
            self._memory.close()

    def _write(self, message: tuple[int, str], record: bytes) -> None:
        with self._lock:
            self._put(record)
            self._written += 1
            self._open[message] = self._open.get(message, b"") + record

    def _put(self, record: bytes) -> None:
        # an octet stays free, by which the end is known
        if self._memory is None or self._at + len(record) >= len(self._memory):
            self._renew()
        assert self._memory is not None, "it was made just now"
        # its kind last: until then there is no record here for who reads it, wherever the process is killed
        self._memory[self._at + 1 : self._at + len(record)] = record[1:]
        self._memory[self._at] = record[0]
        self._at += len(record)

    def _renew(self) -> None:
        """Make a file with what is still needed, and put it in the place of the one before."""
        draft = self._file.with_suffix(".part")
        name = _record(_NAME, self._written, self._worker.id, self._worker.boot)
        content = b"".join(self._open.values()) + name
        room = max(_ROOM, 2 * len(content))
        old = self._memory
        try:
            with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, room)
                self._memory = mmap.mmap(file.fileno(), room)
            self._memory[: len(content)] = content
            os.replace(draft, self._file)
        except OSError as fault:
            draft.unlink(missing_ok=True)
            raise _unwritten(self._file, fault) from fault
        self._at = len(content)
        if old is not None:
            old.close()


def told(file: Path, worker: Worker) -> Told:
    """Return what a worker's journal says that nobody writes any more."""
    try:
        content = file.read_bytes()
    except OSError:
        return UNTOLD
    outcomes: dict[tuple[int, str], Outcome | None] = {}
    written, named, at = 0, False, 0
    while at < len(content) and content[at]:
        found = _read(content, at)
        if found is None:
            break
        kind, claim, subscriber, words, at = found
        if kind == _NAME:
            named, written = (subscriber, words) == (worker.id, worker.boot), claim
        else:
            outcomes[claim, subscriber] = _outcome_of(kind, words)
            written += 1
    # Behind the last record there is nothing, or one that a process was killed amid: nothing had come of that yet.
    # A file is never shorter than the room that was reserved: where this one is, records may be gone with its end.
    ended = content[at : at + 1] == b"\0" and not content[at + _LONGEST :].strip(b"\0")
    whole = named and ended and len(content) >= _ROOM
    return Told(outcomes=outcomes, written=written, whole=whole)


def _record(kind: int, claim: int, subscriber: str, words: str) -> bytes:
    who, said = subscriber.encode(), words.encode(errors="replace")[:_MOST_WORDS]
    rest = who + said
    check = zlib.crc32(_HEAD.pack(kind, len(who), len(said), claim, 0) + rest)
    return _HEAD.pack(kind, len(who), len(said), claim, check) + rest


def _read(content: bytes, at: int) -> tuple[int, int, str, str, int] | None:
    """Return kind, claim, subscriber and words of the record at a place, and where the next is; None where it is not
    whole.
    """
    start = at + _HEAD.size
    if start > len(content):
        return None
    kind, who, said, claim, check = _HEAD.unpack_from(content, at)
    end = start + who + said
    rest = content[start:end]
    if len(rest) < who + said or zlib.crc32(_HEAD.pack(kind, who, said, claim, 0) + rest) != check:
        return None
    return kind, claim, rest[:who].decode(), rest[who:].decode(errors="replace"), end


def _told_of(outcome: Outcome) -> tuple[int, str]:
    """Return the kind and the words of an outcome's record."""
    if isinstance(outcome, Accepted):
        return _ACCEPTED, f"{outcome.server}{_APART}{outcome.reply}"
    if isinstance(outcome, Rejected):
        return _REJECTED, outcome.reply
    if isinstance(outcome, Deferred):
        return _DEFERRED if outcome.charged else _UNCHARGED, outcome.reply
    if isinstance(outcome, InDoubt):
        return _DOUBT, outcome.reason
    return _POSTPONED if outcome.postponed else _WITHHELD, outcome.reason


def _outcome_of(kind: int, words: str) -> Outcome | None:
    """Return the outcome that a record tells of; None where it tells of a beginning."""
    if kind == _ACCEPTED:
        server, _, reply = words.partition(_APART)
        return Accepted(reply=reply, server=server)
    if kind == _REJECTED:
        return Rejected(reply=words)
    if kind in (_DEFERRED, _UNCHARGED):
        return Deferred(reply=words, charged=kind == _DEFERRED)
    if kind == _DOUBT:
        return InDoubt(reason=words)
    if kind in (_WITHHELD, _POSTPONED):
        return Withheld(reason=words, postponed=kind == _POSTPONED)
    return None


def _unwritten(file: Path, fault: OSError) -> StoreError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            "The disk is full, so nobody could tell what was sent. Nothing more was begun.",
            "Free some space, then send again: it goes on where it stopped.",
        )
    return StoreError(
        f"The journal {file} cannot be written ({fault.strerror}). Nothing more was begun.",
        "Check the folder's permissions, then send again: it goes on where it stopped.",
    )
