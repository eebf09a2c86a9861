"""Sharing: what the mail servers may be given holds for all workers together.

Each sending of a worker takes one of so many equal parts of every limit – lines, messages a minute, and what is left of
today's – and gives it back at its end. The parts that are taken are never more than the whole, so neither are the lines
nor the messages; where a limit is smaller than the number of workers, fewer of them send at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.domain.model import DomainLimit, Server, Workspace
from digest.stages.quota import messages_on
from digest.transports.smtp import DAY

if TYPE_CHECKING:
    from digest.app import App

#: a share that is not renewed for so long is anybody's
HELD = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of what the servers may be given."""

    parts: int
    #: url of a server with a limit a day -> messages
    messages: Mapping[str, int]

    def of_server(self, server: Server) -> Server:
        """Return a server with this part of its limits; those of the day are kept by what was used."""
        return replace(
            server,
            connections=max(1, server.connections // self.parts),
            messages_a_minute=_part(server.messages_a_minute, self.parts),
        )

    def of_domain(self, limit: DomainLimit) -> DomainLimit:
        """Return what a mail provider may be sent with this part."""
        return replace(
            limit,
            messages_a_minute=_part(limit.messages_a_minute, self.parts),
            connections=_part(limit.connections, self.parts),
        )


@contextmanager
def taken(app: App, holder: str, workers: int) -> Iterator[Share | None]:
    """Take a share for the length of the block; None where others have all of it.

    holder: the id of a process; workers: how many there are.
    """
    now, workspace = app.clock(), app.loaded.workspace
    parts = min(workers, *_limits(workspace)) or 1
    with app.store.writing() as session:
        left = {}
        for server in (workspace.server, *workspace.servers):
            most = messages_on(server, now.date())
            if most:
                used = sum(count for _, count in session.usage.since(server.url, now - DAY))
                left[server.url] = max(0, most - used)
        messages = session.attending.share(holder, parts, now + HELD, now, left)
    if messages is None:
        yield None
        return
    try:
        yield Share(parts=parts, messages=messages)
    finally:
        with app.store.writing() as session:
            session.attending.return_share(holder)


def _limits(workspace: Workspace) -> Iterator[int]:
    """Yield how many parts each limit can be cut into."""
    for server in (workspace.server, *workspace.servers):
        yield server.connections
        yield from (server.messages_a_minute,) if server.messages_a_minute else ()
    for limit in workspace.domains:
        yield from (one for one in (limit.messages_a_minute, limit.connections) if one)


def _part(limit: int, parts: int) -> int:
    """Return a part of a limit; 0 stands for none."""
    return max(1, limit // parts) if limit else 0
