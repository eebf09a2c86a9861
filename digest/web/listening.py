"""Listening: an address of this machine, and the server that answers there."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import uvicorn

from digest.config.public import place
from digest.domain.errors import Refused
from digest.web.patience import Patient

#: connections that may wait to be taken
_BACKLOG = 1_024
#: requests at the same time; more are told to come again
_MOST_AT_ONCE = 1_000
#: seconds for the requests that are being answered, and for the mail on the wire, when the program ends
END_SECONDS = 10


def listening(listen: str, table: str = "public") -> socket.socket:
    """Return a socket that listens on an address such as 127.0.0.1:8025; port 0 takes a free one.

    table: where in digest.toml the address stands. Raises Refused where that is another program's.
    """
    found = place(listen)
    assert found is not None, "digest.toml was checked"
    family = socket.AF_INET6 if ":" in found[0] else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(found)
    except OSError as fault:
        made.close()
        raise Refused(
            f"The pages cannot be served at {listen}: {fault.strerror}.",
            f"End the other program that listens there, or write another address under [{table}] in digest.toml.",
        ) from fault
    made.listen(_BACKLOG)
    return made


def server(web: object, trusted: Sequence[str]) -> uvicorn.Server:
    """Return what serves an application; trusted: the web servers before it, which are believed who asks."""
    settings = uvicorn.Config(
        web,  # type: ignore[arg-type]
        http=Patient,
        loop="uvloop",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=list(trusted),
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=END_SECONDS,
    )
    return uvicorn.Server(settings)
