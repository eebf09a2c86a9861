"""The picture that stands in a text."""

from __future__ import annotations

import html
import re

_IMAGE = re.compile(r"<img\b([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
#: smaller pictures are counters, smileys and buttons for sharing
_LEAST_PIXELS = 50
#: smileys that WordPress puts in for characters say no size
_SMILEY = "wp-smiley"
#: a text with more pictures than this before a real one has none
_MOST_IMAGES = 20


def first_image(markup: str) -> str:
    """Return the address of the first picture in a piece of HTML that shows something, or nothing.

    It is read with patterns and not parsed: it is only wanted where a feed names no picture itself, and what comes
    out is judged like every other address.
    """
    for _, found in zip(range(_MOST_IMAGES), _IMAGE.finditer(markup), strict=False):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(found.group(1))
        }
        source = attributes.get("src", "").strip()
        if source and not source.lower().startswith("data:") and _shows_something(attributes):
            return source
    return ""


def _shows_something(attributes: dict[str, str]) -> bool:
    sizes = (attributes.get(name, "").removesuffix("px") for name in ("width", "height"))
    small = any(size.isdecimal() and len(size) < 6 and int(size) < _LEAST_PIXELS for size in sizes)
    return not small and _SMILEY not in attributes.get("class", "")
