"""CSS as mail clients get it: declarations, rules and the conditions they stand under.

Reads with tinycss2 (CSS Syntax Level 3), which has an answer for whatever is written; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, TypeVar

import tinycss2
from tinycss2 import color4

#: red, green, blue, opacity; each from 0 to 1
Colour = tuple[float, float, float, float]

#: characters of a style sheet that are read; no honest email has a tenth of it
MOST_CHARACTERS = 100_000
#: blocks in blocks that are followed; deeper ones are left alone
MOST_NESTING = 20

#: characters of a text whose meaning is kept, and how many are
_SHORT, _KEPT = 500, 2_000
T = TypeVar("T")

_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%)?", re.IGNORECASE)
_PIXELS = {"px": 1.0, "": 1.0, "pt": 4 / 3}
#: characters of a length; a longer number is none
_LONGEST_LENGTH = 20
# Python has limits of its own: for what is nested, and for the digits of a number
_TOO_MUCH = "brackets or digits without end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A property with its value. name: in lower case; value: as written, without `!important`."""

    name: str
    value: str
    important: bool = False
    tokens: Sequence[Any] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Selectors and what they declare. conditions: preludes of the @media rules around; line: in the email's source."""

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    conditions: tuple[str, ...]
    line: int


@dataclass(slots=True, kw_only=True)
class Sheet:
    """What style sheets say, in order."""

    rules: list[Rule] = field(default_factory=list)
    #: (keyword without @, prelude, line) of every at-rule
    at_rules: list[tuple[str, str, int]] = field(default_factory=list)
    #: (what the parser says, line)
    errors: list[tuple[str, int]] = field(default_factory=list)
    #: declarations of at-rules such as @font-face
    loose: list[tuple[Declaration, int]] = field(default_factory=list)


def remembering(read: Callable[[str], T]) -> Callable[[str], T]:
    """Have it worked out once what a short text says: an email says the same again and again, and so do its variants.

    Long texts are not kept: they are few, and somebody else may have written them.
    """
    kept = lru_cache(maxsize=_KEPT)(read)

    @wraps(read)
    def once(text: str) -> T:
        return kept(text) if len(text) <= _SHORT else read(text)

    return once


@remembering
def declared(style: str) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """Read a style attribute; return its declarations, and what could not be read."""
    try:
        nodes = tinycss2.parse_blocks_contents(style[:MOST_CHARACTERS], skip_comments=True, skip_whitespace=True)
        return _declarations(nodes), tuple(str(node.message) for node in nodes if node.type == "error")
    except (RecursionError, ValueError):
        return (), (_TOO_MUCH,)


def read(text: str, line: int, sheet: Sheet, media: str = "") -> None:
    """Add a style sheet to what was read. line: where its text begins; media: the element's attribute."""
    try:
        nodes = tinycss2.parse_stylesheet(text[:MOST_CHARACTERS], skip_comments=True, skip_whitespace=True)
        _rules(nodes, line - 1, (media,) if media.strip() else (), sheet)
    except (RecursionError, ValueError):
        sheet.errors.append((_TOO_MUCH, line))


@remembering
def colour(value: str) -> Colour | None:
    """Return a colour as sRGB (CSS Color 4), None for what names none, such as `inherit`."""
    parsed = color4.parse_color(value)
    if parsed is None or isinstance(parsed, str):
        return None
    try:
        red, green, blue, opacity = (min(1.0, max(0.0, float(one or 0))) for one in parsed.to("srgb"))
    except (NotImplementedError, ValueError, TypeError, ArithmeticError):
        return None
    return red, green, blue, opacity


def over(top: Colour, under: Colour) -> Colour:
    """Return the colour that is seen where one lies over another, which is opaque."""
    red, green, blue = (top[at] * top[3] + under[at] * (1 - top[3]) for at in range(3))
    return red, green, blue, 1.0


def hexadecimal(seen: Colour) -> str:
    """Write a colour as #rrggbb; its opacity is not written."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in seen[:3])


def pixels(value: str, base: float) -> float | None:
    """Return a length in CSS pixels, None for what is none.

    base: pixels of one em and of 100 %.
    """
    match = _LENGTH.fullmatch(value.strip()) if len(value) <= _LONGEST_LENGTH else None
    if not match:
        return None
    number, unit = float(match.group(1)), (match.group(2) or "").lower()
    if unit == "%":
        return number * base / 100
    if unit in ("em", "rem"):
        return number * (base if unit == "em" else 16)
    return number * _PIXELS[unit]


def tokens_of(tokens: Sequence[Any]) -> Iterator[Any]:
    """Yield tokens, and those inside functions and brackets."""
    waiting = [(token, 0) for token in reversed(tokens)]
    while waiting:
        token, depth = waiting.pop()
        yield token
        inside = getattr(token, "arguments", None) or getattr(token, "content", None)
        if isinstance(inside, list) and depth < MOST_NESTING:
            waiting += [(one, depth + 1) for one in reversed(inside)]


def _declarations(nodes: Sequence[Any]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(
            name=str(node.lower_name),
            value=tinycss2.serialize(node.value).strip(),
            important=bool(node.important),
            tokens=node.value,
        )
        for node in nodes
        if node.type == "declaration"
    )


def _rules(nodes: Sequence[Any], before: int, conditions: tuple[str, ...], sheet: Sheet, depth: int = 0) -> None:
    for node in nodes:
        line = before + node.source_line
        if node.type == "error":
            sheet.errors.append((str(node.message), line))
        elif node.type == "at-rule":
            _at_rule(node, before, conditions, sheet, depth + 1)
        elif node.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            sheet.errors += [(str(one.message), before + one.source_line) for one in content if one.type == "error"]
            selectors = tuple(part.strip() for part in tinycss2.serialize(node.prelude).split(",") if part.strip())
            sheet.rules.append(
                Rule(selectors=selectors, declarations=_declarations(content), conditions=conditions, line=line)
            )
            _rules([one for one in content if one.type == "at-rule"], before, conditions, sheet, depth + 1)


def _at_rule(node: Any, before: int, conditions: tuple[str, ...], sheet: Sheet, depth: int) -> None:
    keyword, prelude = str(node.lower_at_keyword), tinycss2.serialize(node.prelude).strip()
    line = before + node.source_line
    sheet.at_rules.append((keyword, prelude, line))
    if node.content is None or depth > MOST_NESTING:
        return
    if keyword in ("media", "supports", "layer", "container"):
        inner = (*conditions, prelude) if keyword == "media" else conditions
        content = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        _rules(content, before, inner, sheet, depth)
    elif keyword == "font-face":
        content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
        sheet.loose += [(one, line) for one in _declarations(content)]
