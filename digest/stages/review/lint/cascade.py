"""The cascade: how each element looks when every style sheet has had its say (CSS Cascade Level 4, the author's part).

Three views of one email: in light surroundings, in dark ones, and on a narrow screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cssselect import SelectorError
from cssselect import parse as parse_selector
from lxml import html as markup
from lxml.cssselect import CSSSelector

from digest.stages.review.lint.css import Colour, Declaration, Rule, colour, over, pixels, remembering
from digest.stages.review.lint.page import HEADINGS, Page

#: looks at an element that all selectors together may take, a match counting as ten; an email of ours takes 30,000
MOST_WORK = 600_000
#: elements up to which selectors that count siblings are tried: they take the square
MOST_SIBLINGS = 3_000
#: characters of a media query that are read
LONGEST_CONDITION = 300

WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
#: what browsers use where the author says nothing, in light surroundings and in dark ones
LINK: Colour = (0.0, 0.0, 0.933, 1.0)
DARK_LINK: Colour = (0.62, 0.62, 1.0, 1.0)
DARK_GROUND: Colour = (0.071, 0.071, 0.071, 1.0)

_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::\s*([^()]*?))?\s*\)")
_WIDTHS = {"light": 1024.0, "dark": 1024.0, "narrow": 390.0}
_HEADING_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83}
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}
_SIZES |= {"xx-large": 32.0, "xxx-large": 48.0}
_FONT_SIZES = {"1": 10.0, "2": 13.0, "3": 16.0, "4": 18.0, "5": 24.0, "6": 32.0, "7": 48.0}
_BOLD = frozenset(("bold", "bolder", "600", "700", "800", "900"))
_BOLD_TAGS = ("b", "strong", "th")
_ATTRIBUTES = ("bgcolor", "align", "dir", "color", "background", "size", "hidden", "text")


class View(StrEnum):
    """In what surroundings an email is looked at."""

    LIGHT = "light"
    DARK = "dark"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an element looks like."""

    ink: Colour
    #: what is seen behind its words
    ground: Colour
    #: a picture lies behind its words, and no colour of the same element under it
    on_picture: bool = False
    #: font size in CSS pixels
    size: float = 16.0
    bold: bool = False
    hidden: bool = False
    align: str = ""
    direction: str = "ltr"
    display: str = ""


Looks = dict[markup.HtmlElement, Look]


def looks(page: Page) -> dict[View, Looks]:
    """Work out how every element looks in each view."""
    matched = list(_matches(page))
    made: dict[View, Looks] = {}
    for view in View:
        chosen = [entry for entry in matched if applies(entry.rule.conditions, view)]
        dark = view == View.DARK and adapts(page)
        if view != View.LIGHT and not dark and all(applies(entry.rule.conditions, View.LIGHT) for entry in chosen):
            made[view] = made[View.LIGHT]
            continue
        made[view] = _view(page, chosen, dark)
    return made


def adapts(page: Page) -> bool:
    """Tell whether an email says that it has colours for dark surroundings."""
    metas = (
        one.get("content") or "" for one in page.named("meta") if (one.get("name") or "").lower() == "color-scheme"
    )
    declared = (one for rule in page.sheet.rules for one in rule.declarations)
    properties = (one.value for one in declared if one.name == "color-scheme")
    conditions = (condition for rule in page.sheet.rules for condition in rule.conditions)
    return any("dark" in said.lower() for said in (*metas, *properties)) or any(
        "prefers-color-scheme" in one.lower() for one in conditions
    )


def applies(conditions: tuple[str, ...], view: View) -> bool:
    """Tell whether rules under these media queries count in a view."""
    short = (condition.lower()[:LONGEST_CONDITION].split(",") for condition in conditions)
    return all(any(_query(one, view) for one in queries) for queries in short)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    specificity: tuple[int, int, int]
    order: int
    rule: Rule
    elements: list[markup.HtmlElement]


def _query(query: str, view: View) -> bool:
    words = _FEATURE.sub(" ", query).split()
    if "not" in words or any(word in ("print", "speech", "tv", "handheld") for word in words):
        return False
    return all(_holds(name, value, view) for name, value in _FEATURE.findall(query))


def _holds(name: str, value: str, view: View) -> bool:
    if name == "prefers-color-scheme":
        return (value == "dark") == (view == View.DARK)
    length = pixels(value, 16.0)
    if name in ("max-width", "max-device-width") and length is not None:
        return _WIDTHS[view] <= length
    if name in ("min-width", "min-device-width") and length is not None:
        return _WIDTHS[view] >= length
    return False


def _matches(page: Page) -> Iterator[_Match]:
    """Yield which elements each selector matches; what no selector library understands matches none."""
    known = set(page.elements)
    left = MOST_WORK
    for order, rule in enumerate(page.sheet.rules):
        for selector in dict.fromkeys(rule.selectors):
            left -= len(page.elements)
            if left < 0:
                return
            if len(page.elements) > MOST_SIBLINGS and re.search(r"[+~]|:nth|-child|-of-type", selector):
                continue
            try:
                specificity, select = _read(selector)
                found: Any = select(page.root)
            except (SelectorError, RecursionError, ValueError, TypeError):
                continue
            elements = [one for one in found if one in known]
            left -= 10 * len(elements)
            yield _Match(specificity=specificity, order=order, rule=rule, elements=elements)


@remembering
def _read(selector: str) -> tuple[tuple[int, int, int], CSSSelector]:
    """Return how much a selector counts, and what finds its elements; raises what cssselect does."""
    (parsed,) = parse_selector(selector)
    return parsed.specificity(), CSSSelector(selector, translator="html")


