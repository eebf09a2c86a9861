"""The program's own sink, which notes besides which lines were cut: python tests/crash/server.py FOLDER DELAY.

FOLDER.lines has a word for each connection that was opened, and one for how it ended: quit, or cut. So it is counted
what can have been in flight when a sender was killed, one message a line.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, syntax

from digest.transports.sink import MOST_BYTES, Keeper


class Noting(SMTP):
    """A line that notes how it ended."""

    def __init__(self, *words: Any, lines: Path, **more: Any) -> None:
        super().__init__(*words, **more)
        self._lines = lines
        self._end = "cut"

    def connection_made(self, transport: Any) -> None:
        self._note("open")
        super().connection_made(transport)

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:
        self._end = "quit"
        await super().smtp_QUIT(arg)

    def connection_lost(self, error: Exception | None) -> None:
        self._note(self._end)
        super().connection_lost(error)

    def _note(self, word: str) -> None:
        with self._lines.open("a") as file:
            file.write(f"{word}\n")


async def serve(folder: Path, delay: float) -> None:
    keeper = Keeper(folder, delay)
    loop = asyncio.get_running_loop()
    lines = folder.with_name(f"{folder.name}.lines")
    lines.touch()
    server = await loop.create_server(
        lambda: Noting(keeper, lines=lines, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Sink"),
        "127.0.0.1",
        0,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
