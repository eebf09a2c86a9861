"""The command line: one short function a command.

Exit codes: 0 done; 1 something is to be mended, and the message says what; 2 the command was
written wrongly; 3 the mail server would not serve, nothing is lost; 130 interrupted by Ctrl-C.
"""

from __future__ import annotations

import io
import signal
import sys

from digest.cli.frame import app, show_error
from digest.domain.errors import DigestError, ServerTrouble

OK, MEND, USAGE, SERVER, INTERRUPTED = 0, 1, 2, 3, 130


class _Interrupt:
    """Says what Ctrl-C means, once, and remembers that it came."""

    came = False

    def __call__(self, number: int, frame: object) -> None:
        if not self.came:
            print("\nStopped. Nothing is lost: run the same command again to go on.", file=sys.stderr)
        self.came = True
        raise KeyboardInterrupt


def _load() -> None:
    """Let every module add its commands to the app."""
    from digest.cli import (  # noqa: F401 (they add their commands to the app)
        api,
        asking,
        bounces,
        clicks,
        commands,
        correcting,
        deliveries,
        desk,
        dkim,
        editions,
        excluding,
        forms,
        grouping,
        growth,
        links,
        lint,
        mail,
        moving,
        pictures,
        pinning,
        report,
        rights,
        rules,
        segments,
        sending,
        serving,
        sources,
        subscribers,
        suggestions,
        suppressions,
        templates,
        themes,
        why,
        working,
    )


def main() -> None:
    """Run a command and end with its exit code."""
    _load()
    for stream in (sys.stdout, sys.stderr):
        # a terminal that knows no curly quotes gets them spelled out, not an error
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # typer ends quietly on Ctrl-C: what it means is said before it gets to know
    interrupt = _Interrupt()
    signal.signal(signal.SIGINT, interrupt)
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (DigestError, OSError) as fault:
        # what fails because it was interrupted half-way, such as a database that is still locked, is no news
        sys.exit(INTERRUPTED if interrupt.came else _told(fault))


def _told(fault: DigestError | OSError) -> int:
    """Print an error to standard error; return its exit code."""
    if isinstance(fault, DigestError):
        show_error(fault)
        return SERVER if isinstance(fault, ServerTrouble) else MEND
    where = f" ({fault.filename})" if fault.filename else ""
    print(f"This could not be read or written: {fault.strerror or fault}{where}.", file=sys.stderr)
    print("    → Check the path, its permissions and the free space, then run it again.", file=sys.stderr)
    return MEND
