"""The program's own sink, which notes besides which lines were cut: python tests/crash/server.py FOLDER DELAY.

A line in FOLDER.cut says of each connection that ended without QUIT whether a body had been asked for on it and its
answer had not left. So the server counts what was in flight when a sender was killed.
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

    def __init__(self, *words: Any, cut: Path, **more: Any) -> None:
        super().__init__(*words, **more)
        self._cut = cut
        self._body = False
        self._quit = False

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        self._body = True
        await super().smtp_DATA(arg)
        self._body = False

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:
        self._quit = True
        await super().smtp_QUIT(arg)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._quit:
            with self._cut.open("a") as file:
                file.write("body\n" if self._body else "idle\n")
        super().connection_lost(error)


async def serve(folder: Path, delay: float) -> None:
    keeper = Keeper(folder, delay)
    loop = asyncio.get_running_loop()
    cut = folder.with_name(f"{folder.name}.cut")
    cut.touch()
    server = await loop.create_server(
        lambda: Noting(keeper, cut=cut, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Sink"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
