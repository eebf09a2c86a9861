"""Slotted text: the places in a variant that are another for each person.

What staff type is text with placeholders, `{{ first_name }}` or `{{ first_name | there }}` with words
for who has none. They are replaced, never compiled. In a variant each becomes a marker with the
edition's nonce, so that nothing collected from outside can ask for a person's name or links.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: what a placeholder may name
PLACEHOLDERS = ("first_name", "last_name")

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}]*?)\s*)?\}\}")


def faults(text: str) -> Iterator[str]:
    """Yield what is wrong with the placeholders of a text."""
    for match in _PLACEHOLDER.finditer(text):
        if match.group(1) not in PLACEHOLDERS:
            yield f"{{{{ {match.group(1)} }}}} is no placeholder; there are {', '.join(PLACEHOLDERS)}"
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield "braces stand alone; a placeholder is written {{ first_name }}"


def marked(text: str, nonce: str) -> str:
    """Replace the placeholders of a text by markers."""
    return _PLACEHOLDER.sub(lambda match: marker(match.group(1), nonce, match.group(2) or ""), text)


def one_line_end(text: str) -> str:
    """Return a text with LF for every kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def marker(name: str, nonce: str, fallback: str = "") -> str:
    """Return the marker of a slot; fallback: what stands there for who has no such value, with one kind of line end."""
    words = base64.urlsafe_b64encode(one_line_end(fallback).encode()).decode().rstrip("=")
    return f"[[digest:{name}.{words}:{nonce}]]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: its name, and the words for who has none."""

    name: str
    fallback: str = ""


def cut(text: str, nonce: str) -> Iterator[str | Place]:
    """Yield a variant's part in pieces: text, place, text, ..., text. Texts may be empty."""
    at = 0
    for match in re.finditer(rf"\[\[digest:([a-z_]+)\.([A-Za-z0-9_-]*):{re.escape(nonce)}\]\]", text):
        yield text[at : match.start()]
        words = match.group(2)
        yield Place(match.group(1), base64.urlsafe_b64decode(words + "=" * (-len(words) % 4)).decode())
        at = match.end()
    yield text[at:]


def filled(text: str, nonce: str, values: Mapping[str, str], escape: bool) -> str:
    """Fill the slots of a variant's part.

    escape: for HTML. A value that is empty gives way to the slot's fallback.
    """

    def value(place: Place) -> str:
        chosen = values.get(place.name, "") or place.fallback
        return html.escape(chosen) if escape else chosen

    return "".join(piece if isinstance(piece, str) else value(piece) for piece in cut(text, nonce))
