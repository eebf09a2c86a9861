"""Which addresses this program may ask: public ones, unless a source says otherwise.

A name is resolved once a connection, every address it stands for is judged, and the connection goes to
judged addresses: a name that answers differently a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from queue import Empty, SimpleQueue
from typing import Any

from digest.domain.errors import AddressRefused, FetchError, NoSuchHost, NotPublic

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: networks that `is_global` lets pass although they lead inside (figures: DESIGN.md, "Fetching")
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "::/96",
        "192.0.0.0/24",
        "100.64.0.0/10",
        "fec0::/10",
    )
)


#: addresses of one line or one machine's keeper: clouds tell secrets there, and no source of anybody's stands there
_NEVER = tuple(ipaddress.ip_network(network) for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"))


def is_public(address: IpAddress) -> bool:
    """Tell whether an address belongs to the public internet, with embedded IPv4 addresses unwrapped."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    inside = any(address.version == network.version and address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside


def is_for_nobody(address: IpAddress) -> bool:
    """Tell whether an address is one that no source may have, whatever is allowed to it."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_for_nobody(address.ipv4_mapped)
    return any(address.version == network.version and address in network for network in _NEVER)


def resolve(host: str, port: int, allow_private: bool, seconds: float) -> tuple[str, ...]:
    """Return the addresses to connect to, each once, in the system's order of preference (RFC 6724).

    seconds: how long the system may look the name up. Raises AddressRefused where any address the name stands
    for is not public and `allow_private` is False, and where it is link-local; NoSuchHost where the name stands
    for none; FetchError where nobody could say.
    """
    addresses = _stands_for(host, port, seconds)
    if not allow_private and not all(is_public(address) for address in addresses):
        raise NotPublic(
            f"{host} is an address on this machine or on a private network.",
            "If you meant that, write allow_private = true under this source in digest.toml.",
        )
    if any(is_for_nobody(address) for address in addresses):
        raise AddressRefused(
            f"{host} is an address that machines keep for themselves (link-local).", "Use the source's public address."
        )
    return tuple(dict.fromkeys(str(address) for address in addresses))


def _stands_for(host: str, port: int, seconds: float) -> list[IpAddress]:
    try:
        # an address needs no looking up, and so no thread
        return [ipaddress.ip_address(host)]
    except ValueError:
        return [ipaddress.ip_address(str(entry[4][0])) for entry in _looked_up(host, port, seconds)]


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """Ask the system for a name in a thread: getaddrinfo has no limit of its own, and cannot be stopped.

    The thread is a daemon, or one that hangs would keep the program from ending (a pool's threads would).
    """
    answers: SimpleQueue[list[Any] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, ValueError) as fault:
            answers.put(fault)

    threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0))
    except Empty:
        answer = socket.gaierror(socket.EAI_AGAIN, "it took too long")
    if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN:
        raise FetchError(
            f"The name {host} could not be looked up: {answer.strerror}.",
            "If every source says so, look whether this machine is online; else it is asked again next time.",
        ) from answer
    if isinstance(answer, Exception) or not answer:
        raise NoSuchHost(f"The name {host} is not known.", "Check the address for a slip of the pen.")
    return answer
