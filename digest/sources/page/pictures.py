"""Pictures: the one that stands for an item, however it is put on the page."""

from __future__ import annotations

import re

from digest.sources.page.links import absolute
from digest.sources.page.nodes import Node, Page
from digest.sources.page.records import Record

#: where pages that load pictures late keep the address meanwhile, best first
_LATE = ("data-src", "data-lazy-src", "data-original", "data-image", "data-lazy", "data-bg", "data-url")
_LATE_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*['\"]?([^'\")]+)['\"]?\s*\)", re.IGNORECASE)
#: sides below this many pixels make an icon
_ICON = 60
_DECORATION = frozenset({"avatar", "icon", "emoji", "gravatar", "arrow", "logo", "author", "spinner", "loader"})
_DRAWING = re.compile(r"\.svg($|\?)", re.IGNORECASE)


def picture_of(record: Record, page: Page) -> str:
    """The address of the record's first picture that is neither an icon nor a face; empty where it has none."""
    fallback = ""
    for node in record.nodes(page):
        address = _address(node, page)
        if not address or _is_decoration(node):
            continue
        if not _DRAWING.search(address):
            return address
        fallback = fallback or address if node.tag != "img" or not node.get("alt") else fallback
    return fallback


def _address(node: Node, page: Page) -> str:
    for value in _values(node):
        address = absolute(value, page.base)
        if address:
            return address
    return ""


def _values(node: Node) -> list[str]:
    if node.tag == "img":
        late = [node.get(name) for name in _LATE]
        sets = [_first_of_set(node.get(name)) for name in _LATE_SETS]
        return [value for value in (*late, node.get("src"), *sets) if value]
    values = [_first_of_set(node.get(name)) for name in ("srcset", "data-srcset")] if node.tag == "source" else []
    found = _BACKGROUND.search(node.get("style"))
    if found:
        values.append(found[1])
    values.extend(node.get(name) for name in ("data-bg", "data-background-image", "data-background"))
    return [value for value in values if value]


def _first_of_set(value: str) -> str:
    words = value.split()
    return words[0].rstrip(",") if words else ""


def _is_decoration(node: Node) -> bool:
    if node.words & _DECORATION or (node.parent is not None and node.parent.words & {"avatar", "author"}):
        return True
    return any(value.isdigit() and int(value) < _ICON for value in (node.get("width"), node.get("height")))
