"""Whence: which network address a request is from, and which of them are one household."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

#: a household's IPv6 addresses share the first so many bits
_HOUSEHOLD_BITS = 64


def remote_of(request: Request) -> str:
    """Return the network address that asks; empty where what is known of it is none.

    Servers before this one were believed, or not, where it was read.
    """
    try:
        return str(ip_address(request.client.host)) if request.client else ""
    except ValueError:
        return ""


def household(remote: str) -> str:
    """Return what all addresses of one household have in common, to count them as one."""
    if not remote:
        return remote
    found = ip_address(remote)
    if not isinstance(found, IPv6Address):
        return remote
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _HOUSEHOLD_BITS), strict=False))
