"""Uploads: files of people that staff send to the desk, looked at and taken in beside the page.

::

    taken in: a file in the private folder ─► read ─► looked at ─► the same once more, and into the database ─► removed
                                                  └─► dropped, left for a day, or somebody is erased: removed

A file is read anew before it is taken in: nothing is held while somebody thinks, and nothing is done that was not on
the screen. One file is worked on at a time; what waits says so. After the program ended, a file is looked at anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from digest import config
from digest.app import App
from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.ports import Progress
from digest.jobs import people
from digest.jobs.noting import Note
from digest.stages import roster

#: a file that nobody takes in is removed after so long, and what became of one is forgotten
KEPT = timedelta(days=1)
#: files that lie here at the same time
MOST = 20
#: characters of a file's name
_MOST_NAME = 80
_FOLDER, _ABOUT = "uploads", "about.json"
#: how files begin that are no text: workbooks of Excel, old and new, and PDF
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
#: what is said where an act would do something else than was on the screen
_OTHER = "Nothing was changed: it would come to something else than you saw. Look once more."
_LOG = logging.getLogger(__name__)


class Kind(StrEnum):
    """Whom a file names."""

    PEOPLE = "people"
    KEPT_OFF = "kept off"


class Stage(StrEnum):
    """How far an upload is."""

    WAITING = "waiting"
    READING = "reading"
    CHECKED = "checked"
    TAKING_IN = "taking in"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that somebody sent."""

    id: str
    name: str
    newsletter: str
    kind: Kind
    #: name of who sent it
    who: str
    at: datetime
    #: word -> people of what it came to; empty while it is not taken in
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an upload stands."""

    stage: Stage
    done: int = 0
    of: int = 0
    #: what it would come to; of people, and of those who are kept off
    seen: people.Imported | None = None
    seen_off: people.KeptOff | None = None
    columns: tuple[roster.Column, ...] = ()
    #: with what it was looked at: the words of consent, or why these people are kept off
    words: str = ""
    #: … and what somebody chose that columns are read as
    chosen: roster.Chosen = field(default_factory=dict)
    #: what was not done, and why
    trouble: str = ""
    #: word -> people of what it came to
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Tell whether it will stand otherwise soon, by itself."""
        return self.stage in (Stage.WAITING, Stage.READING, Stage.TAKING_IN)


@dataclass(frozen=True, slots=True)
class _Taking:
    """That an upload is to be taken in: if it comes to what was expected, and who notes it."""

    expected: str
    note: Note


