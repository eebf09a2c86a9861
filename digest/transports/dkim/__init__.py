"""DKIM: a message says which domain answers for it, and that nobody changed it (RFC 6376, 8301, 8463).

Signatures are relaxed/relaxed: white space and folding may change on the way, and nothing else. Each key makes one, RSA
for everybody and Ed25519 for who knows it; the body is hashed once for both. There is no `l=`, which would let anybody
add to a signed body.

Signed are all fields that a reader or a mail program goes by. Those of `OVERSIGNED` stand in `h=` once more often than
in the message, so that none can be added: a second From is who the reader sees, a second Subject what, a second
Content-Type makes another text of the same bytes, and another List-Unsubscribe leads elsewhere (RFC 6376 8.15).

keys       private keys, and what the DNS is told of them
signer     signs one message after the other
processes  has that done by several processes, where it is what takes longest
"""

from __future__ import annotations

from digest.transports.dkim.keys import (
    DNS_STRING,
    LEAST_RSA_BITS,
    RSA_BITS,
    BadKey,
    DomainKey,
    new_key,
    read,
    strings,
    written,
)
from digest.transports.dkim.processes import Processes
from digest.transports.dkim.signer import OVERSIGNED, SIGNED, Signer

__all__ = [
    "DNS_STRING",
    "LEAST_RSA_BITS",
    "OVERSIGNED",
    "RSA_BITS",
    "SIGNED",
    "BadKey",
    "DomainKey",
    "Processes",
    "Signer",
    "new_key",
    "read",
    "strings",
    "written",
]
