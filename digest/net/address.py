"""Addresses: which may be asked at all, before any name is looked up, and how they are written in HTTP."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

from digest.domain.errors import AddressRefused, NotPublic

#: where the web is served; other ports of a public machine belong to other services, which a page must
#: not make this program speak to
PORTS = (80, 443)
#: characters of an address that a message shows
SHOWN = 200

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the web that may be asked, taken apart. All of it is ASCII; it holds no password."""

    scheme: str
    #: in lower case, IPv6 without brackets
    host: str
    port: int
    #: path and query
    target: str

    @property
    def authority(self) -> str:
        """The host and, where it is not the scheme's own, the port: the Host header (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def text(self) -> str:
        """The whole of it, without a fragment."""
        return self.origin + self.target

    @property
    def shown(self) -> str:
        """The address as messages show it."""
        return self.text[:SHOWN]


def judged(address: str, allow_private: bool) -> Address:
    """Take an address apart, if this program may ask it.

    allow_private: any port will do. Raises AddressRefused for what is not http(s), for a port that is not the
    web's, and for one with a name and a password: those would be sent in the clear and end up in messages.
    """
    try:
        given = urlsplit(address)
        if given.scheme not in _DEFAULT_PORTS or not given.hostname or given.port == 0:
            _refused(address)
        # HTTP knows ASCII only: names in other scripts as IDNA, paths percent-encoded
        parts = urlsplit(safe_url_string(address))
        if "@" in given.netloc + parts.netloc:
            raise AddressRefused(
                f"{_harmless(address)} holds a user name or a password, which this program does not send.",
                "Give the address without them; if the page needs them, use another source.",
            )
        host = _host(parts.hostname or "")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:
        _refused(address)
    if not host:
        _refused(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    made = Address(scheme=parts.scheme, host=host, port=port, target=target)
    if port not in PORTS and not allow_private:
        raise NotPublic(
            f"{made.shown} leads to port {port}; only 80 and 443 are asked.",
            "If you meant that, write allow_private = true under this source in digest.toml.",
        )
    return made


def onward(address: Address, location: str, allow_private: bool) -> Address:
    """Judge where an address leads to.

    location: as the server wrote it, whole or relative (RFC 9110 10.2.2). Raises AddressRefused like `judged`.
    """
    try:
        joined = urljoin(address.text, location)
    except ValueError:
        _refused(location)
    return judged(joined, allow_private)


def _refused(address: str) -> NoReturn:
    raise AddressRefused(f"{_harmless(address)} is no web address.", "Web addresses begin with https:// or http://.")


def _harmless(address: str) -> str:
    """Return an address that was refused as messages may show it: without what may be a password."""
    scheme, colon, _ = address.partition(":")
    _, at, behind = address.rpartition("@")
    known = f"{scheme}{colon}//" if scheme.lower() in _DEFAULT_PORTS else ""
    return (f"{known}…@{behind}" if at else address)[:SHOWN]


def _host(host: str) -> str:
    """Return a host in the one way of writing it; empty where it cannot be one."""
    if ":" in host:
        # a zone would name an interface of this machine (RFC 6874)
        return "" if "%" in host else str(ipaddress.IPv6Address(host))
    # a name with the root's dot is the same name (RFC 1034 3.1)
    host = host.lower().removesuffix(".")
    return host if _NAME.fullmatch(host) else ""