class Uploads:
    """The files that staff sent, and the work on them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._standings: dict[str, Standing] = {}
        #: when the work on one began, and what tells that it is done
        self._ready: dict[str, tuple[float, threading.Event]] = {}
        self._lock = threading.Lock()
        #: one file at a time: two that are taken in would wait for each other, with all their rows on the disk
        self._turn = threading.Lock()

    def _let_go(self) -> None:
        """Forget what is known of files that are not here any more: it may name people."""
        there = {one.name for one in self._folder.iterdir()}
        with self._lock:
            gone = [name for name, one in self._standings.items() if name not in there and not one.moves]
            for name in gone:
                del self._standings[name]
                del self._ready[name]

    def take(self, name: str, newsletter: str, kind: Kind, who: str, pieces: Iterable[bytes]) -> str:
        """Keep a file that comes in pieces; return its id. Raises Refused, and what the pieces raise."""
        forget(self._app.loaded.folder, self._app.clock())
        self._let_go()
        if len(list(self._folder.iterdir())) >= MOST:
            raise Refused("Too many files wait here.", "Import one of them, or remove it, then send this one again.")
        about = Uploaded(
            id=self._app.new_id(), name=_plain(name), newsletter=newsletter, kind=kind, who=who, at=self._app.clock()
        )
        place = self._folder / about.id
        place.mkdir(mode=0o700)
        try:
            _write(place / about.name, pieces)
            self._keep(about)
        except OSError as fault:
            shutil.rmtree(place, ignore_errors=True)
            raise Refused(
                f"The file could not be kept ({fault.strerror}).", "Free some space, then send it again."
            ) from fault
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return about.id

    def find(self, identifier: str) -> Uploaded:
        """Return an upload. Raises NotFound."""
        found = _about(self._folder / identifier)
        if found is None:
            mend = "Files are removed after a day, and when somebody is erased whom they may name. Send it again."
            raise NotFound("This file is not here any more.", mend)
        return found

    def every(self) -> list[Uploaded]:
        """Return all uploads, the last one first."""
        forget(self._app.loaded.folder, self._app.clock())
        self._let_go()
        found = [about for about in map(_about, self._folder.iterdir()) if about is not None]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def standing(self, about: Uploaded, patience: float) -> Standing:
        """Return how an upload stands; one that nobody looked at yet is looked at now, beside.

        patience: seconds from its beginning for which the work on it is waited for.
        """
        if about.counts:
            return Standing(stage=Stage.DONE, counts=about.counts)
        if about.id not in self._standings:
            self._begin(about, "", {})
        begun, ready = self._ready[about.id]
        ready.wait(max(0.0, begun + patience - time.monotonic()))
        standing = self._standings.get(about.id)
        return self.standing(self.find(about.id), patience) if standing is None else standing

    def look(self, about: Uploaded, words: str, chosen: roster.Chosen = MappingProxyType({})) -> None:
        """Look at an upload anew, with the words of consent, or why these people are kept off.

        chosen: what columns are read as, as in roster.About.
        """
        self._begin(about, words, chosen)

    def take_in(
        self, about: Uploaded, words: str, expected: str, note: Note, chosen: roster.Chosen = MappingProxyType({})
    ) -> None:
        """Take an upload in, if it comes to what was on the screen (`mark` of what was seen).

        note: notes it; chosen: as in `look`.
        """
        self._begin(about, words, chosen, _Taking(expected, note))

    def refused(self, about: Uploaded) -> Iterator[str]:
        """Yield the lines of a file with the rows of an upload that cannot be read, below its first row."""
        file = self._folder / about.id / about.name
        standing = self._standings.get(about.id)
        chosen = standing.chosen if standing is not None else {}
        return people.refused(self._app.importing(self._app.newsletter(about.newsletter)), file, chosen)

    def drop(self, about: Uploaded) -> None:
        """Remove an upload. Raises Refused for one that is worked on."""
        standing = self._standings.get(about.id)
        if standing is not None and standing.moves:
            raise Refused("This file is being read at this moment.", "Wait until that is done.")
        shutil.rmtree(self._folder / about.id, ignore_errors=True)
        self._let_go()

    @property
    def _folder(self) -> Path:
        return _folder(self._app.loaded.folder)

    def _keep(self, about: Uploaded) -> None:
        values = {**asdict(about), "at": about.at.isoformat()}
        config.write_private(self._folder / about.id / _ABOUT, json.dumps(values).encode())

    def _begin(self, about: Uploaded, words: str, chosen: roster.Chosen, taking: _Taking | None = None) -> None:
        with self._lock:
            standing = self._standings.get(about.id)
            if standing is not None and (standing.moves or standing.stage == Stage.DONE):
                # pressed twice: it is under way, or done
                return
            before = standing or Standing(stage=Stage.WAITING)
            self._ready[about.id] = (time.monotonic(), threading.Event())
            self._standings[about.id] = replace(
                before, stage=Stage.WAITING, done=0, of=0, words=words, chosen=dict(chosen), trouble=""
            )
        work = threading.Thread(target=self._work, args=(about, words, chosen, taking), name="upload", daemon=True)
        work.start()

    def _work(self, about: Uploaded, words: str, chosen: roster.Chosen, taking: _Taking | None) -> None:
        ready = self._ready[about.id][1]
        try:
            with self._turn:
                self._change(about, stage=Stage.READING)
                if about.kind == Kind.PEOPLE:
                    self._people(about, words, chosen, taking)
                else:
                    self._kept_off(about, words, taking)
        except DigestError as fault:
            self._change(about, stage=Stage.CHECKED, trouble=f"{fault.what} {fault.mend}".strip())
        except Exception as fault:
            where = traceback.extract_tb(fault.__traceback__)[-1]
            _LOG.error("An import failed: %s in %s, line %s", type(fault).__name__, where.filename, where.lineno)
            words = "This did not work, by a fault of the program. Nothing was changed."
            self._change(about, stage=Stage.CHECKED, trouble=words)
        finally:
            ready.set()

    def _people(self, about: Uploaded, words: str, chosen: roster.Chosen, taking: _Taking | None) -> None:
        file = self._folder / about.id / about.name
        record = roster.consent(words, self._app.clock()) if words else None
        work = self._app.importing(self._app.newsletter(about.newsletter))
        columns = people.columns_of(file, chosen)
        with people.held(work, file, record, self._progress(about), chosen) as one:
            seen = one.look()
            if taking is None or taking.expected != mark(seen, columns):
                self._change(about, stage=Stage.CHECKED, seen=seen, columns=columns, trouble=_OTHER if taking else "")
                return
            self._change(about, stage=Stage.TAKING_IN, done=0)
            done = one.take_in(self._progress(about), taking.note)
        self._through(about, done.counts)

    def _kept_off(self, about: Uploaded, words: str, taking: _Taking | None) -> None:
        file = self._folder / about.id / about.name
        store, clock, key = self._app.store, self._app.clock, self._app.suppression_key
        seen = people.keep_off(store, clock, file, words, key, do=False)
        if taking is None or taking.expected != mark(seen):
            self._change(about, stage=Stage.CHECKED, seen_off=seen, trouble=_OTHER if taking else "")
            return
        self._change(about, stage=Stage.TAKING_IN)
        done = people.keep_off(store, clock, file, words, key, do=True, note=taking.note)
        self._through(about, {**done.new, "known": done.known, "ended": done.ended, "refused": done.refused})

    def _through(self, about: Uploaded, counts: Mapping[str, int]) -> None:
        # what it came to is kept with it; what was found in it may name people, and is shown no more
        self._change(about, stage=Stage.DONE, counts=counts, seen=None, seen_off=None, columns=(), chosen={})
        # it is done, and a full disk does not make it otherwise
        with suppress(OSError):
            (self._folder / about.id / about.name).unlink(missing_ok=True)
            self._keep(replace(about, counts={**counts}))

    def _progress(self, about: Uploaded) -> Progress:
        def note(done: int, of: int) -> None:
            self._change(about, done=done, of=of)

        return note

    def _change(self, about: Uploaded, **values: object) -> None:
        self._standings[about.id] = replace(self._standings[about.id], **values)  # type: ignore[arg-type]


def mark(seen: people.Imported | people.KeptOff, columns: Sequence[roster.Column] = ()) -> str:
    """Return what is another where a file would come to something else than was on the screen.

    columns: what its columns are read as.
    """
    if isinstance(seen, people.Imported):
        read_as = "\n".join(f"{one.is_field} {one.becomes}" for one in columns)
        return f"{seen.new}-{seen.changed}-{hashlib.sha256(read_as.encode()).hexdigest()[:16]}"
    return "-".join(f"{reason}:{number}" for reason, number in sorted(seen.new.items())) + f"-{seen.ended}"


def forget(folder: Path, now: datetime) -> None:
    """Remove what was sent more than a day ago."""
    for one in _folder(folder).iterdir():
        about = _about(one)
        # one without is being written, or was left half-way
        at = about.at if about else datetime.fromtimestamp(one.stat().st_mtime, UTC)
        if now - at > KEPT:
            shutil.rmtree(one, ignore_errors=True)


def forget_waiting(folder: Path) -> None:
    """Remove every file that is not taken in: somebody is erased, and any of them may name them."""
    for one in _folder(folder).iterdir():
        about = _about(one)
        if about is None or not about.counts:
            shutil.rmtree(one, ignore_errors=True)


def _about(folder: Path) -> Uploaded | None:
    try:
        values = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        return Uploaded(**{**values, "kind": Kind(values["kind"]), "at": datetime.fromisoformat(values["at"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _folder(workspace: Path) -> Path:
    made = config.private(workspace) / _FOLDER
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    octets = 0
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in pieces:
            if not octets and piece.startswith(_NO_TEXT):
                raise Refused("This is no CSV file.", "In Excel, save it as “CSV UTF-8”, then send that file.")
            octets += len(piece)
            out.write(piece)
    if not octets:
        raise Refused("The file is empty.", "Choose the file again.")


def _plain(name: str) -> str:
    """Return a file's name as it may lie here: what leads elsewhere is none of it."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in last if one.isalnum() or one in " ._-").strip(" .")
    return kept[-_MOST_NAME:].strip(" .") if kept and kept != _ABOUT else "people.csv"
