"""Delay: a line to a server on this machine that takes as long as one to the other side of a sea.

python -m bench.mail.delay PORT MILLISECONDS

Prints the port that it listens on. Every octet comes out half a round trip after it went in, in each direction, and as
many as wanted are on their way.
"""

from __future__ import annotations

import asyncio
import sys

_CHUNK = 262_144


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, octets = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not octets:
                writer.close()
                return
            writer.write(octets)
            await writer.drain()

    arriving = asyncio.create_task(arrive())
    try:
        while octets := await reader.read(_CHUNK):
            under_way.put_nowait((loop.time() + seconds, octets))
    except OSError:
        pass
    under_way.put_nowait((loop.time() + seconds, b""))
    await asyncio.gather(arriving, return_exceptions=True)


async def _serve(port: int, seconds: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, limit=_CHUNK)
        await asyncio.gather(_carry(reader, far_writer, seconds), _carry(far_reader, writer, seconds))

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=_CHUNK, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 2_000))
