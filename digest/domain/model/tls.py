"""How a line to a server is encrypted."""

from __future__ import annotations

from typing import Literal

#: from the STARTTLS command on (RFC 3207), from the first octet on (RFC 8314), or never
Tls = Literal["starttls", "tls", "none"]
