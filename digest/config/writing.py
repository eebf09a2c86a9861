"""digest.toml is written: what it says now and what it is to say are compared first, then it is replaced at once.

Nothing is written before it is proven: the new text must say exactly what is wanted, and the program must accept it.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digest.config import FILE, bytes_of, decoded, judged, private, values
from digest.config.lines import ValuePath
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.model import Finding, Severity

#: each writer needs some milliseconds; one that waits longer than this waits for something that hangs
MOST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What the file is to be."""

    text: str
    #: what it must say, as tomllib reads it
    wanted: dict[str, Any]


class Faulty(ConfigurationError):
    """The program would not accept what was to be written. `at`: the path of each finding in the new values."""

    def __init__(self, located: list[tuple[ValuePath, Finding]]) -> None:
        super().__init__(tuple(finding for _, finding in located))
        self.located = located


def written(folder: Path, change: Callable[[str], Draft]) -> tuple[str, str]:
    """Write digest.toml anew; return its text before and after.

    change: makes the draft of the text as it is when nobody else may write. Raises ConfigurationError (Faulty where the
    change is at fault), Refused where the file cannot be written now; then nothing was written.
    """
    # a folder that is no workspace is told so before anything is made in it
    bytes_of(folder / FILE)
    # a link stays a link: what it leads to is replaced
    file = (folder / FILE).resolve()
    try:
        with alone(folder):
            before = bytes_of(file)
            text = decoded(before)
            draft = change(text)
            if draft.text == text:
                return text, text
            _prove(text, draft)
            mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
            _replace(file, before, mark + draft.text.encode())
    except OSError as fault:
        raise Refused(f"{file} cannot be written ({fault.strerror}).", "Check who may write in its folder.") from fault
    return text, draft.text


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes of this program from writing meanwhile; the system gives the lock back however we end."""
    handle = os.open(private(folder) / "configuration.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + MOST_SECONDS
        while not _locked(handle):
            if time.monotonic() > until:
                raise Refused(f"Somebody else is changing {FILE} at this moment.", "Try again in a minute.")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def by_hand(what: str) -> ConfigurationError:
    """Return the error for a change that a person must make in the file."""
    return fault("edit", what, "Nothing was written; change it by hand, as docs/settings.md says.")


def fault(code: str, what: str, mend: str) -> ConfigurationError:
    """Return an error about the file as a whole."""
    finding = Finding(code=f"config.{code}", severity=Severity.MUST_MEND, where=FILE, what=what, mend=mend)
    return ConfigurationError((finding,))


def _prove(before: str, draft: Draft) -> None:
    try:
        said = _bare(values(draft.text))
    except ConfigurationError:
        said = None
    if said != _bare(draft.wanted):
        raise by_hand("It is written in a way that this program cannot edit without changing something else.")
    workspace, found = judged(draft.text)
    if workspace is None:
        raise Faulty(_told(before, found))


def _bare(value: Any) -> Any:
    """Leave out tables and lists of tables in which nothing is: what is not there and what is empty say the same."""
    if isinstance(value, dict):
        made = {key: _bare(one) for key, one in value.items()}
        return {key: one for key, one in made.items() if one != {} and not (one == [] and key in _TABLES)}
    return [_bare(one) for one in value] if isinstance(value, list) else value


#: lists of tables: without an entry each is the same as none
_TABLES = frozenset(
    {
        "newsletters",
        "sources",
        "themes",
        "rules",
        "segments",
        "blocks",
        "servers",
        "domains",
        "dkim",
        "hooks",
        "terms",
        "closed",
    }
)


def _told(before: str, after: list[tuple[ValuePath, Finding]]) -> list[tuple[ValuePath, Finding]]:
    """Return the faults to tell: those that the change brings, without the line of a text nobody has; else the old."""
    _, old = judged(before)
    known = {finding.what for _, finding in old}
    brought = [(path, replace(finding, where=FILE)) for path, finding in after if finding.what not in known]
    return brought or old


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(file: Path, before: bytes, after: bytes) -> None:
    if not os.access(file, os.W_OK):
        raise Refused(f"{file} is write-protected.", "Allow writing to it, or change it by hand.")
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(after)
            out.flush()
            was = file.stat()
            # only root may give a file away; whoever else writes here owns it afterwards
            with suppress(PermissionError):
                os.fchown(handle, was.st_uid, was.st_gid)
            os.fchmod(handle, stat.S_IMODE(was.st_mode))
            os.fsync(handle)
        # an editor knows nothing of our lock: what somebody saved meanwhile must not be lost
        if file.read_bytes() != before:
            raise Refused(f"{FILE} was changed by somebody else at this moment.", "Do the same again.")
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        # the new name is on the disk only when its folder is
        os.fsync(folder)
    finally:
        os.close(folder)
