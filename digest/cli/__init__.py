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


def _interrupted(number: int, frame: object) -> None:
    print("\nStopped. Nothing is lost: run the same command again to go on.", file=sys.stderr)
    raise KeyboardInterrupt


def main() -> None:
    """Run a command and end with its exit code."""
    from digest.cli import commands, editions, grouping, pinning, rules, sources, suggestions, templates, themes  # noqa: F401 (they add their commands to the app)

    for stream in (sys.stdout, sys.stderr):
        # a terminal that knows no curly quotes gets them spelled out, not an error
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # typer ends quietly on Ctrl-C: what it means is said before it gets to know
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except DigestError as fault:
        show_error(fault)
        sys.exit(SERVER if isinstance(fault, ServerTrouble) else MEND)
    except OSError as fault:
        where = f" ({fault.filename})" if fault.filename else ""
        print(f"This could not be read or written: {fault.strerror or fault}{where}.", file=sys.stderr)
        print("    → Check the path, its permissions and the free space, then run it again.", file=sys.stderr)
        sys.exit(MEND)
