"""How the web is asked: side by side, over lines that are kept. `bench/collect.py` says what that is worth."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from digest.domain.model import Validators
from digest.net.fetch import Web

#: answers every request after a moment; told to end, it says how many lines were made and how many it served at once
SERVER = """
import asyncio, sys

lines = busy = most = 0

async def serve(reader, writer):
    global lines, busy, most
    lines += 1
    try:
        while True:
            await reader.readuntil(b"\\r\\n\\r\\n")
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.05)
            busy -= 1
            writer.write(b"HTTP/1.1 304 Not Modified\\r\\n\\r\\n")
    except (EOFError, OSError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(lines, most, flush=True)

asyncio.run(main())
"""
HOSTS = 50
THREADS = 20


def test_five_hundred_sources_are_asked_side_by_side_over_lines_that_are_kept() -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        addresses = [f"http://127.0.0.{number % HOSTS + 1}:{port}/feed" for number in range(500)]
        known = Validators(etag='"1"')
        with Web() as web, ThreadPoolExecutor(THREADS) as threads:
            made = list(threads.map(lambda address: web.fetch(address, known, allow_private=True), addresses))
        said, _ = server.communicate()
    assert all(one.content is None for one in made)
    lines, most = (int(word) for word in said.split())
    assert HOSTS <= lines <= 2 * HOSTS, "two at a time each, and used again"
    assert THREADS / 2 < most <= THREADS
