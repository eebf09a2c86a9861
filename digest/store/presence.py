"""Which sending processes of this machine are alive: each holds a lock on a file of its own, beside its journal.

The operating system gives the lock back the moment a process ends, however it ends, and it cannot
be fooled by a process id that was used again.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from dataclasses import replace
from pathlib import Path

from digest.domain.ports import Told, Worker
from digest.store.journal import FileJournal, told

#: seconds in which a lock file may not be locked yet
_YOUNG_SECONDS = 60.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class FilePresence:
    """Lock files of workers in one folder (domain/ports, Presence)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._worker: Worker | None = None
        self._lock: int | None = None
        self._journal: FileJournal | None = None

    def me(self) -> Worker:
        """Return this process as a worker, alive from now until it ends."""
        if self._worker is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._worker = Worker(id=secrets.token_hex(8), host=socket.gethostname(), boot=_boot(), pid=os.getpid())
            self._lock = os.open(self._file(self._worker.id), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self._worker

    def journal(self) -> FileJournal:
        """Return this worker's own journal.

        Raises StoreError where it cannot be written.
        """
        worker = self.me()
        if self._journal is None:
            self._journal = FileJournal(self._journal_file(worker.id), worker)
        return self._journal

    def leave(self) -> None:
        """Give the lock back. The files stay, unless `forget` removed them: who comes later reads the journal."""
        if self._worker is not None and self._lock is not None:
            if self._journal is not None:
                self._journal.close()
            os.close(self._lock)
            self._worker = self._lock = self._journal = None

    def gone(self, worker: Worker) -> bool:
        """Tell whether a worker has certainly ended; False where that cannot be known from here."""
        if worker.host != socket.gethostname():
            return False
        if worker.boot != _boot():
            return True
        try:
            handle = os.open(self._file(worker.id), os.O_RDWR)
        except FileNotFoundError:
            return self._never_held(worker)
        try:
            return _is_free(handle)
        finally:
            os.close(handle)

    def told(self, worker: Worker) -> Told:
        """Return what the journal of a worker says that is gone."""
        if worker.host != socket.gethostname() or worker.boot != _boot():
            # what the machine had not brought to the disk when it went down is missing, and nobody can tell
            return replace(told(self._journal_file(worker.id), worker), whole=False)
        return told(self._journal_file(worker.id), worker)

    def strays(self) -> list[str]:
        """Return the ids of the workers that left files here and have certainly ended."""
        mine = self._worker.id if self._worker is not None else ""
        return [file.stem for file in self._folder.glob("*.lock") if file.stem != mine and self._is_stray(file)]

    def _is_stray(self, file: Path) -> bool:
        try:
            with file.open("rb") as handle:
                # one that was made just now is locked in a moment
                is_young = time.time() - os.fstat(handle.fileno()).st_mtime < _YOUNG_SECONDS
                return not is_young and _is_free(handle.fileno())
        except OSError:
            return False

    def forget(self, worker: str) -> None:
        """Remove what is left of a worker, by its id, whose claims are settled."""
        journal = self._journal_file(worker)
        for file in (journal, journal.with_suffix(".part"), self._file(worker)):
            file.unlink(missing_ok=True)

    def _journal_file(self, worker: str) -> Path:
        return self._folder / f"{worker}.journal"

    def _file(self, worker: str) -> Path:
        return self._folder / f"{worker}.lock"

    @staticmethod
    def _never_held(worker: Worker) -> bool:
        # somebody removed the file: only a process id that no longer exists proves anything
        try:
            os.kill(worker.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def _is_free(handle: int) -> bool:
    """Tell whether nobody holds the lock of an open file."""
    try:
        # shared, so that two who ask at once do not take each other for the holder
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _boot() -> str:
    # where the system tells no boot id, an empty one still separates nobody wrongly: locks decide
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
