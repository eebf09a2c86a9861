"""Crew: several processes that work, started and looked after by one that does not.

    python -m digest.app.crew FOLDER NAME      one of them

One that ends although nobody told it to – it was killed, or had no memory left – is started anew. They end with the
standard input that they have from here, so also where this process is killed.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from digest.domain.errors import DigestError

#: seconds in which they end: what is on the wire is finished
END_SECONDS = 18.0
#: seconds between two looks, and before one is started anew
_LOOK_SECONDS, _AGAIN_SECONDS = 0.2, 1.0


def run(folder: Path, names: list[str], stopping: threading.Event, say: Callable[[str], None]) -> None:
    """Keep a process at work for each name, until `stopping` is set."""
    crew = {name: _started(folder, name) for name in names}
    try:
        while not stopping.wait(_LOOK_SECONDS):
            for name, process in crew.items():
                if process.poll() is not None and not stopping.wait(_AGAIN_SECONDS):
                    say(f"{name} ended. It is started anew.")
                    crew[name] = _started(folder, name)
    finally:
        _end(list(crew.values()))


def _started(folder: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "digest.app.crew", str(folder), name]
    # in a session of its own: Ctrl-C is for who started it, and then lets it end
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _end(crew: list[subprocess.Popen[bytes]]) -> None:
    for process in crew:
        if process.stdin is not None:
            process.stdin.close()
    end = time.monotonic() + END_SECONDS
    for process in crew:
        try:
            process.wait(timeout=max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(folder: Path, name: str) -> None:
    """Work until the standard input ends: whoever started this process is gone, or wants it to end."""
    from digest.app import App, working

    def say(words: str) -> None:
        sys.stdout.write(f"{name}: {words}\n")
        sys.stdout.flush()

    def read() -> None:
        while sys.stdin.buffer.read(1):
            continue
        app.stopping.set()

    try:
        app = App.open(folder)
        threading.Thread(target=read, name="input", daemon=True).start()
        working.work(app, name, say)
    except DigestError as fault:
        say(f"{fault.what} {fault.mend}".rstrip())
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
