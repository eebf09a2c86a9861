"""Sink: a mail server on this machine that passes nothing on (transports/sink), running for the length of a block."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.domain.errors import ServerTrouble
from digest.domain.model import Received

#: seconds in which it ends, and tells what it counted
_END_SECONDS = 30


class Sink:
    """One that runs, on `port` of the loopback interface."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.port = int(self._line() or 0)
        if not self.port:
            raise ServerTrouble("The mail server for trying things out did not start.", "Run `digest check`.")

    def keep(self, number: int, address: str) -> None:
        """Have the message to an address kept as NUMBER.eml; one that counts does so from when this returns."""
        with self._lock:
            assert self._process.stdin is not None
            try:
                print(number, address, file=self._process.stdin, flush=True)
            except BrokenPipeError as fault:
                raise ServerTrouble("The mail server for trying things out ended.", "Rehearse again.") from fault
            self._line()

    def end(self) -> Received:
        """End it, and return what it counted."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        told = self._line()
        self._process.wait(timeout=_END_SECONDS)
        if not told:
            raise ServerTrouble("The mail server for trying things out ended before it told anything.", "Try again.")
        return Received(**json.loads(told))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def keeping(folder: Path) -> Iterator[Sink]:
    """Run one that keeps every message in a folder."""
    with _running(str(folder)) as sink:
        yield sink


@contextmanager
def counting(folder: Path) -> Iterator[Sink]:
    """Run one that counts, and keeps in a folder what it is told to."""
    with _running("--count", str(folder)) as sink:
        yield sink


@contextmanager
def _running(*words: str) -> Iterator[Sink]:
    command = [sys.executable, "-m", "digest.transports.sink", *words]
    # in a session of its own: Ctrl-C is for who started it, and then lets it end
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdin is not None
        try:
            yield Sink(process)
        finally:
            # it ends with its standard input, also where this program is killed
            process.stdin.close()
            process.wait(timeout=_END_SECONDS)
