"""Tagging: parameters by which a site's statistics tell who came from the email (utm_source and its like)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlencode

_WEB = re.compile(r"https?://", re.IGNORECASE)
# in the query or, for sites that read it from there, in the fragment
_TAGGED = re.compile(r"[?#&;]utm_[a-z]", re.IGNORECASE)


def is_web(link: str) -> bool:
    """Tell whether a link is an address on the web."""
    return bool(_WEB.match(link))


def tagged(link: str, tags: Mapping[str, str]) -> str:
    """Add tags to the query of a link; every other character stays.

    What is no web address, or bears tags of its own, stays as it is.
    """
    if not tags or not is_web(link) or _TAGGED.search(unquote(link)):
        return link
    # by hand: urlsplit and urlunsplit drop an empty query or fragment, and change what they find odd
    page, hash_sign, fragment = link.partition("#")
    joint = "" if page.endswith(("?", "&")) else "&" if "?" in page else "?"
    return f"{page}{joint}{urlencode(tags)}{hash_sign}{fragment}"
