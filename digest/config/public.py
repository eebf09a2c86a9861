"""Public pages: what may be wrong with where they are served."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from digest.config.lines import ValuePath
from digest.domain.model import Public

_MOST_PORT = 65_535


def faults(public: Public, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for the settings of the readers' pages."""
    yield from served_faults(public.listen, public.trusted_proxies, at, "127.0.0.1:8025")


def served_faults(
    listen: str, proxies: Sequence[str], at: ValuePath, like: str
) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for where pages are served; like: an address that would be right."""
    if place(listen) is None:
        yield (*at, "listen"), f"“{listen}” is no address with a port.", f"Write it like {like}."
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            what = f"“{proxy}” is no network address."
            yield (*at, "trusted_proxies"), what, "Write it like 127.0.0.1, or 10.0.0.0/8 for all that begin with 10."


def place(listen: str) -> tuple[str, int] | None:
    """Return (address, port) of what is written like 127.0.0.1:8025 or [::1]:8025; None for all else."""
    host, _, port = listen.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if not (port.isascii() and port.isdigit()) or int(port) > _MOST_PORT:
        return None
    return str(address), int(port)
