"""Sink: a real SMTP server on this machine that keeps what it gets and passes nothing on.

Run as a process of its own: python -m digest.transports.sink FOLDER. It prints its port as its first
line, writes one .eml a recipient into FOLDER and a line a message into FOLDER.jsonl, and ends with
its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

#: larger than any email that a mail program would show
MOST_BYTES = 30 * 1024 * 1024


class Keeper:
    """Keeps each message: a file a recipient, and a line in the log beside the folder."""

    def __init__(self, folder: Path, delay: float = 0.0) -> None:
        self._folder = folder
        self._delay = delay
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder.with_name(f"{folder.name}.jsonl").open("a", encoding="utf8")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Write the message down before it is accepted."""
        await asyncio.sleep(self._delay)
        message_id = message_from_bytes(envelope.content)["Message-ID"] or ""
        for recipient in envelope.rcpt_tos:
            file = self._folder / f"{_safe(recipient)}.eml"
            draft = file.with_suffix(".part")
            draft.write_bytes(envelope.content)
            os.replace(draft, file)
            line = {"to": recipient, "from": envelope.mail_from, "message_id": str(message_id), "file": file.name}
            self._log.write(json.dumps(line) + "\n")
        self._log.flush()
        return "250 2.0.0 kept"


def _safe(address: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+_@-]", "_", address)[:200]


async def serve(folder: Path, delay: float) -> None:
    """Serve until standard input ends."""
    keeper = Keeper(folder, delay)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Digest sink"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
