"""Which addresses this program may ask: public ones, unless a source says otherwise.

A name is resolved once, every address it stands for is judged, and the connection goes to a judged
address: a name that answers differently a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket

from digest.domain.errors import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

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


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public internet, with embedded IPv4 addresses unwrapped."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    inside = any(address.version == network.version and address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside


def resolve(host: str, port: int, allow_private: bool) -> str:
    """Return the address to connect to.

    Raises AddressRefused where any address the name stands for is not public and `allow_private` is False,
    and where the name stands for none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise AddressRefused(f"The name {host} is not known.", "Check the address for a slip of the pen.") from fault
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise AddressRefused(
            f"{host} is an address on this machine or on a private network.",
            "If you meant that, write allow_private = true under this source in digest.toml.",
        )
    return str(addresses[0])
