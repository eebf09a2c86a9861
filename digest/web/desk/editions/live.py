"""Live: a page is told whenever something happened to what it shows, at most once a second, by server-sent events.

It is the one place of the desk that waits without a thread: many pages may follow one send.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

#: seconds between two looks at whether anything moved
LOOK_SECONDS = 1.0
#: seconds for which one connection tells: the page opens another one then
TELL_SECONDS = 600


async def told(version: Callable[[], object]) -> AsyncIterator[str]:
    """Yield an event whenever something happened (WHATWG HTML, 9.2); version: is another then, and of one line."""
    last: object = None
    for _ in range(round(TELL_SECONDS / LOOK_SECONDS)):
        found = await run_in_threadpool(version)
        # a line without an event keeps servers between from closing the connection
        yield f"data: {found}\n\n" if found != last else ":\n\n"
        last = found
        await asyncio.sleep(LOOK_SECONDS)
