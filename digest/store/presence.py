"""Which sending processes of this machine are alive: each holds a lock on a file of its own.

The operating system gives the lock back the moment a process ends, however it ends, and it cannot
be fooled by a process id that was used again.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from pathlib import Path

from digest.domain.ports import Worker

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class FilePresence:
    """Lock files of workers in one folder (domain/ports, Presence)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._worker: Worker | None = None
        self._lock: int | None = None

    def me(self) -> Worker:
        """Return this process as a worker, alive from now until it ends."""
        if self._worker is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._worker = Worker(id=secrets.token_hex(8), host=socket.gethostname(), boot=_boot(), pid=os.getpid())
            self._lock = os.open(self._file(self._worker.id), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self._worker

    def leave(self) -> None:
        """Give the lock back and remove the file."""
        if self._worker is not None and self._lock is not None:
            self._file(self._worker.id).unlink(missing_ok=True)
            os.close(self._lock)
            self._worker = self._lock = None

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
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        self._file(worker.id).unlink(missing_ok=True)
        return True

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


def _boot() -> str:
    # where the system tells no boot id, an empty one still separates nobody wrongly: locks decide
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""
