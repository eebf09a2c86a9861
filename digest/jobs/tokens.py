"""Tokens: drawn, handed out once, and kept as their SHA-256 alone: a copy of the database opens nothing."""

from __future__ import annotations

import hashlib


def kept_as(token: str) -> str:
    """Return what is kept of a token of 128 bits or more, in hexadecimal; token: whatever somebody sent as one."""
    # nobody can try so many, and a dear hash would only cost time
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
