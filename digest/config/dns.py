"""DNS: which words may be names in it."""

from __future__ import annotations

import re

# RFC 1035 2.3.4: labels of at most 63 octets, and 253 with the dots between them
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")


def is_dns_name(name: str) -> bool:
    """Tell whether labels of letters, digits and hyphens have dots between them."""
    return _NAME.fullmatch(name) is not None


def is_domain(name: str) -> bool:
    """Tell whether a name in the DNS is one that somebody may own."""
    return is_dns_name(name) and "." in name
