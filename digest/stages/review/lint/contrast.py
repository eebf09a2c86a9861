"""Contrast and size of text (WCAG 2.2, success criterion 1.4.3), in light surroundings, in dark ones and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import html as markup

from digest.domain.colour import READABLE, contrast
from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Look, Looks, View
from digest.stages.review.lint.css import hexadecimal, over
from digest.stages.review.lint.page import BLOCKS, SILENT, Page, visible
from digest.stages.review.lint.remark import Kind, Remark

#: large text needs less: from 24 px, or 18.66 px where it is bold
READABLE_LARGE = 3.0
LARGE, LARGE_BOLD = 24.0, 18.66
#: CSS pixels of running text; and of what is small by its nature: who wrote it and when, a label, the law's lines
SMALLEST, SMALLEST_META = 14.0, 13.0
#: characters up to which a block counts as such a line
SHORT_LINE = 120
_META = ("meta", "small", "caption", "footer", "legal", "fine", "label", "note")

KINDS: Mapping[str, Kind] = {
    "contrast.light": Kind(
        severity=Severity.MUST_MEND,
        looks_for="text with a contrast under 4.5:1 (large text 3:1) as everybody sees it",
        why="In sunlight, on an old screen or with weak eyes it cannot be read.",
        mend="Make the text darker or what is behind it lighter.",
    ),
    "contrast.dark": Kind(
        severity=Severity.MUST_MEND,
        looks_for="the same in dark surroundings, where the email has colours for them or says that it has",
        why="Who has set the screen to dark cannot read it.",
        mend="Give the text and what is behind it a colour each under prefers-color-scheme: dark.",
    ),
    "contrast.narrow": Kind(
        severity=Severity.MUST_MEND,
        looks_for="the same on a narrow screen",
        why="On a phone it cannot be read.",
        mend="Change the colours in the rules for narrow screens.",
    ),
    "contrast.picture": Kind(
        severity=Severity.LOOK_AT,
        looks_for="text on a picture without a colour under it",
        why="Outlook and whoever has pictures switched off see the text on whatever is behind the picture.",
        mend="Give the same element a background-color near that of the picture.",
    ),
    "contrast.size": Kind(
        severity=Severity.LOOK_AT,
        looks_for=f"text under 14 px; 13 px where a line has at most {SHORT_LINE} characters or its class says so "
        "(meta, small, caption, footer, legal, label, note)",
        why="Many have to bring the phone close to their eyes.",
        mend="Use 14 px or more for what is read, 16 px is best.",
    ),
    "contrast.justified": Kind(
        severity=Severity.LOOK_AT,
        looks_for="justified text",
        why="The gaps between words make it hard to read for people with dyslexia.",
        mend="Use text-align: left (right where the writing runs from right to left).",
    ),
}

_SCHEMES = {View.LIGHT: "", View.DARK: " in dark surroundings", View.NARROW: " on a narrow screen"}


def remarks(page: Page, views: Mapping[View, Looks]) -> Iterator[Remark]:
    """Yield what cannot be read; views: how every element looks."""
    texts: dict[markup.HtmlElement, str] = {}
    for element, text in page.flow:
        if element.tag not in SILENT and visible(text):
            texts.setdefault(element, visible(text))
    for element, text in texts.items():
        yield from _ink(page, element, views)
        yield from _shape(page, element, text, views)


def _ink(page: Page, element: markup.HtmlElement, views: Mapping[View, Looks]) -> Iterator[Remark]:
    light = views[View.LIGHT][element]
    for view, looks in views.items():
        look = looks[element]
        if look.hidden or (view == View.NARROW and look == light):
            continue
        ink, ground = hexadecimal(over(look.ink, look.ground)), hexadecimal(look.ground)
        ratio = contrast(ink, ground)
        if ratio < _needed(look) and not look.on_picture:
            yield Remark(
                code=f"contrast.{view}",
                what=f"Text in {ink} on {ground} has a contrast of {ratio:.1f}:1{_SCHEMES[view]}; "
                f"{_needed(look):g}:1 are needed.",
                where=page.place(element),
                about=f"{ink} {ground}",
            )
    if light.on_picture and not light.hidden:
        yield Remark(code="contrast.picture", what="Text stands on a picture alone.", where=page.place(element))


def _needed(look: Look) -> float:
    large = look.size >= LARGE or (look.bold and look.size >= LARGE_BOLD)
    return READABLE_LARGE if large else READABLE


def _shape(page: Page, element: markup.HtmlElement, text: str, views: Mapping[View, Looks]) -> Iterator[Remark]:
    shown = [looks[element] for looks in views.values() if not looks[element].hidden]
    if not shown:
        return
    size = min(look.size for look in shown)
    if size < SMALLEST_META or (size < SMALLEST and not _is_meta(page, element)):
        what = f"Text is {size:g} px high: “{text[:40]}”."
        yield Remark(code="contrast.size", what=what, where=page.place(element), about=f"{size:g}")
    if any(look.align == "justify" for look in shown):
        yield Remark(code="contrast.justified", what="Text is justified.", where=page.place(element))


def _is_meta(page: Page, element: markup.HtmlElement) -> bool:
    around = [element, *element.iterancestors()]
    block = next((one for one in around if one.tag in BLOCKS), element)
    named = any(word in (one.get("class") or "").lower() for one in around for word in _META)
    return named or len(page.words(block)) <= SHORT_LINE or any(one.tag in ("small", "footer") for one in around)
