"""A source or a rule is written into digest.toml, or taken out, and everything else in the file stays as it is.

Nothing is written before it is proven: the new text must say exactly what the old one said plus or minus that
one, and the program must accept it. Then the whole file is replaced at once, so that nobody ever reads half.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import stat
import tempfile
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit

from digest.config import FILE, bytes_of, decoded, parse, private, values
from digest.config.splice import CannotSplice, with_entry, without_entry
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.model import Finding, Severity

#: an id is part of reports and of links to findings: a longer one is not read
ID_CHARACTERS = 40
#: each writer needs some milliseconds; one that waits longer than this waits for something that hangs
MOST_SECONDS = 10.0
#: an id that themes and sources cannot bear (rules.py)
_NEVER = "other"

# the host of a web address; urlsplit raises on what people may well have pasted
_ADDRESS = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Change:
    text: str
    #: what went in or out, as it stands in the file
    block: str
    #: the newsletter's position, and what it has of that kind afterwards
    number: int
    kind: str
    entries: list[Any]


def add_source(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    """Write a source after the last one of a newsletter; return the text that was added.

    Raises ConfigurationError where the file or the source is wrong, Refused where the file cannot be written now;
    then nothing was written.
    """
    return _rewritten(folder, lambda text: _added(text, newsletter, "sources", values))


def remove_source(folder: Path, newsletter: str, source_id: str) -> str:
    """Take a source out of a newsletter; return the text that was taken out.

    Remarks inside its table go with it; those around it stay. Raises as add_source does.
    """

    def change(text: str) -> _Change:
        _, sources = _entries(text, newsletter, "sources")
        ids = [source.get("id") if isinstance(source, dict) else None for source in sources]
        if source_id not in ids:
            known = ", ".join(map(str, filter(None, ids))) or "none"
            raise _fault("source", f"There is no source “{source_id}” in “{newsletter}”.", f"There are: {known}.")
        return _removed(text, newsletter, "sources", ids.index(source_id))

    return _rewritten(folder, change)


def add_rule(folder: Path, newsletter: str, values: Mapping[str, object]) -> str:
    """Write a rule of grouping after the last one of a newsletter; return the text that was added.

    Raises as add_source does.
    """
    return _rewritten(folder, lambda text: _added(text, newsletter, "rules", values))


def remove_rule(folder: Path, newsletter: str, number: int) -> str:
    """Take a rule of grouping out of a newsletter; return the text that was taken out.

    number: the first is 1. Raises as add_source does.
    """

    def change(text: str) -> _Change:
        _, rules = _entries(text, newsletter, "rules")
        if not 1 <= number <= len(rules):
            known = f"There are {len(rules)}: `digest themes rules` shows them." if rules else "There is none."
            raise _fault("rule", f"There is no rule {number} in “{newsletter}”.", known)
        return _removed(text, newsletter, "rules", number - 1)

    return _rewritten(folder, change)


def unique_id(words: str, taken: Collection[str]) -> str:
    """Make the id of a source from the name or the address of a site: short, readable, not taken."""
    address = _ADDRESS.match(words)
    # letters with accents lose them; what has no Latin letter under it goes
    plain = unicodedata.normalize("NFKD", (address[1] if address else words).casefold().removeprefix("www."))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:ID_CHARACTERS].strip("-") or "source"
    made = slug
    number = 1
    while made in taken or made == _NEVER:
        number += 1
        ending = f"-{number}"
        made = slug[: ID_CHARACTERS - len(ending)].strip("-") + ending
    return made


def _added(text: str, newsletter: str, kind: str, values: Mapping[str, object]) -> _Change:
    number, entries = _entries(text, newsletter, kind)
    word = kind.removesuffix("s")
    try:
        made, block = with_entry(text, number, kind, values)
        new = tomlkit.item(dict(values)).unwrap()
    except CannotSplice as fault:
        raise _by_hand(f"There is no place in it for a new {word}.") from fault
    except (TypeError, ValueError) as fault:
        raise _by_hand(f"The new {word} cannot be written: {fault}.") from fault
    return _Change(made, block, number, kind, [*entries, new])


def _removed(text: str, newsletter: str, kind: str, place: int) -> _Change:
    number, entries = _entries(text, newsletter, kind)
    try:
        made, block = without_entry(text, number, kind, place)
    except CannotSplice as fault:
        raise _by_hand(f"Where {kind.removesuffix('s')} {place + 1} begins and ends cannot be told.") from fault
    return _Change(made, block, number, kind, entries[:place] + entries[place + 1 :])


def _entries(text: str, newsletter: str, kind: str) -> tuple[int, list[Any]]:
    """Return a newsletter's position and what the file says it has of a kind."""
    written = values(text).get("newsletters")
    known = written if isinstance(written, list) else []
    for number, one in enumerate(known):
        if isinstance(one, dict) and one.get("id") == newsletter and isinstance(one.get(kind, []), list):
            return number, one.get(kind, [])
    # what is wrong with the file is told with its line
    workspace = parse(text)
    names = ", ".join(one.id for one in workspace.newsletters)
    raise _fault("newsletter", f"There is no newsletter “{newsletter}”.", f"Name one of: {names}.")


def _rewritten(folder: Path, change: Callable[[str], _Change]) -> str:
    # a folder that is no workspace is told so before anything is made in it
    bytes_of(folder / FILE)
    # a link stays a link: what it leads to is replaced
    file = (folder / FILE).resolve()
    try:
        with _alone(folder):
            before = bytes_of(file)
            text = decoded(before)
            made = change(text)
            _prove(text, made)
            mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
            _replace(file, before, mark + made.text.encode())
    except OSError as fault:
        raise Refused(f"{file} cannot be written ({fault.strerror}).", "Check who may write in its folder.") from fault
    return made.block


def _prove(before: str, change: _Change) -> None:
    wanted = values(before)
    wanted["newsletters"][change.number][change.kind] = change.entries
    try:
        said = values(change.text)
        # no table of a kind and an empty one say the same
        said["newsletters"][change.number].setdefault(change.kind, [])
    except (ConfigurationError, LookupError):
        said = {}
    if said != wanted:
        raise _by_hand("It is written in a way that this program cannot edit without changing something else.")
    try:
        parse(change.text)
    except ConfigurationError as fault:
        raise ConfigurationError(_told(before, fault.findings)) from fault


def _told(before: str, after: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the faults to tell: those that the change brings, without the line of a text nobody has; else the old."""
    try:
        parse(before)
        old: tuple[Finding, ...] = ()
    except ConfigurationError as fault:
        old = fault.findings
    known = {finding.what for finding in old}
    brought = tuple(replace(finding, where=FILE) for finding in after if finding.what not in known)
    return brought or old


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
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
            raise Refused(f"{FILE} was changed by somebody else at this moment.", "Run the same command again.")
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        # the new name is on the disk only when its folder is
        os.fsync(folder)
    finally:
        os.close(folder)


def _by_hand(what: str) -> ConfigurationError:
    return _fault("edit", what, "Nothing was written; change it by hand, as docs/settings.md says.")


def _fault(code: str, what: str, mend: str) -> ConfigurationError:
    finding = Finding(code=f"config.{code}", severity=Severity.MUST_MEND, where=FILE, what=what, mend=mend)
    return ConfigurationError((finding,))
