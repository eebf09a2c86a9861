"""How fast the web is asked, against a server in a process of its own. Generous: other tests run beside."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from digest.domain.model import Validators
from digest.net.fetch import Web

SERVER = """
import asyncio

async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b"\\r\\n\\r\\n")
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 304 Not Modified\\r\\n\\r\\n")
    except (EOFError, OSError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def test_five_hundred_sources_take_little_more_than_their_servers_do() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        addresses = [f"http://127.0.0.{number % 100 + 1}:{port}/feed" for number in range(500)]
        known = Validators(etag='"1"')
        began, work = time.monotonic(), time.process_time()
        with Web() as web, ThreadPoolExecutor(20) as threads:
            made = list(threads.map(lambda address: web.fetch(address, known, allow_private=True), addresses))
        took, worked = time.monotonic() - began, time.process_time() - work
        server.kill()
    assert all(one.content is None for one in made)
    # 20 at a time, 50 ms each: 1.25 s at best; 1.36 s when nothing runs beside
    assert took < 2.5
    assert worked < 1.0
