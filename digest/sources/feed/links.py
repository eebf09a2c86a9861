"""Relative addresses of a feed."""

from __future__ import annotations

from urllib.parse import urljoin


def resolved(base: str, link: str) -> str:
    """Return a link as seen from a base; what cannot be joined stays as it is, and is judged with all others."""
    try:
        return urljoin(base, link.strip()) if base and link else link
    except ValueError:
        return link
