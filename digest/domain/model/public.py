"""What digest.toml says of the pages that everybody may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: may search engines show the archive
Robots = Literal["index", "noindex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """The readers' pages: where they are served, and to whom."""

    #: address and port on which `digest serve` listens; a web server stands before it and has the certificate
    listen: str = "127.0.0.1:8025"
    #: network addresses of the web servers before it: what they say of who asks is believed, and of nobody else
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    robots: Robots = "index"
    #: what a reader agrees to; empty: the program's own words
    consent_words: str = ""
