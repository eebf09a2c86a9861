"""Reading order: what is seen stands in the order in which it is read out (WCAG 2.2, success criterion 1.3.2).

Only what can be told without drawing the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from lxml import html as markup

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Looks
from digest.stages.review.lint.css import Declaration
from digest.stages.review.lint.page import BLOCKS, Page
from digest.stages.review.lint.remark import Kind, Remark

KINDS: Mapping[str, Kind] = {
    "order.moved": Kind(
        severity=Severity.LOOK_AT,
        looks_for="styles that show things in another order than they are read out: `order`, reversed flex, columns "
        "floated to the right, `position: absolute`, footers of tables used as blocks",
        why="Who listens, or moves by keyboard, gets the parts in another order than who looks.",
        mend="Put the parts into the source in the order in which they are to be read, and take the style out.",
    ),
    "order.direction": Kind(
        severity=Severity.LOOK_AT,
        looks_for="`rtl` around text that runs from left to right, and the other way round",
        why="It is a way to swap columns: full stops land at the wrong end, and the parts are read in the other order.",
        mend="Take the direction out, and swap the columns in the source.",
    ),
    "order.tab": Kind(
        severity=Severity.LOOK_AT,
        looks_for="`tabindex` above 0",
        why="Keys go through the links in another order than they stand.",
        mend='Take it out, or write tabindex="0".',
    ),
}

_REVERSED = re.compile(r"\b(row|column|wrap)-reverse\b")
_RIGHT_TO_LEFT = ("R", "AL")


def remarks(page: Page, looks: Looks) -> Iterator[Remark]:
    """Yield what is amiss; looks: the light view."""
    for element in page.elements:
        for one in page.style(element):
            said = _moves(one, element)
            if said:
                yield Remark(code="order.moved", what=said, where=page.place(element), about=one.name)
        if (element.get("tabindex") or "").strip().isdecimal() and int(str(element.get("tabindex"))[:6]) > 0:
            what = f"tabindex is {element.get('tabindex')}."
            yield Remark(code="order.tab", what=what, where=page.place(element))
        yield from _direction(page, element, looks)
    yield from _rules(page)
    for tag in page.outlook:
        if tag.attributes.get("dir", "").lower() == "rtl" and _is_left_to_right(page):
            what = "A table for Outlook runs from right to left in an email that runs from left to right."
            yield Remark(code="order.direction", what=what, where=tag.place, about="outlook")


def _rules(page: Page) -> Iterator[Remark]:
    for rule in page.sheet.rules:
        for one in rule.declarations:
            said = _moves(one, None)
            if said:
                where = f"line {rule.line}: {', '.join(rule.selectors)[:60]}"
                yield Remark(code="order.moved", what=said, where=where, about=one.name)


def _moves(one: Declaration, element: markup.HtmlElement | None) -> str:
    value = one.value.lower()
    if one.name == "order" and value not in ("0", "initial", "unset"):
        return f"“order: {one.value}” moves it."
    if one.name in ("flex-direction", "flex-flow", "flex-wrap") and _REVERSED.search(value):
        return f"“{one.name}: {one.value}” turns the order round."
    if one.name == "position" and value in ("absolute", "fixed"):
        return f"“position: {one.value}” takes it out of its place."
    if one.name == "display" and value in ("table-header-group", "table-footer-group"):
        if element is None or element.tag not in ("thead", "tfoot"):
            return f"“display: {one.value}” moves it to the end of what is around it."
    elif one.name == "unicode-bidi" and "override" in value:
        return f"“unicode-bidi: {one.value}” turns letters round."
    elif one.name == "float" and value == "right" and element is not None and element.tag in BLOCKS | {"table"}:
        after = element.getnext()
        if after is not None and isinstance(after.tag, str) and after.tag in BLOCKS | {"table"}:
            return "A block that is read first floats to the right of what is read after it."
    return ""


def _direction(page: Page, element: markup.HtmlElement, looks: Looks) -> Iterator[Remark]:
    parent = element.getparent()
    if parent is None or parent not in looks or element.tag in ("bdi", "bdo"):
        return
    own, around = looks[element], looks[parent]
    if own.hidden or own.direction == around.direction or own.direction not in ("ltr", "rtl"):
        return
    words = page.words(element)
    if words and _runs(words) not in ("", own.direction):
        what = f"It is set to {own.direction}, and its words run the other way."
        yield Remark(code="order.direction", what=what, where=page.place(element))


def _runs(words: str) -> str:
    """Return which way a text runs: ltr, rtl, or empty where it has no letters."""
    counted = {"ltr": 0, "rtl": 0}
    for character in words[:2_000]:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            counted["ltr"] += 1
        elif kind in _RIGHT_TO_LEFT:
            counted["rtl"] += 1
    if not any(counted.values()):
        return ""
    return "ltr" if counted["ltr"] >= counted["rtl"] else "rtl"


def _is_left_to_right(page: Page) -> bool:
    return (page.root.get("dir") or "ltr").lower() != "rtl"