def _view(page: Page, matches: list[_Match], dark: bool) -> Looks:
    said: dict[markup.HtmlElement, list[int]] = {}
    for number, match in enumerate(matches):
        for element in match.elements:
            said.setdefault(element, []).append(number)
    canvas = Look(ink=WHITE if dark else BLACK, ground=DARK_GROUND if dark else WHITE)
    made: Looks = {}
    # most elements of an email are like others: what is told of them alike is worked out once
    alike: dict[tuple[object, ...], Look] = {}
    for element in page.elements:
        parent = element.getparent()
        above = made.get(parent, canvas) if parent is not None else canvas
        numbers = said.get(element, [])
        hints = tuple(element.get(name) for name in _ATTRIBUTES)
        key = (above, element.tag, hints, element.get("style"), element.get("href") is not None, tuple(numbers))
        if key not in alike:
            declarations = _in_order([matches[number] for number in numbers], page.style(element))
            alike[key] = _look(element, above, declarations, dark)
        made[element] = alike[key]
    return made


def _in_order(matches: list[_Match], own: tuple[Declaration, ...]) -> list[Declaration]:
    """Return what is declared for an element, the strongest last."""
    entries = [
        (one.important, match.specificity, match.order, one) for match in matches for one in match.rule.declarations
    ]
    # a style attribute goes before every rule of the same importance
    entries += [(one.important, (9, 0, 0), 0, one) for one in own]
    return [entry[3] for entry in sorted(entries, key=lambda entry: entry[:3])]


def _look(element: markup.HtmlElement, above: Look, declarations: list[Declaration], dark: bool) -> Look:
    values = _hints(element)
    for one in declarations:
        for name, value in _longhands(one):
            values[name] = value
    size = _size(values.get("font-size", ""), above.size, str(element.tag))
    ink = _ink(values, element, above, dark)
    lying = colour(values.get("background-color", ""))
    ground = over(lying, above.ground) if lying is not None else above.ground
    opaque = lying is not None and lying[3] == 1.0
    weight = values.get("font-weight", "bold" if element.tag in (*_BOLD_TAGS, *HEADINGS) else "").lower()
    return replace(
        above,
        ink=ink,
        ground=ground,
        on_picture=(above.on_picture and not opaque) or ("background-image" in values and not opaque),
        size=size,
        bold=weight in _BOLD if weight else above.bold,
        hidden=above.hidden or _hides(values),
        align=values.get("text-align", above.align).lower(),
        direction=values.get("direction", above.direction).lower(),
        display=values.get("display", "").lower(),
    )


def _hints(element: markup.HtmlElement) -> dict[str, str]:
    """Return what attributes of the old kind say; every style goes before them."""
    attributes = {"bgcolor": "background-color", "align": "text-align", "dir": "direction", "color": "color"}
    hints = {name: str(element.get(attribute)) for attribute, name in attributes.items() if element.get(attribute)}
    if element.tag not in ("font", "basefont"):
        hints.pop("color", None)
    if element.tag in ("table", "img"):
        hints.pop("text-align", None)
    if element.tag == "body" and element.get("text"):
        hints["color"] = str(element.get("text"))
    if element.get("background"):
        hints["background-image"] = str(element.get("background"))
    if element.tag == "font" and (element.get("size") or "") in _FONT_SIZES:
        hints["font-size"] = f"{_FONT_SIZES[element.get('size') or '']}px"
    if element.get("hidden") is not None:
        hints["display"] = "none"
    return hints


def _longhands(one: Declaration) -> Iterator[tuple[str, str]]:
    """Yield what a declaration says, shorthands taken apart as far as colours and sizes need it."""
    yield one.name, one.value
    if one.name == "background":
        yield "background-color", "transparent"
        for token in one.tokens:
            part = str(token.serialize())
            if token.type == "url" or (token.type == "function" and token.lower_name in ("url", "linear-gradient")):
                yield "background-image", part
            elif colour(part) is not None:
                yield "background-color", part
    elif one.name == "font":
        parts = one.value.split("/")[0].split()
        yield "font-weight", "bold" if any(part.lower() in _BOLD for part in parts) else "normal"
        for part in parts:
            if pixels(part, 16.0) is not None and part.lower() not in _BOLD and not part.isdigit():
                yield "font-size", part


def _ink(values: dict[str, str], element: markup.HtmlElement, above: Look, dark: bool) -> Colour:
    said = colour(values.get("color", ""))
    if said is not None:
        return said
    if element.tag == "a" and element.get("href") is not None and values.get("color", "").lower() != "inherit":
        return DARK_LINK if dark else LINK
    return above.ink


def _size(value: str, above: float, tag: str) -> float:
    usual = above * _HEADING_SIZES.get(tag, 1.0)
    if value.lower() in ("smaller", "larger"):
        return above * (0.83 if value.lower() == "smaller" else 1.2)
    said = _SIZES.get(value.lower())
    if said is None and value:
        said = pixels(value, above)
    return usual if said is None else said


def _hides(values: dict[str, str]) -> bool:
    nothing = {"0", "0px", "0%"}
    closed = values.get("max-height", "").lower() in nothing or values.get("height", "").lower() in nothing
    return (
        values.get("display", "").lower() == "none"
        or values.get("visibility", "").lower() == "hidden"
        or values.get("mso-hide", "").lower() == "all"
        or (closed and values.get("overflow", "").lower() == "hidden")
        or values.get("opacity", "").strip() in ("0", "0.0")
    )
