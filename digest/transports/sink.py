"""Sink: a real SMTP server on this machine that passes nothing on. It ends with its standard input.

Run as a process of its own; its port is its first line::

    python -m digest.transports.sink FOLDER [DELAY]      keeps every message: one .eml a recipient in FOLDER, and a line
                                                         a message in FOLDER.jsonl
    python -m digest.transports.sink --count FOLDER      counts them, and keeps the few that it is told to: a line
                                                         "NUMBER ADDRESS" of its input, which it answers, has the next
                                                         message to that address kept as NUMBER.eml. Its last line is
                                                         what it counted (Counter.told)
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
from array import array
from collections import Counter as Counts
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

#: larger than any email that a mail program would show
MOST_BYTES = 30 * 1024 * 1024
_COUNT = "--count"
_FIELD = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_ID = re.compile(rb"^message-id:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


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
            _write(file, envelope.content)
            line = {"to": recipient, "from": envelope.mail_from, "message_id": str(message_id), "file": file.name}
            self._log.write(json.dumps(line) + "\n")
        self._log.flush()
        return "250 2.0.0 kept"


class Counter:
    """Counts messages: of a million it holds sixteen octets each, and a few of them whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted: dict[str, str] = {}
        # of an address and of a Message-ID the first octets of a hash tell it from a million others
        self._people = array("Q")
        self._ids = array("Q")
        self._fields: Counts[str] = Counts()
        self._smallest = self._largest = 0

    def keep(self, line: str) -> None:
        """Keep the message to somebody; line: "NUMBER ADDRESS"."""
        number, _, address = line.partition(" ")
        self._wanted[address] = number

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Count the message, and keep it where somebody wants to see it."""
        content = bytes(envelope.content)
        head = content.partition(b"\r\n\r\n")[0]
        self._fields.update({name.decode("ascii").lower() for name in _FIELD.findall(head)})
        found = _ID.search(head)
        self._ids.append(_mark(found[1] if found else b""))
        self._smallest = min(self._smallest or len(content), len(content))
        self._largest = max(self._largest, len(content))
        for recipient in envelope.rcpt_tos:
            self._people.append(_mark(recipient.encode()))
            number = self._wanted.pop(recipient, None)
            if number is not None:
                _write(self._folder / f"{number}.eml", content)
        return "250 2.0.0 counted"

    def told(self) -> dict[str, object]:
        """Return what was counted: as domain.model.Received has it."""
        return {
            "messages": len(self._ids),
            "twice": len(self._people) - len(set(self._people)),
            "same_id": len(self._ids) - len(set(self._ids)),
            "smallest": self._smallest,
            "largest": self._largest,
            "fields": dict(self._fields),
        }


def _mark(words: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "big")


def _write(file: Path, content: bytes) -> None:
    draft = file.with_suffix(".part")
    draft.write_bytes(content)
    os.replace(draft, file)


def _safe(address: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+_@-]", "_", address)[:200]


async def serve(handler: Any, heard: Callable[[str], None]) -> None:
    """Serve until standard input ends; heard: is told each line of it, which is then answered."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="Digest sink"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        heard(line.rstrip("\n"))
        print("heard", flush=True)
    server.close()


def _main(words: list[str]) -> None:
    if words[0] != _COUNT:
        asyncio.run(serve(Keeper(Path(words[0]), float(words[1]) if len(words) > 1 else 0.0), lambda line: None))
        return
    counter = Counter(Path(words[1]))
    asyncio.run(serve(counter, counter.keep))
    print(json.dumps(counter.told()), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1:])
