"""Maildir: mail that a server on this machine put into a folder, and mbox files.

A Maildir's message is a file of its own: new ones lie in new/, those that a program has seen in cur/ with a flag S. An
mbox file has all messages one after the other, and others may be writing to it: it is read, and never changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from digest.domain.errors import DigestError
from digest.feedback.opening import MOST_OCTETS

#: what separates the messages of an mbox file (RFC 4155, default format)
_SEPARATOR = re.compile(rb"^From \S{0,300} .*\d{4}\s*$")
#: marks after a message's name (Maildir++): S for seen
_SEEN = "S"
_MBOX_SUFFIXES = (".mbox", ".mbx", "")


class Maildir:
    """A Maildir as a Mailbox (domain/ports).

    folder: holds new/ and cur/; done: a folder inside (Maildir++, such as “Done”) where what was dealt with goes;
    without one it stays, marked as seen. Raises DigestError where the folder is no Maildir.
    """

    def __init__(self, folder: Path, done: str = "") -> None:
        if not is_maildir(folder):
            raise DigestError(f"{folder} is no Maildir: it has no folders new and cur.", "Check its path.")
        self._folder = folder
        self._done = folder / f".{done}" if done else None
        #: where those that were given lay
        self._given: dict[str, Path] = {}

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield what was not dealt with: its name, and its bytes up to MOST_OCTETS; the oldest name first."""
        waiting = sorted(
            (file.name, file)
            for room in ("new", "cur")
            for file in (self._folder / room).iterdir()
            if _SEEN not in _flags(file) and not file.name.startswith(".")
        )
        for _, file in waiting:
            try:
                content = octets_of(file)
            except FileNotFoundError:
                # another program moved it meanwhile
                continue
            self._given[_name(file)] = file
            yield _name(file), content

    def done(self, key: str) -> None:
        """Mark a message as seen, or move it away; one that is gone already is done."""
        given = self._given.pop(key, None)
        if given is not None and given.exists():
            self._put_away(given, key)
            return
        # not given by this one, or another program renamed it meanwhile
        for room in ("new", "cur"):
            for file in (self._folder / room).iterdir():
                if _name(file) == key:
                    self._put_away(file, key)

    def _put_away(self, file: Path, key: str) -> None:
        flags = "".join(sorted({*_flags(file), _SEEN}))
        target = self._folder if self._done is None else self._done
        for room in ("cur", "new", "tmp"):
            (target / room).mkdir(parents=True, exist_ok=True)
        try:
            os.rename(file, target / "cur" / f"{key}:2,{flags}")
        except FileNotFoundError:
            return


class Mbox:
    """An mbox file as a Mailbox (domain/ports): what was dealt with is told by its hash alone.

    Raises DigestError where it cannot be read.
    """

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise DigestError(f"{file} is no file.", "Check its path.")
        self._file = file

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield each message: its number from 1 on, and its bytes up to MOST_OCTETS without the line before it."""
        number, held, lines = 0, 0, list[bytes]()
        was_empty = True
        with self._file.open("rb") as opened:
            # a line without end is read in pieces
            for line in iter(lambda: opened.readline(1_000_000), b""):
                if was_empty and _SEPARATOR.match(line):
                    if number:
                        yield str(number), b"".join(lines)
                    number, held, lines = number + 1, 0, []
                elif held < MOST_OCTETS:
                    lines.append(line[1:] if line.startswith(b">From ") else line)
                    held += len(line)
                was_empty = not line.strip()
        if number:
            yield str(number), b"".join(lines)

    def done(self, key: str) -> None:
        """Leave the file as it is: who delivers mail may be writing to it."""


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir."""
    return (folder / "new").is_dir() and (folder / "cur").is_dir()


def is_mbox(file: Path) -> bool:
    """Whether a file holds many messages: by its name, and how it begins.

    A saved message (.eml, .txt) may begin as an mbox does, and return another that does as well.
    """
    if file.suffix.lower() not in _MBOX_SUFFIXES:
        return False
    with file.open("rb") as opened:
        return bool(_SEPARATOR.match(opened.readline(2_000)))


def octets_of(file: Path) -> bytes:
    """Return a file's bytes, up to MOST_OCTETS."""
    with file.open("rb") as opened:
        return opened.read(MOST_OCTETS)


def _name(file: Path) -> str:
    return file.name.partition(":")[0]


def _flags(file: Path) -> str:
    return file.name.partition(":2,")[2]
