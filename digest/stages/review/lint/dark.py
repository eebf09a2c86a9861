"""Dark surroundings: an email that has its own colours for them is not turned inside out by the mail program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import adapts
from digest.stages.review.lint.css import Rule
from digest.stages.review.lint.page import Page
from digest.stages.review.lint.remark import Kind, Remark, shortened

LOOK = Severity.LOOK_AT
_WHY = "Mail programs that are set to dark turn the colours round by rules of their own, logos and buttons too."

KINDS: Mapping[str, Kind] = {
    "dark.none": Kind(
        severity=LOOK,
        looks_for="an email that says nothing of dark surroundings",
        why=_WHY,
        mend="Add the metas, :root { color-scheme: light dark; } and colours under prefers-color-scheme: dark.",
    ),
    "dark.meta": Kind(
        severity=LOOK,
        looks_for='`<meta name="color-scheme">` with `dark`',
        why="Apple Mail turns the colours round before it has read the style sheets.",
        mend='Write <meta name="color-scheme" content="light dark">.',
    ),
    "dark.meta-supported": Kind(
        severity=LOOK,
        looks_for='`<meta name="supported-color-schemes">` with `dark`',
        why="Older Apple Mail knows only this name.",
        mend='Write <meta name="supported-color-schemes" content="light dark">.',
    ),
    "dark.root": Kind(
        severity=LOOK,
        looks_for="`color-scheme` with `dark` in the rule for `:root`",
        why="Without it some mail programs keep white behind what the email does not colour.",
        mend="Write :root { color-scheme: light dark; } into a style sheet.",
    ),
    "dark.block": Kind(
        severity=LOOK,
        looks_for="rules under `@media (prefers-color-scheme: dark)`",
        why=_WHY,
        mend="Give text and grounds their dark colours under @media (prefers-color-scheme: dark).",
    ),
    "dark.outlook": Kind(
        severity=LOOK,
        looks_for="copies of each dark colour under `[data-ogsc]` (text, borders) and `[data-ogsb]` (grounds)",
        why="Outlook on the web and on phones reads these in place of prefers-color-scheme.",
        mend="Repeat the rule with [data-ogsc] before its selector for text and borders, [data-ogsb] for grounds.",
    ),
}

_GROUNDS = ("background", "background-color")
_INKS = re.compile(r"color|border(-\w+)*-color|border")
#: Outlook replaces both, so that no rule for them is read
_REPLACED = frozenset(("body", "html", ":root", "*"))


def remarks(page: Page) -> Iterator[Remark]:
    """Yield what is missing for dark surroundings."""
    if not adapts(page):
        yield Remark(code="dark.none", what="The email has no colours for dark surroundings.")
        return
    for code, name in (("dark.meta", "color-scheme"), ("dark.meta-supported", "supported-color-schemes")):
        contents = [(one.get("content") or "").lower() for one in page.named("meta") if one.get("name") == name]
        if not any("dark" in content for content in contents):
            yield Remark(code=code, what=f"There is no <meta name=“{name}”> with “dark”.")
    roots = [rule for rule in page.sheet.rules if ":root" in rule.selectors and not rule.conditions]
    if not any(one.name == "color-scheme" and "dark" in one.value for rule in roots for one in rule.declarations):
        yield Remark(code="dark.root", what=":root has no color-scheme with “dark”.")
    dark = [rule for rule in page.sheet.rules if _is_dark(rule)]
    if not dark:
        yield Remark(code="dark.block", what="There are no rules under prefers-color-scheme: dark.")
    yield from _copies(page, dark)


def _is_dark(rule: Rule) -> bool:
    return any(re.search(r"prefers-color-scheme\s?:\s?dark", condition.lower()) for condition in rule.conditions)


def _copies(page: Page, dark: list[Rule]) -> Iterator[Remark]:
    there = {" ".join(selector.split()) for rule in page.sheet.rules for selector in rule.selectors}
    for rule in dark:
        needed = []
        names = {one.name for one in rule.declarations}
        if any(name in _GROUNDS for name in names):
            needed.append("[data-ogsb]")
        if any(_INKS.fullmatch(name) for name in names):
            needed.append("[data-ogsc]")
        for selector in (" ".join(one.split()) for one in rule.selectors):
            for attribute in needed:
                if selector not in _REPLACED and not {f"{attribute} {selector}", f"{attribute}{selector}"} & there:
                    what = f"{shortened(selector)} has dark colours and no copy under {attribute}."
                    yield Remark(code="dark.outlook", what=what, where=f"line {rule.line}", about=attribute)
